/**
 * μ-law (PCMU), ITU-T G.711 tables 2a and 2b. The recommendation works on 14-bit values; 16-bit PCM is four times that.
 */

const BIAS = 33;
const MAX_MAGNITUDE_14 = 8158;

/** Code that decodes to 0: what silence looks like on the wire. */
export const ULAW_SILENCE = 0xff;

function expand(code: number): number {
  const bits = ~code & 0xff;
  const segment = (bits >> 4) & 7;
  const magnitude = ((((bits & 15) << 1) + BIAS) << segment) - BIAS;
  return (bits & 0x80 ? -magnitude : magnitude) * 4;
}

/**
 * `value14` is a 16-bit sample shifted right by two. Negative values use the ones' complement, as the ITU's own reference code
 * (G.191) does: a sample exactly on a decision value, which the tables leave open, goes towards zero. That is also what lets
 * one 16 kB table do, instead of 64 kB.
 */
function compress(value14: number): number {
  const magnitude = Math.min(value14 < 0 ? ~value14 : value14, MAX_MAGNITUDE_14) + BIAS;
  const segment = 26 - Math.clz32(magnitude);
  const step = (magnitude >> (segment + 1)) & 15;
  return ~((value14 < 0 ? 0x80 : 0) | (segment << 4) | step) & 0xff;
}

const EXPANDED = Int16Array.from({ length: 256 }, (_, code) => expand(code));
const COMPRESSED = Uint8Array.from({ length: 1 << 14 }, (_, index) => compress((index << 18) >> 18));

/** Decodes `length` bytes of `payload` from `offset` into `out`; stops when `out` is full. Returns the samples written. */
export function decodeUlaw(
  payload: Uint8Array,
  out: Int16Array,
  offset = 0,
  length: number = payload.length - offset,
): number {
  const count = Math.min(length, payload.length - offset, out.length);
  for (let i = 0; i < count; i++) out[i] = EXPANDED[payload[offset + i]!]!;
  return Math.max(0, count);
}

/** Encodes `samples` into `out`; stops when `out` is full. Returns the bytes written. */
export function encodeUlaw(samples: Int16Array, out: Uint8Array): number {
  const count = Math.min(samples.length, out.length);
  for (let i = 0; i < count; i++) out[i] = COMPRESSED[(samples[i]! >> 2) & 0x3fff]!;
  return count;
}
