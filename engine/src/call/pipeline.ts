/**
 * The packet path of one call, in audio order. `STAGES` is that order; ARCHITECTURE.md shows the same list and a test compares them.
 *
 * In: `receive` for every datagram, `tick` every 20 ms. Out: caller frames to `onAudio`, keys to `onDigit`, packets to `send`, and what
 * was played. Allocates nothing per packet.
 */
import { ComfortNoise, SilenceSuppressor, writeComfortNoise } from "@sk-voice/media/comfort-noise.ts";
import { InbandDtmfDetector } from "@sk-voice/media/dtmf/inband.ts";
import { DtmfReceiver } from "@sk-voice/media/dtmf/receiver.ts";
import { DtmfSender } from "@sk-voice/media/dtmf/sender.ts";
import { EchoGuard } from "@sk-voice/media/echo/guard.ts";
import { ArrivalStream } from "@sk-voice/media/jitter/arrival.ts";
import { JitterBuffer } from "@sk-voice/media/jitter/buffer.ts";
import { Concealer } from "@sk-voice/media/jitter/conceal.ts";
import { Playout } from "@sk-voice/media/playout.ts";
import { mosOf, rFactor } from "@sk-voice/media/rtcp/quality.ts";
import { Framer } from "@sk-voice/media/rtp/framer.ts";
import { FRAME_MS, FRAME_SAMPLES, TICKS_PER_MS } from "@sk-voice/media/units.ts";
import { type CallCodec, type OpusFactory, openCodec } from "./codecs.ts";
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
  "screening",
  "talk/turn",
  "playout",
  "codec",
  "rtp/sender",
] as const;

