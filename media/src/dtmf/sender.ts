import type { RtpSender } from "../rtp/sender.ts";
import { FRAME_SAMPLES, msToTicks } from "../units.ts";
import { eventOfDigit } from "./digits.ts";

export interface DtmfSenderOptions {
  /** Payload type negotiated for telephone-event/8000. */
  readonly payloadType: number;
  /** Default 100; RFC 4733 asks for at least 40. */
  readonly pressMs?: number;
  /** RTP ticks of one of our samples, where the stream's clock is not 8 kHz. Default 1. */
  readonly ticksPerSample?: number;
  /** Silence between digits. Default 60. */
  readonly pauseMs?: number;
}

/** −10 dBm0, the usual level (RFC 4733 section 2.3.4). */
const VOLUME = 10;
const END_BIT = 0x80;
/** RFC 4733 section 2.5.1.4: the last packet is sent three times. */
const END_PACKETS = 3;
const MAX_QUEUED = 64;

/**
 * RFC 4733 telephone events, out: one packet per 20 ms tick in place of audio, paced by the caller.
 *
 * | state   | tick                         | next                                |
 * |---------|------------------------------|-------------------------------------|
 * | idle    | digit queued: first packet, marker | pressing                      |
 * | pressing| packet with longer duration  | ending when the press is long enough|
 * | ending  | packet with end bit, three   | pausing                             |
 * | pausing | nothing (audio may be sent)  | idle after `pauseMs`                |
 */
export class DtmfSender {
  readonly #payloadType: number;
  readonly #pressTicks: number;
  readonly #pauseTicks: number;
  readonly #frameTicks: number;
  readonly #queue: number[] = [];
  #event = -1;
  #timestampTicks = 0;
  #durationTicks = 0;
  #endPacketsSent = 0;
  #pauseLeftTicks = 0;

  constructor(options: DtmfSenderOptions) {
    this.#payloadType = options.payloadType;
    this.#pressTicks = msToTicks(options.pressMs ?? 100);
    this.#pauseTicks = msToTicks(options.pauseMs ?? 60);
    this.#frameTicks = FRAME_SAMPLES * (options.ticksPerSample ?? 1);
  }

  /** False, and nothing queued, when one character is no digit (0-9 * # A-D) or the queue of 64 has no room. */
  send(digits: string): boolean {
    const events = [...digits].map(eventOfDigit);
    if (events.includes(-1) || this.#queue.length + events.length > MAX_QUEUED) return false;
    this.#queue.push(...events);
    return true;
  }

  get idle(): boolean {
    return this.#queue.length === 0 && this.#event === -1 && this.#pauseLeftTicks <= 0;
  }

  /**
   * Every 20 ms: the packet to send instead of audio, or `undefined` when audio goes as usual. Moves the sender's media time on when
   * it returns a packet.
   */
  frame(rtp: RtpSender): Uint8Array | undefined {
    if (this.#pauseLeftTicks > 0) {
      this.#pauseLeftTicks -= FRAME_SAMPLES;
      return undefined;
    }
    const starts = this.#event === -1;
    if (starts && !this.#start(rtp)) return undefined;
    if (this.#endPacketsSent === 0) this.#durationTicks += FRAME_SAMPLES;
    const packet = this.#write(rtp, starts);
    rtp.skip(this.#frameTicks);
    return packet;
  }

  #start(rtp: RtpSender): boolean {
    const event = this.#queue.shift();
    if (event === undefined) return false;
    this.#event = event;
    this.#timestampTicks = rtp.timestampTicks;
    this.#durationTicks = 0;
    this.#endPacketsSent = 0;
    return true;
  }

  #write(rtp: RtpSender, marker: boolean): Uint8Array {
    const ending = this.#durationTicks >= this.#pressTicks;
    rtp.payload[0] = this.#event;
    rtp.payload[1] = (ending ? END_BIT : 0) | VOLUME;
    rtp.payload[2] = this.#durationTicks >> 8;
    rtp.payload[3] = this.#durationTicks;
    if (ending && ++this.#endPacketsSent === END_PACKETS) {
      this.#event = -1;
      this.#pauseLeftTicks = this.#pauseTicks;
    }
    return rtp.event(this.#payloadType, this.#timestampTicks, marker, 4);
  }
}
