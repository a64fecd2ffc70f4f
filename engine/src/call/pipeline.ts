/**
 * The packet path of one call, in audio order. `STAGES` is that order; ARCHITECTURE.md shows the same list and a test compares them.
 *
 * In: `receive` for every datagram, `tick` every 20 ms. Out: caller frames to `onAudio`, keys to `onDigit`, packets to `send`, and what
 * was played. Allocates nothing per packet.
 */
import { DtmfReceiver } from "@sk-voice/media/dtmf/receiver.ts";
import { DtmfSender } from "@sk-voice/media/dtmf/sender.ts";
import { pcma, pcmu } from "@sk-voice/media/g711/index.ts";
import { JitterBuffer } from "@sk-voice/media/jitter/buffer.ts";
import { Concealer } from "@sk-voice/media/jitter/conceal.ts";
import { Playout } from "@sk-voice/media/playout.ts";
import { createRtpHeader, parseRtp } from "@sk-voice/media/rtp/packet.ts";
import { RtpReceiver } from "@sk-voice/media/rtp/receiver.ts";
import { RtpSender } from "@sk-voice/media/rtp/sender.ts";
import { FRAME_SAMPLES, TICKS_PER_MS } from "@sk-voice/media/units.ts";
import type { MediaFigures } from "./events.ts";
import { SymmetricPeer } from "./peer.ts";
import type { MediaTerms } from "./terms.ts";

export const STAGES = [
  "udp",
  "rtp/packet",
  "rtp/receiver",
  "dtmf/receiver",
  "jitter/buffer",
  "jitter/conceal",
  "recording",
  "window",
  "vad",
  "vad/segmenter",
  "talk/turn",
  "playout",
  "g711",
  "rtp/sender",
] as const;

export interface PipelineRandom {
  readonly ssrc: number;
  readonly firstSequence: number;
  readonly firstTimestampTicks: number;
}

export interface PipelineSinks {
  /** 20 ms of the caller, concealed where lost. `heardMs`: when its first sample reached us. The array is reused. */
  onAudio(samples: Int16Array, heardMs: number, positionSamples: number): void;
  /** 20 ms of hers, as sent. The array is reused. */
  onSent(samples: Int16Array): void;
  onDigit(digit: string): void;
  /** Her item `item` has been played up to `playedMs`. */
  onPlayed(item: number, playedMs: number, finished: boolean): void;
  send(packet: Uint8Array, port: number, address: string): void;
}

const CODECS = { PCMU: pcmu, PCMA: pcma } as const;

/** Reading the buffer's delay allocates, so it is read this often. */
const DELAY_EVERY_FRAMES = 25;

export class CallPipeline {
  readonly playout = new Playout();
  readonly #header = createRtpHeader();
  readonly #receiver = new RtpReceiver();
  readonly #dtmf = new DtmfReceiver();
  #keys: DtmfSender | undefined;
  readonly #jitter: JitterBuffer;
  readonly #concealer = new Concealer();
  readonly #sender: RtpSender;
  readonly #peer: SymmetricPeer;
  readonly #heard = new Int16Array(FRAME_SAMPLES);
  readonly #said = new Int16Array(FRAME_SAMPLES);
  #delayMs = 40;
  #frames = 0;
  #dropped = 0;

  constructor(
    private terms: MediaTerms,
    random: PipelineRandom,
    private readonly sinks: PipelineSinks,
  ) {
    this.#sender = new RtpSender(random);
    this.#peer = new SymmetricPeer(terms.remote);
    this.#jitter = new JitterBuffer({
      codecFor: (payloadType) => (payloadType === this.terms.payloadType ? CODECS[this.terms.codec] : undefined),
    });
  }

  /** Datagrams that were not RTP of this call: malformed, from a stranger, of an unknown payload type. */
  get droppedPackets(): number {
    return this.#dropped;
  }

  /** A re-INVITE changed address, codec or direction. */
  update(terms: MediaTerms): void {
    this.terms = terms;
    this.#peer.moved(terms.remote);
  }

  receive(now: number, packet: Uint8Array, address: string, port: number): void {
    const header = this.#header;
    if (parseRtp(packet, header) !== "ok" || !this.#peer.accepts(now, address, port)) {
      this.#dropped++;
      return;
    }
    const isDtmf = header.payloadType === this.terms.dtmfPayloadType;
    if (!isDtmf && header.payloadType !== this.terms.payloadType) {
      this.#dropped++;
      return;
    }
    const arrival = this.#receiver.receive(header, now, !isDtmf);
    if (arrival === "duplicate" || arrival === "jump" || arrival === "probation") return;
    if (isDtmf) this.#dtmf.receive(header, packet, now);
    else this.#jitter.push(header, packet, now);
  }

  /** Presses keys by RFC 4733, in place of audio while they last. False when the other side takes no telephone-events. */
  press(digits: string): boolean {
    if (this.terms.dtmfPayloadType === undefined) return false;
    this.#keys ??= new DtmfSender({ payloadType: this.terms.dtmfPayloadType });
    return this.#keys.send(digits);
  }

  /** One 20 ms step of both directions. */
  tick(now: number): void {
    if (this.#frames++ % DELAY_EVERY_FRAMES === 0) this.#delayMs = this.#jitter.stats().delayMs;
    this.#pollKeys(now);
    this.#listen(now);
    this.#speak();
  }

  figures(): MediaFigures {
    const { totalReceived, totalLost, jitterMs } = this.#receiver.stats();
    return {
      packetsReceived: totalReceived,
      packetsLost: totalLost,
      packetsSent: this.#sender.packetsSent,
      jitterMs: Math.round(jitterMs * 100) / 100,
    };
  }

  #listen(now: number): void {
    const pulled = this.#jitter.pull(now, this.#heard);
    this.#concealer.process(pulled, this.#heard);
    if (pulled.kind === "waiting") return;
    this.sinks.onAudio(this.#heard, now - this.#delayMs, pulled.positionSamples);
  }

  #speak(): void {
    const played = this.playout.frame(this.#said);
    this.sinks.onSent(this.#said);
    this.#send();
    if (played.id === undefined || (played.samples === 0 && !played.finished)) return;
    const playedMs = (played.offsetSamples + played.samples) / TICKS_PER_MS;
    this.sinks.onPlayed(Number(played.id), playedMs, played.finished && !played.interrupted);
  }

  #send(): void {
    const { payloadType, codec, sending } = this.terms;
    if (!sending) return this.#sender.skip(FRAME_SAMPLES);
    const key = this.#keys?.frame(this.#sender);
    if (key) return this.sinks.send(key, this.#peer.port, this.#peer.address);
    CODECS[codec].encode(this.#said, this.#sender.payload);
    const packet = this.#sender.audio(payloadType, FRAME_SAMPLES, FRAME_SAMPLES);
    this.sinks.send(packet, this.#peer.port, this.#peer.address);
  }

  /** A key counts when it goes down; how long it is held does not matter here. */
  #pollKeys(now: number): void {
    if (now >= this.#dtmf.deadline()) this.#dtmf.tick(now);
    for (let event = this.#dtmf.poll(); event; event = this.#dtmf.poll()) {
      if (event.type === "start") this.sinks.onDigit(event.digit);
    }
  }
}