export interface PipelineSinks extends WireSinks {
  /** The caller as the packets come, early and rough, without her own voice come back: for the VAD. `received`: or it only fills a hole. The array is reused; at most 20 ms. */
  onArrival?(samples: Int16Array, endMs: number, received: boolean): void;
  /** 20 ms of the caller, concealed where lost. `heardMs`: when its first sample reached us. The array is reused. */
  onAudio(samples: Int16Array, heardMs: number, positionSamples: number): void;
  /** 20 ms of hers, as sent. The array is reused. */
  onSent(samples: Int16Array): void;
  onDigit(digit: string): void;
  /** Her item `item` has been played up to `playedMs`. */
  onPlayed(item: number, playedMs: number, finished: boolean): void;
}

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
  readonly #noise = new ComfortNoise();
  readonly #suppressor = new SilenceSuppressor();
  readonly #inband = new InbandDtmfDetector();
  readonly #framer = new Framer();
  #codec: CallCodec;
  readonly #heard = new Int16Array(FRAME_SAMPLES);
  readonly #said = new Int16Array(FRAME_SAMPLES);
  #delayMs = 40;
  #frames = 0;
  #tickedMs = Number.NaN;

  constructor(
    private terms: MediaTerms,
    random: PipelineRandom,
    private readonly sinks: PipelineSinks,
    private readonly opus?: OpusFactory,
  ) {
    this.#wire = new Wire(terms, random, sinks);
    this.#codec = openCodec(terms.codec, opus);
    this.#wire.clock = this.#codec.clock;
    const isAudio = (payloadType: number) => payloadType === this.terms.payloadType;
    this.#arrival = new ArrivalStream(this.#onArrival, {
      codecFor: (payloadType) => (isAudio(payloadType) ? this.#codec.arrival : undefined),
    });
    this.#jitter = new JitterBuffer({
      codecFor: (payloadType) => (isAudio(payloadType) ? this.#codec.playback : undefined),
    });
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
    if (terms.codec === this.#codec.name) return;
    this.#codec.free();
    this.#codec = openCodec(terms.codec, this.opus);
    this.#wire.clock = this.#codec.clock;
    this.#keys = undefined;
  }

  receive(now: number, datagram: Uint8Array, address: string, port: number): void {
    const packet = this.#wire.receive(now, datagram, address, port);
    if (packet === undefined) return;
    const { header } = this.#wire;
    const { payloadType, payloadOffset, payloadLength } = header;
    if (payloadType === this.terms.dtmfPayloadType) this.#dtmf.receive(header, packet, now);
    else if (payloadType === this.terms.comfortNoisePayloadType)
      this.#noise.receive(packet, payloadOffset, payloadLength);
    else {
      this.#noise.end();
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
    this.#codec.free();
  }

  /** Presses keys by RFC 4733, in place of audio while they last. False when the other side takes no telephone-events. */
  press(digits: string): boolean {
    if (this.terms.dtmfPayloadType === undefined) return false;
    this.#keys ??= new DtmfSender({
      payloadType: this.terms.dtmfPayloadType,
      ticksPerSample: this.#ticksPerSample,
    });
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
    if (pulled.kind === "waiting") return;
    // After comfort noise nothing was lost: the caller is silent, and so it sounds.
    if (this.#noise.active && pulled.kind === "gap") this.#noise.fill(this.#heard);
    else this.#concealer.process(pulled, this.#heard);
    this.sinks.onAudio(this.#heard, now - this.#delayMs, pulled.positionSamples);
  }

  readonly #onArrival = (samples: Int16Array, endMs: number, received: boolean): void => {
    for (let from = 0; from < samples.length; from += FRAME_SAMPLES) {
      const piece = samples.length > FRAME_SAMPLES ? samples.subarray(from, from + FRAME_SAMPLES) : samples;
      const pieceEndMs = endMs - (samples.length - from - piece.length) / TICKS_PER_MS;
      const heard = this.#echo.hear(piece, received);
      if (this.terms.dtmfPayloadType === undefined) this.#findKeys(heard);
      this.sinks.onArrival?.(heard, pieceEndMs, received);
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

  get #ticksPerSample(): number {
    return this.#codec.clock?.ratio ?? 1;
  }

  #send(): void {
    const { sender } = this.#wire;
    if (!this.terms.sending) return this.#skip(FRAME_SAMPLES);
    const key = this.#keys?.frame(sender);
    if (key) {
      this.#skip(this.#framer.drop());
      return this.#wire.send(key);
    }
    const { comfortNoisePayloadType: noise } = this.terms;
    const decision = noise === undefined ? "audio" : this.#suppressor.decide(this.#said);
    if (decision === "audio") return this.#sendAudio();
    this.#skip(this.#framer.drop());
    if (decision === "noise" && noise !== undefined) this.#sendNoise(noise);
    this.#skip(FRAME_SAMPLES);
  }

  #sendAudio(): void {
    const { payloadType, ptimeMs = FRAME_MS } = this.terms;
    if (ptimeMs === FRAME_MS && this.#framer.pending === 0) return this.#sendPacket(payloadType, this.#said);
    this.#framer.push(this.#said);
    for (let samples = this.#framer.take(ptimeMs); samples; samples = this.#framer.take(ptimeMs)) {
      this.#sendPacket(payloadType, samples);
    }
  }

  #sendPacket(payloadType: number, samples: Int16Array): void {
    const { sender } = this.#wire;
    const bytes = this.#codec.encoder.encode(samples, sender.payload);
    if (bytes === 0) return this.#skip(samples.length);
    this.#wire.send(sender.audio(payloadType, bytes, samples.length * this.#ticksPerSample));
  }

  #sendNoise(payloadType: number): void {
    const { sender } = this.#wire;
    const bytes = writeComfortNoise(this.#suppressor.levelDbov, sender.payload);
    this.#wire.send(sender.event(payloadType, sender.timestampTicks, false, bytes));
  }

  #skip(samples: number): void {
    if (samples > 0) this.#wire.sender.skip(samples * this.#ticksPerSample);
  }

  /** Keys as tones in the audio, where the other side sends no telephone-events. */
  #findKeys(samples: Int16Array): void {
    const digit = this.#inband.push(samples);
    if (digit !== undefined) this.sinks.onDigit(digit);
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
