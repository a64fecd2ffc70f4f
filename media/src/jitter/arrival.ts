import type { AudioDecoder } from "../codec.ts";
import { codecForPayloadType } from "../g711/index.ts";
import type { RtpHeader } from "../rtp/packet.ts";
import { FRAME_SAMPLES, TICKS_PER_MS, timestampDelta } from "../units.ts";

/**
 * The caller's audio in the order it arrives, without the jitter buffer's 40 ms and more: what voice is looked for in. It need not sound
 * well, it must be early. One continuous stream on the sender's time line:
 *
 * | packet is                       | passed on                                                            |
 * |---------------------------------|----------------------------------------------------------------------|
 * | the next one                    | as it is                                                             |
 * | later (lost or overtaken before)| after the hole: the last frame again, halved each time, then silence |
 * | older than what was passed on   | the part that is new, if any                                         |
 * | elsewhere (a second or more)    | as the start of a new stream                                         |
 * | missing for 100 ms              | silence, so that the end of speech is noticed (`tick`)                |
 *
 * The sink is told when the last sample was sent, and whether the samples were `received` or made up to fill a hole.
 */
export type ArrivalSink = (samples: Int16Array, endMs: number, received: boolean) => void;

export interface ArrivalOptions {
  /** Codec of a payload type; default: the static ones, 0 and 8. */
  readonly codecFor?: (payloadType: number) => AudioDecoder | undefined;
}

const MAX_PACKET_SAMPLES = 1600;
const JUMP_SAMPLES = 8000;
const MISSING_MS = 100;
/** Silence stays this far behind the clock, so that a packet that is only late still finds its place. */
const BEHIND_MS = 60;
/** Frames of a hole that repeat what was before it. */
const REPEATS = 3;
/** The quickest packet is the reference; it is forgotten at 12 ms a second, so that a slower route is followed. */
const CREEP_MS_PER_PACKET = 0.25;

export class ArrivalStream {
  readonly #codecFor: (payloadType: number) => AudioDecoder | undefined;
  readonly #decoded = new Int16Array(MAX_PACKET_SAMPLES);
  /** The usual packet, of 20 ms and all of it new. */
  readonly #frame = this.#decoded.subarray(0, FRAME_SAMPLES);
  readonly #filler = new Int16Array(FRAME_SAMPLES);
  #started = false;
  /** RTP timestamp of the next sample. */
  #nextTicks = 0;
  /** Samples passed on since the stream began, and the time its first one would have been sent. */
  #position = 0;
  #originMs = 0;
  #lastArrivalMs = 0;
  #late = 0;

  constructor(
    private readonly sink: ArrivalSink,
    options: ArrivalOptions = {},
  ) {
    this.#codecFor = options.codecFor ?? codecForPayloadType;
  }

  /** Packets that came too late to be looked at, in part or whole. */
  get latePackets(): number {
    return this.#late;
  }

  /** `packet` is the whole datagram `header` was parsed from; it is not kept. Duplicates count as late. */
  push(header: RtpHeader, packet: Uint8Array, now: number): void {
    const codec = this.#codecFor(header.payloadType);
    const count = codec?.decode(packet, this.#decoded, header.payloadOffset, header.payloadLength) ?? 0;
    if (count === 0) return;
    this.#lastArrivalMs = now;
    const ahead = this.#started ? timestampDelta(header.timestampTicks, this.#nextTicks) : Number.POSITIVE_INFINITY;
    if (Math.abs(ahead) > JUMP_SAMPLES) this.#restart(header.timestampTicks, count, now);
    else if (ahead > 0) this.#bridge(ahead);
    const known = Math.min(0, ahead) * -1;
    if (known > 0) this.#late++;
    if (known >= count) return;
    this.#follow(count - known, now);
    const isWholeFrame = known === 0 && count === FRAME_SAMPLES;
    this.#pass(isWholeFrame ? this.#frame : this.#decoded.subarray(known, count), now, true);
    this.#remember(count);
  }

  /** Call every 20 ms: silence where nothing has come for a while. */
  tick(now: number): void {
    if (!this.#started || now - this.#lastArrivalMs < MISSING_MS) return;
    this.#filler.fill(0);
    while (this.#endMs(FRAME_SAMPLES) <= now - BEHIND_MS) this.#pass(this.#filler, now, false);
  }

  #restart(timestamp: number, count: number, now: number): void {
    this.#started = true;
    this.#nextTicks = timestamp;
    this.#position = 0;
    this.#originMs = now - count / TICKS_PER_MS;
    this.#filler.fill(0);
  }

  #bridge(missing: number): void {
    for (let left = missing, frame = 0; left > 0; left -= FRAME_SAMPLES, frame++) {
      for (let i = 0; i < FRAME_SAMPLES; i++) this.#filler[i] = frame < REPEATS ? this.#filler[i]! / 2 : 0;
      this.#pass(this.#filler.subarray(0, Math.min(left, FRAME_SAMPLES)), Number.POSITIVE_INFINITY, false);
    }
  }

  /** The origin follows the quickest packets. */
  #follow(count: number, now: number): void {
    const arrivedOriginMs = now - (this.#position + count) / TICKS_PER_MS;
    this.#originMs = Math.min(arrivedOriginMs, this.#originMs + CREEP_MS_PER_PACKET);
  }

  #endMs(count: number): number {
    return this.#originMs + (this.#position + count) / TICKS_PER_MS;
  }

  #pass(samples: Int16Array, now: number, received: boolean): void {
    const endMs = Math.min(now, this.#endMs(samples.length));
    this.#position += samples.length;
    this.#nextTicks = (this.#nextTicks + samples.length) >>> 0;
    this.sink(samples, endMs, received);
  }

  #remember(count: number): void {
    if (count < FRAME_SAMPLES) this.#filler.fill(0);
    else if (count === FRAME_SAMPLES) this.#filler.set(this.#frame);
    else this.#filler.set(this.#decoded.subarray(count - FRAME_SAMPLES, count));
  }
}
