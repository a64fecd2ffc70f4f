/** Arithmetic on 16-bit PCM, in place or into the caller's arrays. Everything saturates; nothing wraps. */

/** Level of digital silence, in place of minus infinity: quieter than 16 bits can be. */
export const SILENCE_DBFS = -100;

const FULL_SCALE = 32768;

export function clampSample(value: number): number {
  return Math.max(-32768, Math.min(32767, value));
}

/** Amplitude factor of a gain in decibels. */
export function dbToGain(db: number): number {
  return 10 ** (db / 20);
}

/** Scales in place by an amplitude factor. */
export function applyGain(samples: Int16Array, gain: number): void {
  for (let i = 0; i < samples.length; i++) samples[i] = clampSample(Math.round(samples[i]! * gain));
}

/** Adds `other` onto `samples` in place, as far as both reach. */
export function mixInto(samples: Int16Array, other: Int16Array): void {
  const count = Math.min(samples.length, other.length);
  for (let i = 0; i < count; i++) samples[i] = clampSample(samples[i]! + other[i]!);
}

/** Scales in place from amplitude factor `from` (first sample) to `to` (after the last), in a straight line. */
export function fade(samples: Int16Array, from: number, to: number): void {
  const step = (to - from) / Math.max(1, samples.length);
  for (let i = 0; i < samples.length; i++) samples[i] = clampSample(Math.round(samples[i]! * (from + step * i)));
}

/**
 * Root mean square level in dB relative to a full-scale square wave (so a full-scale sine is -3.01), at least `SILENCE_DBFS`.
 */
export function rmsDbfs(samples: Int16Array): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i]! * samples[i]!;
  return amplitudeDbfs(Math.sqrt(sum / Math.max(1, samples.length)));
}

/** Highest magnitude in dB relative to full scale, at least `SILENCE_DBFS`. */
export function peakDbfs(samples: Int16Array): number {
  let peak = 0;
  for (let i = 0; i < samples.length; i++) peak = Math.max(peak, Math.abs(samples[i]!));
  return amplitudeDbfs(peak);
}

/** −1..1 (what models speak) to 16-bit. Writes as far as both arrays reach; returns the count. NaN becomes 0. */
export function floatToPcm(source: Float32Array, out: Int16Array): number {
  const count = Math.min(source.length, out.length);
  for (let i = 0; i < count; i++) out[i] = clampSample(Math.round(source[i]! * FULL_SCALE));
  return count;
}

/** 16-bit to −1..1. Writes as far as both arrays reach; returns the count. */
export function pcmToFloat(source: Int16Array, out: Float32Array): number {
  const count = Math.min(source.length, out.length);
  for (let i = 0; i < count; i++) out[i] = source[i]! / FULL_SCALE;
  return count;
}

function amplitudeDbfs(amplitude: number): number {
  return amplitude === 0 ? SILENCE_DBFS : Math.max(SILENCE_DBFS, 20 * Math.log10(amplitude / FULL_SCALE));
}

/** The pieces in one. */
export function joinSamples(parts: readonly Int16Array[]): Int16Array<ArrayBuffer> {
  const joined = new Int16Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
