import type { VoicedSpan } from "./words.ts";

const SAMPLES_PER_MS = 8;
/** −48 dBFS: below what a telephone passes on as sound. */
const SILENCE = 130;
const KEEP_BEFORE_MS = 20;
const KEEP_AFTER_MS = 60;

/** A synthesiser's pause shorter than this is part of a word (the closure of a "t"). */
const MIN_PAUSE_MS = 90;
const STEP_MS = 10;

/**
 * 8 kHz audio without the silence a synthesiser puts around it, which a caller hears as slowness: at most 20 ms stay before (flite puts
 * 160 ms) and 60 ms after (flite puts 250 ms). Returns a view, empty when all is silence.
 */
export function trimSilence(samples: Int16Array): Int16Array {
  let start = 0;
  let end = samples.length;
  while (start < end && Math.abs(samples[start]!) < SILENCE) start++;
  while (end > start && Math.abs(samples[end - 1]!) < SILENCE) end--;
  if (start === end) return samples.subarray(0, 0);
  return samples.subarray(
    Math.max(0, start - KEEP_BEFORE_MS * SAMPLES_PER_MS),
    Math.min(samples.length, end + KEEP_AFTER_MS * SAMPLES_PER_MS),
  );
}

/** The same for the beginning of a stream, whatever the size of its pieces. */
export class OnsetTrimmer {
  #held: Int16Array | undefined = new Int16Array(0);

  push(samples: Int16Array): Int16Array {
    if (this.#held === undefined) return samples;
    const all = new Int16Array(this.#held.length + samples.length);
    all.set(this.#held);
    all.set(samples, this.#held.length);
    const onset = all.findIndex((sample) => Math.abs(sample) >= SILENCE);
    const keep = KEEP_BEFORE_MS * SAMPLES_PER_MS;
    this.#held = onset < 0 ? all.slice(Math.max(0, all.length - keep)) : undefined;
    return onset < 0 ? new Int16Array(0) : all.slice(Math.max(0, onset - keep));
  }
}

/** Stretches of voice between the pauses of 8 kHz audio, shifted by `offsetMs`. */
export function voicedSpans(samples: Int16Array, offsetMs: number): VoicedSpan[] {
  const step = STEP_MS * SAMPLES_PER_MS;
  const spans: { startMs: number; endMs: number }[] = [];
  for (let from = 0; from < samples.length; from += step) {
    if (!isLoud(samples, from, Math.min(samples.length, from + step))) continue;
    const startMs = offsetMs + from / SAMPLES_PER_MS;
    const last = spans.at(-1);
    if (last && startMs - last.endMs < MIN_PAUSE_MS) last.endMs = startMs + STEP_MS;
    else spans.push({ startMs, endMs: startMs + STEP_MS });
  }
  return spans;
}

function isLoud(samples: Int16Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (Math.abs(samples[i]!) >= SILENCE) return true;
  return false;
}
