/**
 * The packet path of one call, in audio order. `STAGES` is that order; ARCHITECTURE.md shows the same list and a test compares them.
 *
 * In: `receive` for every datagram, `tick` every 20 ms. Out: caller frames to `onAudio`, keys to `onDigit`, packets to `send`, and what
 * was played. Allocates nothing per packet.
 */
import { DtmfReceiver } from "@sk-voice/media/dtmf/receiver.ts";
import { DtmfSender } from "@sk-voice/media/dtmf/sender.ts";
import { EchoGuard } from "@sk-voice/media/echo/guard.ts";
import { pcma, pcmu } from "@sk-voice/media/g711/index.ts";
import { ArrivalStream } from "@sk-voice/media/jitter/arrival.ts";
import { JitterBuffer } from "@sk-voice/media/jitter/buffer.ts";
import { Concealer } from "@sk-voice/media/jitter/conceal.ts";
import { Playout } from "@sk-voice/media/playout.ts";
import { mosOf, rFactor } from "@sk-voice/media/rtcp/quality.ts";
import { FRAME_MS, FRAME_SAMPLES, TICKS_PER_MS } from "@sk-voice/media/units.ts";
import type { MediaFigures } from "./events.ts";
import { isHeld, type MediaTerms } from "./terms.ts";
import { type PipelineRandom, Wire, type WireSinks } from "./wire.ts";

export type { PipelineRandom } from "./wire.ts";

