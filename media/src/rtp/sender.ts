import { FRAME_SAMPLES } from "../units.ts";
import { RTP_HEADER_BYTES, writeRtpHeader } from "./packet.ts";

export interface RtpSenderOptions {
  /** Random, RFC 3550 section 8. */
  readonly ssrc: number;
  /** Random 16 bits, RFC 3550 section 5.1. */
  readonly firstSequence: number;
  /** Random 32 bits, RFC 3550 section 5.1. */
  readonly firstTimestampTicks: number;
  /** Largest payload ever sent. Default: one 20 ms G.711 frame. */
  readonly maxPayloadBytes?: number;
}

/**
 * Sequence, timestamp and marker keeping of one outgoing stream, and its one packet buffer. Usage per frame: encode into
 * `payload`, then `audio(...)` and send what it returns before the next call overwrites it.
 */
export class RtpSender {
  /** Write the payload here before `audio` or `event`. */
  readonly payload: Uint8Array;
  readonly ssrc: number;
  packetsSent = 0;
  /** Payload bytes, as RFC 3550 section 6.4.1 counts octets. */
  payloadBytesSent = 0;

  readonly #buffer: Uint8Array;
  #view: Uint8Array;
  #sequence: number;
  #timestampTicks: number;
  #spurtStarts = true;

  constructor(options: RtpSenderOptions) {
    this.ssrc = options.ssrc >>> 0;
    this.#sequence = options.firstSequence & 0xffff;
    this.#timestampTicks = options.firstTimestampTicks >>> 0;
    this.#buffer = new Uint8Array(RTP_HEADER_BYTES + (options.maxPayloadBytes ?? FRAME_SAMPLES));
    this.#view = this.#buffer;
    this.payload = this.#buffer.subarray(RTP_HEADER_BYTES);
  }

  /** Timestamp of the next audio frame. */
  get timestampTicks(): number {
    return this.#timestampTicks;
  }

  /** Sequence number of the next packet. */
  get sequence(): number {
    return this.#sequence;
  }

  /**
   * The packet holding the first `payloadBytes` of `payload`; time moves on by `durationTicks`. The marker is set on the first
   * packet and after `skip` (RFC 3551 section 4.1: the first of a talkspurt). Valid until the next call.
   */
  audio(payloadType: number, payloadBytes: number, durationTicks: number): Uint8Array {
    const packet = this.event(payloadType, this.#timestampTicks, this.#spurtStarts, payloadBytes);
    this.#spurtStarts = false;
    this.#timestampTicks = (this.#timestampTicks + durationTicks) >>> 0;
    return packet;
  }

  /** A packet at a timestamp of the caller's choosing (RFC 4733 events repeat theirs). Media time stands still. */
  event(payloadType: number, timestampTicks: number, marker: boolean, payloadBytes: number): Uint8Array {
    writeRtpHeader(this.#buffer, payloadType, marker, this.#sequence, timestampTicks, this.ssrc);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.packetsSent++;
    this.payloadBytesSent += payloadBytes;
    const size = RTP_HEADER_BYTES + payloadBytes;
    if (this.#view.length !== size) this.#view = this.#buffer.subarray(0, size);
    return this.#view;
  }

  /** Media time passes without a packet: silence not sent, or ticks the machine missed. */
  skip(durationTicks: number): void {
    this.#timestampTicks = (this.#timestampTicks + durationTicks) >>> 0;
    this.#spurtStarts = true;
  }
}
