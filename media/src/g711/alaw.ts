/**
 * A-law (PCMA), ITU-T G.711 tables 1a and 1b. The recommendation works on 13-bit values; 16-bit PCM is eight times that.
 */

/** G.711 inverts the even bits of every A-law code. */
const EVEN_BITS = 0x55;

/** Code of the smallest positive value (8): what silence looks like on the wire. A-law has no zero. */
export const ALAW_SILENCE = 0xd5;

function expand(code: number): number {
  const bits = code ^ EVEN_BITS;
  const segment = (bits >> 4) & 7;
  const step = bits & 15;
  const magnitude = segment === 0 ? 2 * step + 1 : (2 * step + 33) << (segment - 1);
  return (bits & 0x80 ? magnitude : -magnitude) * 8;
}

/**
 * `value12` is a 16-bit sample shifted right by four (every decision value is even on the 13-bit scale). Negative values use the
 * ones' complement, as in the ITU's reference code (G.191): exactly on a decision value, which the tables leave open, it goes
 * towards zero.
 */
function compress(value12: number): number {
  const magnitude = value12 < 0 ? ~value12 : value12;
  const segment = Math.max(0, 28 - Math.clz32(magnitude));
  const step = (segment <= 1 ? magnitude : magnitude >> (segment - 1)) & 15;
  return ((value12 < 0 ? 0 : 0x80) | (segment << 4) | step) ^ EVEN_BITS;
}

const EXPANDED = Int16Array.from({ length: 256 }, (_, code) => expand(code));
const COMPRESSED = Uint8Array.from({ length: 1 << 12 }, (_, index) => compress((index << 20) >> 20));

/** Decodes `length` bytes of `payload` from `offset` into `out`; stops when `out` is full. Returns the samples written. */
export function decodeAlaw(
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
export function encodeAlaw(samples: Int16Array, out: Uint8Array): number {
  const count = Math.min(samples.length, out.length);
  for (let i = 0; i < count; i++) out[i] = COMPRESSED[(samples[i]! >> 4) & 0xfff]!;
  return count;
}