export const STAGES = [
  "udp",
  "call/wire",
  "srtp",
  "rtp/packet",
  "rtp/receiver",
  "dtmf/receiver",
  "jitter/arrival",
  "echo",
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

export interface PipelineSinks extends WireSinks {
  /** The caller as the packets come, early and rough, without her own voice come back: for the VAD. The array is reused; at most 20 ms. */
  onArrival?(samples: Int16Array, endMs: number): void;
  /** 20 ms of the caller, concealed where lost. `heardMs`: when its first sample reached us. The array is reused. */
  onAudio(samples: Int16Array, heardMs: number, positionSamples: number): void;
  /** 20 ms of hers, as sent. The array is reused. */
  onSent(samples: Int16Array): void;
  onDigit(digit: string): void;
  /** Her item `item` has been played up to `playedMs`. */
  onPlayed(item: number, playedMs: number, finished: boolean): void;
}

const CODECS = { PCMU: pcmu, PCMA: pcma } as const;

/** Reading the buffer's delay allocates, so it is read this often. */
const DELAY_EVERY_FRAMES = 25;

export class CallPipeline {
  readonly playout = new Playout();
  readonly #wire: Wire;
  readonly #dtmf = new DtmfReceiver();
  #keys: DtmfSender | undefined;
  readonly #arrival: ArrivalStream;
  readonly #jitter: JitterBuffer;
  readonly #concealer = new Concealer();
  readonly #echo = new EchoGuard();
  readonly #heard = new Int16Array(FRAME_SAMPLES);
  readonly #said = new Int16Array(FRAME_SAMPLES);
  #delayMs = 40;
  #frames = 0;
  #tickedMs = Number.NaN;

  constructor(
    private terms: MediaTerms,
    random: PipelineRandom,
    private readonly sinks: PipelineSinks,
  ) {
    this.#wire = new Wire(terms, random, sinks);
    const codecFor = (payloadType: number) =>
      payloadType === this.terms.payloadType ? CODECS[this.terms.codec] : undefined;
    this.#arrival = new ArrivalStream(this.#onArrival, { codecFor });
    this.#jitter = new JitterBuffer({ codecFor });
  }

  /** Datagrams that were not of this call: malformed, unauthenticated, from a stranger, of an unknown payload type. */
  get droppedPackets(): number {
    return this.#wire.droppedPackets;
  }

  /** Nothing has come for this long, although the other side should be sending; 0 while one side holds the other. */
  silentMs(now: number): number {
    return this.#wire.silentMs(now);
  }

  /** A re-INVITE changed address, codec, direction or keys. */
  update(terms: MediaTerms): void {
    this.terms = terms;
    this.#wire.update(terms);
  }

  receive(now: number, datagram: Uint8Array, address: string, port: number): void {
    const packet = this.#wire.receive(now, datagram, address, port);
    if (packet === undefined) return;
    const { header } = this.#wire;
    if (header.payloadType === this.terms.dtmfPayloadType) this.#dtmf.receive(header, packet, now);
    else {
      this.#arrival.push(header, packet, now);
      this.#jitter.push(header, packet, now);
    }
  }

  /** A datagram from the RTCP socket. */
  receiveRtcp(now: number, datagram: Uint8Array, address: string, port: number): void {
    this.#wire.receiveRtcp(now, datagram, address, port);
  }

  /** Says goodbye by RTCP. */
  close(now: number): void {
    this.#wire.close(now);
  }

  /** Presses keys by RFC 4733, in place of audio while they last. False when the other side takes no telephone-events. */
  press(digits: string): boolean {
    if (this.terms.dtmfPayloadType === undefined) return false;
    this.#keys ??= new DtmfSender({ payloadType: this.terms.dtmfPayloadType });
    return this.#keys.send(digits);
  }

  /** One 20 ms step of both directions. */
  tick(now: number): void {
    this.#keepTime(now);
    if (this.#frames++ % DELAY_EVERY_FRAMES === 0) this.#delayMs = this.#jitter.stats().delayMs;
    if (isHeld(this.terms)) this.#wire.stayAwake(now);
    this.#pollKeys(now);
    this.#arrival.tick(now);
    this.#listen(now);
    this.#speak();
    this.#wire.tick(now);
  }

  figures(): MediaFigures {
    const { totalReceived, totalLost, jitterMs } = this.#wire.receiver.stats();
    const { roundTripMs, remoteCumulativeLost, remoteJitterMs } = this.#wire.rtcp;
    const { late, meanDelayMs } = this.#jitter.stats();
    const { packetsSent } = this.#wire.sender;
    const networkMs = (roundTripMs ?? 0) / 2;
    const heardLoss = (totalLost + late) / Math.max(1, totalReceived + totalLost);
    const saidLoss = (remoteCumulativeLost ?? 0) / Math.max(1, packetsSent);
    // The far end's buffer is not told; two and a half times its jitter is the usual setting.
    const remoteBufferMs = FRAME_MS + 2.5 * (remoteJitterMs ?? 0);
    return {
      encrypted: this.#wire.isEncrypted,
      packetsReceived: totalReceived,
      packetsLost: totalLost,
      packetsLate: late,
      packetsSent,
      jitterMs: hundredths(jitterMs),
      concealedMs: Math.round(this.#concealer.concealedSamples / TICKS_PER_MS),
      roundTripMs: roundTripMs === undefined ? null : hundredths(roundTripMs),
      remotePacketsLost: remoteCumulativeLost ?? null,
      remoteJitterMs: remoteJitterMs === undefined ? null : hundredths(remoteJitterMs),
      mos: totalReceived === 0 ? null : hundredths(mosOf(rFactor(heardLoss, networkMs + meanDelayMs + FRAME_MS))),
      remoteMos:
        remoteJitterMs === undefined
          ? null
          : hundredths(mosOf(rFactor(saidLoss, networkMs + remoteBufferMs + FRAME_MS))),
    };
  }

  /** Ticks the machine missed are silence in RTP time; without it the far end would hold the delay for the rest of the call. */
  #keepTime(now: number): void {
    const missed = Math.round((now - this.#tickedMs) / FRAME_MS) - 1;
    this.#tickedMs = now;
    if (missed > 0) this.#wire.sender.skip(missed * FRAME_SAMPLES);
  }

  #listen(now: number): void {
    const pulled = this.#jitter.pull(now, this.#heard);
    this.#concealer.process(pulled, this.#heard);
    if (pulled.kind === "waiting") return;
    this.sinks.onAudio(this.#heard, now - this.#delayMs, pulled.positionSamples);
  }

  readonly #onArrival = (samples: Int16Array, endMs: number, received: boolean): void => {
    for (let from = 0; from < samples.length; from += FRAME_SAMPLES) {
      const piece = samples.length > FRAME_SAMPLES ? samples.subarray(from, from + FRAME_SAMPLES) : samples;
      const pieceEndMs = endMs - (samples.length - from - piece.length) / TICKS_PER_MS;
      this.sinks.onArrival?.(this.#echo.hear(piece, received), pieceEndMs);
    }
  };

  #speak(): void {
    const played = this.playout.frame(this.#said);
    this.#echo.said(this.#said);
    this.sinks.onSent(this.#said);
    this.#send();
    if (played.id === undefined || (played.samples === 0 && !played.finished)) return;
    const playedMs = (played.offsetSamples + played.samples) / TICKS_PER_MS;
    this.sinks.onPlayed(Number(played.id), playedMs, played.finished && !played.interrupted);
  }

  #send(): void {
    const { payloadType, codec, sending } = this.terms;
    const { sender } = this.#wire;
    if (!sending) return sender.skip(FRAME_SAMPLES);
    const key = this.#keys?.frame(sender);
    if (key) return this.#wire.send(key);
    CODECS[codec].encode(this.#said, sender.payload);
    this.#wire.send(sender.audio(payloadType, FRAME_SAMPLES, FRAME_SAMPLES));
  }

  /** A key counts when it goes down; how long it is held does not matter here. */
  #pollKeys(now: number): void {
    if (now >= this.#dtmf.deadline()) this.#dtmf.tick(now);
    for (let event = this.#dtmf.poll(); event; event = this.#dtmf.poll()) {
      if (event.type === "start") this.sinks.onDigit(event.digit);
    }
  }
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
