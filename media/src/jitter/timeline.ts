import type { RtpHeader } from "../rtp/packet.ts";
import { msToTicks, TICKS_PER_MS, timestampDelta } from "../units.ts";

/** Timestamps this far from what the arrival clock says are a jump of the sender's (hold music, transfer), not jitter. */
const JUMP_TICKS = msToTicks(1000);

/**
 * The call's own time line in samples, from 0 at the first packet. Follows the sender's RTP timestamps, through their wrap; where the
 * sender changes (SSRC) or jumps, the line is bridged by arrival time.
 */
export class Timeline {
  /** Jumps bridged, and packets older than one already placed. */
  resyncs = 0;
  reordered = 0;
  #ssrc = -1;
  #newestPosition = 0;
  #newestTimestampTicks = 0;
  #newestArrivalMs = 0;

  /** Position of a packet that arrived at `now`. `end`: where audio so far ends; a bridge never leads back before it. */
  place(header: RtpHeader, now: number, end: number): number {
    const elapsedTicks = (now - this.#newestArrivalMs) * TICKS_PER_MS;
    const advanceTicks = timestampDelta(header.timestampTicks, this.#newestTimestampTicks);
    let position = this.#newestPosition + advanceTicks;
    if (this.#ssrc === -1) position = 0;
    else if (header.ssrc !== this.#ssrc || Math.abs(advanceTicks - elapsedTicks) > JUMP_TICKS) {
      position = Math.max(end, Math.round(this.#newestPosition + elapsedTicks));
      this.resyncs++;
    } else if (advanceTicks < 0) {
      this.reordered++;
      return position;
    }
    this.#ssrc = header.ssrc;
    this.#newestPosition = position;
    this.#newestTimestampTicks = header.timestampTicks;
    this.#newestArrivalMs = now;
    return position;
  }

  /** RTP timestamp of a position, by the sender's newest numbering. */
  timestampAt(position: number): number {
    return (this.#newestTimestampTicks + position - this.#newestPosition) >>> 0;
  }
}
