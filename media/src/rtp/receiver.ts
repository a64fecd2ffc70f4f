import { TICKS_PER_MS, timestampDelta } from "../units.ts";
import type { RtpHeader } from "./packet.ts";
import { SequenceTracker } from "./sequence.ts";

/**
 * What became of a packet. Pass on `"ok"`, `"reordered"`, `"restart"` and `"new-source"`; drop the rest (they are counted).
 * - `"new-source"`: the SSRC changed and the new one is believed; sequence, timestamp and jitter start again.
 * - `"restart"`: same SSRC, sequence numbers start elsewhere.
 * - `"probation"`: first packet of another SSRC; one stray packet must not take over the call.
 */
export type RtpArrival = "ok" | "reordered" | "duplicate" | "new-source" | "restart" | "jump" | "probation";

/** Of the current source, unless said otherwise. */
export interface RtpReceiverStats {
  readonly ssrc: number;
  /** RFC 3550 6.4.1: counts duplicates and late packets, so that `expected - received` is the report's "lost". */
  readonly received: number;
  readonly expected: number;
  /** Never arrived: `expected` less the distinct packets received. */
  readonly lost: number;
  readonly jitterMs: number;
  /** Over all sources of this call. */
  readonly duplicates: number;
  readonly reordered: number;
  readonly restarts: number;
  /** Packets refused: sequence far off, or an SSRC on probation. */
  readonly refused: number;
  readonly ssrcChanges: number;
  readonly timestampJumps: number;
  readonly payloadBytes: number;
  /** Monotonic time of the last packet passed on; `-Infinity` before the first. */
  readonly lastArrivalMs: number;
  readonly totalReceived: number;
  readonly totalLost: number;
}

/** A timestamp this far from where the arrival clock says it should be is the sender's jump, not network jitter. */
const TIMESTAMP_JUMP_TICKS = 1000 * TICKS_PER_MS;

/**
 * One RTP session's receiving side with one active source: RFC 3550 A.1 (sequence), A.3 (lost), A.8 (jitter). The first SSRC is
 * believed at once, because the address was checked against the negotiated one before; a change needs two packets in a row.
 */
export class RtpReceiver {
  readonly #sequence = new SequenceTracker(1);
  readonly #candidateSequence = new SequenceTracker(2);
  #candidateSsrc = -1;
  #ssrc = -1;
  #jitterTicks = 0;
  #lastTimestampTicks = 0;
  #lastTimedArrivalMs = Number.NaN;
  #lastArrivalMs = Number.NEGATIVE_INFINITY;
  #duplicatesOfSource = 0;
  #refusedByProbation = 0;
  #ssrcChanges = 0;
  #timestampJumps = 0;
  #payloadBytes = 0;
  #earlierReceived = 0;
  #earlierLost = 0;

  /** -1 before the first packet. */
  get ssrc(): number {
    return this.#ssrc;
  }

  /** RFC 3550 A.8, in timestamp ticks. */
  get jitterTicks(): number {
    return this.#jitterTicks;
  }

  get sequence(): SequenceTracker {
    return this.#sequence;
  }

  /**
   * Counts one parsed packet that arrived at `now` (monotonic ms). `timed` is false for payloads whose timestamp does not advance
   * with time (telephone-event): they count, but leave the jitter alone.
   */
  receive(header: RtpHeader, now: number, timed = true): RtpArrival {
    const arrival = header.ssrc === this.#ssrc ? this.#sameSource(header) : this.#otherSource(header);
    if (arrival === "duplicate") this.#duplicatesOfSource++;
    if (arrival === "duplicate" || arrival === "jump" || arrival === "probation") return arrival;
    if (arrival === "restart" || arrival === "new-source") this.#restartClock();
    this.#lastArrivalMs = now;
    this.#payloadBytes += header.payloadLength;
    if (timed) this.#updateJitter(header.timestampTicks, now);
    return arrival;
  }

  stats(): RtpReceiverStats {
    const lost = this.#lostOfSource();
    const { received, expected, duplicates, reordered, restarts, jumps } = this.#sequence;
    return {
      ssrc: this.#ssrc,
      received,
      expected,
      lost,
      jitterMs: this.#jitterTicks / TICKS_PER_MS,
      duplicates,
      reordered,
      restarts,
      refused: jumps + this.#refusedByProbation,
      ssrcChanges: this.#ssrcChanges,
      timestampJumps: this.#timestampJumps,
      payloadBytes: this.#payloadBytes,
      lastArrivalMs: this.#lastArrivalMs,
      totalReceived: this.#earlierReceived + received,
      totalLost: this.#earlierLost + lost,
    };
  }

  /** While the current source still talks, no other takes over: two interleaved streams do not flip the call to and fro. */
  #sameSource(header: RtpHeader): RtpArrival {
    this.#candidateSsrc = -1;
    return this.#sequence.update(header.sequence);
  }

  #otherSource(header: RtpHeader): RtpArrival {
    if (this.#ssrc === -1) {
      this.#ssrc = header.ssrc;
      this.#sequence.update(header.sequence);
      return "ok";
    }
    if (header.ssrc !== this.#candidateSsrc) {
      this.#candidateSsrc = header.ssrc;
      this.#candidateSequence.reset();
    }
    if (this.#candidateSequence.update(header.sequence) === "probation") {
      this.#refusedByProbation++;
      return "probation";
    }
    this.#closeSource();
    this.#candidateSsrc = -1;
    this.#ssrc = header.ssrc;
    this.#ssrcChanges++;
    this.#sequence.reset();
    this.#sequence.update(header.sequence);
    return "new-source";
  }

  #closeSource(): void {
    this.#earlierReceived += this.#sequence.received;
    this.#earlierLost += this.#lostOfSource();
    this.#duplicatesOfSource = 0;
  }

  #lostOfSource(): number {
    return Math.max(0, this.#sequence.expected - this.#sequence.received + this.#duplicatesOfSource);
  }

  #restartClock(): void {
    this.#lastTimedArrivalMs = Number.NaN;
    this.#jitterTicks = 0;
  }

  #updateJitter(timestampTicks: number, now: number): void {
    const first = Number.isNaN(this.#lastTimedArrivalMs);
    const sinceArrivalTicks = (now - this.#lastTimedArrivalMs) * TICKS_PER_MS;
    const deviation = Math.abs(sinceArrivalTicks - timestampDelta(timestampTicks, this.#lastTimestampTicks));
    this.#lastTimedArrivalMs = now;
    this.#lastTimestampTicks = timestampTicks;
    if (first) return;
    if (deviation > TIMESTAMP_JUMP_TICKS) this.#timestampJumps++;
    else this.#jitterTicks += (deviation - this.#jitterTicks) / 16;
  }
}
