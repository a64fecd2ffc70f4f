/** Samples per second of everything in the packet path (G.711, RFC 3551 section 4.5.14). RTP timestamp ticks have the same rate. */
export const SAMPLE_RATE_HZ = 8000;

/** One turn of the packet loop. */
export const FRAME_MS = 20;

/** Samples in one frame; for G.711 also payload bytes and RTP timestamp ticks. */
export const FRAME_SAMPLES = 160;

export const TICKS_PER_MS = 8;

/** RTP timestamp ticks (8 kHz) to milliseconds. */
export function ticksToMs(ticks: number): number {
  return ticks / TICKS_PER_MS;
}

/** Milliseconds to whole RTP timestamp ticks (8 kHz), rounded to nearest. */
export function msToTicks(ms: number): number {
  return Math.round(ms * TICKS_PER_MS);
}

/**
 * `a - b` of two RTP timestamps modulo 2^32, as a signed number of ticks: positive when `a` is later.
 * Right as long as they are less than 2^31 ticks (74 hours) apart.
 */
export function timestampDelta(a: number, b: number): number {
  return (a - b) | 0;
}

/** `a - b` of two RTP sequence numbers modulo 2^16, signed: positive when `a` is later. */
export function sequenceDelta(a: number, b: number): number {
  return ((a - b) << 16) >> 16;
}
