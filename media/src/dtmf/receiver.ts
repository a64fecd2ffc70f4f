import type { RtpHeader } from "../rtp/packet.ts";
import { ticksToMs, timestampDelta } from "../units.ts";
import { DTMF_DIGITS } from "./digits.ts";

/**
 * RFC 4733 telephone events, in. One key press is many packets with the same RTP timestamp and a growing duration, the last sent
 * three times with the end bit.
 *
 * | state   | packet                                    | result                              | next    |
 * |---------|-------------------------------------------|-------------------------------------|---------|
 * | idle    | newer timestamp                           | "start" (and "end" if its end bit)  | pressed (idle) |
 * | idle    | same or older timestamp                   | ignored: a repeat                   | idle    |
 * | pressed | same timestamp, no end bit                | duration grows                      | pressed |
 * | pressed | same timestamp, end bit                   | "end"                               | idle    |
 * | pressed | next segment of a very long press         | duration grows (section 2.5.1.3)    | pressed |
 * | pressed | newer timestamp                           | "end" ("replaced"), then as idle    | pressed |
 * | pressed | nothing for 200 ms (`deadline`)           | "end" ("timeout")                   | idle    |
 */
export type DtmfEvent =
  | { readonly type: "start"; readonly digit: string; readonly timestampTicks: number }
  | {
      readonly type: "end";
      readonly digit: string;
      readonly timestampTicks: number;
      readonly durationMs: number;
      readonly reason: "released" | "replaced" | "timeout";
    };

/** Senders repeat at least every 50 ms; all end packets are lost when nothing came for four of those. */
const TIMEOUT_MS = 200;
/** An event longer than 16 bits of ticks (8.2 s) goes on in a new segment. */
const SEGMENT_TICKS = 0xffff;
const MAX_QUEUED = 32;

interface Press {
  readonly digit: string;
  readonly timestampTicks: number;
  segmentTimestampTicks: number;
  earlierTicks: number;
  durationTicks: number;
}

export class DtmfReceiver {
  /** Packets that are too short, or name no digit (flash, fax tones). */
  ignored = 0;
  /** Events lost because nobody polled. */
  overflowed = 0;
  readonly #events: DtmfEvent[] = [];
  #press: Press | undefined;
  #ssrc = -1;
  #lastTimestampTicks = 0;
  #deadlineMs = Number.POSITIVE_INFINITY;

  /** One telephone-event packet that arrived at `now`: the whole datagram `header` was parsed from. */
  receive(header: RtpHeader, packet: Uint8Array, now: number): void {
    const digit = header.payloadLength < 4 ? undefined : DTMF_DIGITS[packet[header.payloadOffset]!];
    if (digit === undefined) {
      this.ignored++;
      return;
    }
    const ended = (packet[header.payloadOffset + 1]! & 0x80) !== 0;
    const durationTicks = (packet[header.payloadOffset + 2]! << 8) | packet[header.payloadOffset + 3]!;
    this.#begin(header, digit, durationTicks);
    const press = this.#press;
    if (press === undefined || press.segmentTimestampTicks !== header.timestampTicks) return;
    press.durationTicks = Math.max(press.durationTicks, press.earlierTicks + durationTicks);
    this.#deadlineMs = now + TIMEOUT_MS;
    if (ended) this.#end("released");
  }

  /** To be called at `deadline()`. */
  tick(now: number): void {
    if (now >= this.#deadlineMs) this.#end("timeout");
  }

  poll(): DtmfEvent | undefined {
    return this.#events.shift();
  }

  /** When `tick` is wanted; `Infinity` when no key is down. */
  deadline(): number {
    return this.#deadlineMs;
  }

  #begin(header: RtpHeader, digit: string, durationTicks: number): void {
    const { timestampTicks, ssrc } = header;
    const newer = ssrc !== this.#ssrc || timestampDelta(timestampTicks, this.#lastTimestampTicks) > 0;
    if (!newer) return;
    this.#ssrc = ssrc;
    this.#lastTimestampTicks = timestampTicks;
    const press = this.#press;
    if (press?.digit === digit && timestampTicks === (press.segmentTimestampTicks + SEGMENT_TICKS) >>> 0) {
      press.segmentTimestampTicks = timestampTicks;
      press.earlierTicks += SEGMENT_TICKS;
      return;
    }
    this.#end("replaced");
    this.#press = { digit, timestampTicks, segmentTimestampTicks: timestampTicks, earlierTicks: 0, durationTicks };
    this.#emit({ type: "start", digit, timestampTicks });
  }

  #end(reason: "released" | "replaced" | "timeout"): void {
    const press = this.#press;
    if (press === undefined) return;
    const { digit, timestampTicks, durationTicks } = press;
    this.#emit({ type: "end", digit, timestampTicks, durationMs: ticksToMs(durationTicks), reason });
    this.#press = undefined;
    this.#deadlineMs = Number.POSITIVE_INFINITY;
  }

  #emit(event: DtmfEvent): void {
    if (this.#events.length >= MAX_QUEUED) this.overflowed++;
    else this.#events.push(event);
  }
}
