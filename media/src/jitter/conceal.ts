import { clampSample } from "../pcm.ts";
import { FRAME_SAMPLES } from "../units.ts";
import type { PulledFrame } from "./buffer.ts";

/**
 * Packet loss concealment by pitch waveform substitution, after ITU-T G.711 Appendix I: the last pitch period is repeated, then the last two, then three (one
 * alone sounds like a buzzer); it fades; and what comes after the loss is faded in over the continued synthesis. Appendix I is written for 10 ms packets that go
 * missing one by one; ours are 20 ms long and lost in bursts, so each stage lasts 20 ms instead of 10 and the fade goes from 20 to 150 ms instead of from 10 to 60:
 * silence within a word is further from it than a vowel held too long (`bun run bench loss` prints the spectral distances). Appendix I delays all audio by 3.75 ms to
 * smooth the joint at the start of a loss; here a correction that decays over a quarter period does that without delay.
 */

const MIN_PITCH = 40;
const MAX_PITCH = 120;
const MATCH_SAMPLES = 160;
const STAGE_SAMPLES = 160;
const STAGES = 3;
const FADE_FROM_SAMPLES = 160;
const SILENT_AFTER_SAMPLES = 1200;
/** Of a loss, before the merge grows longer; and where a splice is smoothed without a loss. */
const SHORT_LOSS_SAMPLES = 80;
const SPLICE_SAMPLES = 40;
/** A quarter period, and 4 ms more for each 10 ms of loss after the first. */
const MERGE_SHARE = 0.4;
const MAX_MERGE_SAMPLES = 80;
/** Three of the longest periods, and the quarter period before them that the seam is blended with. */
const HISTORY_SAMPLES = STAGES * MAX_PITCH + MAX_PITCH / 4;

export class Concealer {
  readonly #history = new Float32Array(HISTORY_SAMPLES);
  readonly #cycles = Array.from({ length: STAGES }, (_, n) => new Float32Array((n + 1) * MAX_PITCH));
  #pitch = MIN_PITCH;
  #overlap = 0;
  #startStep = 0;
  /** Samples synthesised in the current loss; -1 outside one. */
  #synthesised = -1;
  #mergeLeft = 0;
  #mergeLength = 1;
  concealedSamples = 0;

  /** Completes `out` (what `JitterBuffer.pull` filled) in place. Call for every frame, in order. Allocates nothing. */
  process(frame: Pick<PulledFrame, "present" | "spliced">, out: Int16Array): void {
    if (frame.spliced) this.#beginMergeWithoutLoss();
    let from = 0;
    while (from < FRAME_SAMPLES) {
      const present = frame.present[from]!;
      let to = from + 1;
      while (to < FRAME_SAMPLES && frame.present[to] === present) to++;
      if (present === 0) this.#fill(out, from, to);
      else this.#merge(out, from, to);
      this.#remember(out, from, to);
      from = to;
    }
  }

  #fill(out: Int16Array, from: number, to: number): void {
    if (this.#synthesised < 0 || this.#mergeLeft > 0) this.#begin();
    for (let i = from; i < to; i++) out[i] = Math.round(this.#synthesise());
    this.concealedSamples += to - from;
  }

  /** Received audio, faded in over the synthesis if a loss has just ended. */
  #merge(out: Int16Array, from: number, to: number): void {
    if (this.#synthesised < 0) return;
    if (this.#mergeLeft === 0)
      this.#startMerge(this.#overlap + MERGE_SHARE * Math.max(0, this.#synthesised - SHORT_LOSS_SAMPLES));
    for (let i = from; i < to && this.#mergeLeft > 0; i++) {
      const share = this.#mergeLeft-- / (this.#mergeLength + 1);
      out[i] = Math.round(out[i]! * (1 - share) + this.#synthesise() * share);
    }
    if (this.#mergeLeft === 0) this.#synthesised = -1;
  }

  #startMerge(samples: number): void {
    this.#mergeLength = Math.min(MAX_MERGE_SAMPLES, Math.round(samples));
    this.#mergeLeft = this.#mergeLength;
  }

  #beginMergeWithoutLoss(): void {
    if (this.#synthesised >= 0) return;
    this.#begin();
    this.#startMerge(SPLICE_SAMPLES);
  }

  #begin(): void {
    this.#pitch = this.#findPitch();
    this.#overlap = this.#pitch >> 2;
    this.#synthesised = 0;
    this.#mergeLeft = 0;
    const history = this.#history;
    this.#startStep = history[HISTORY_SAMPLES - 1]! - history[HISTORY_SAMPLES - this.#pitch - 1]!;
    for (let stage = 0; stage < STAGES; stage++) this.#buildCycle(this.#cycles[stage]!, (stage + 1) * this.#pitch);
  }

  /** The last `length` samples, their end blended into what came before their beginning, so that they repeat without a seam. */
  #buildCycle(cycle: Float32Array, length: number): void {
    const history = this.#history;
    const start = HISTORY_SAMPLES - length;
    const seam = length - this.#overlap;
    for (let i = 0; i < length; i++) cycle[i] = history[start + i]!;
    for (let i = 0; i < this.#overlap; i++) {
      const share = (i + 1) / (this.#overlap + 1);
      cycle[seam + i] = cycle[seam + i]! * (1 - share) + history[start - this.#overlap + i]! * share;
    }
  }

  #synthesise(): number {
    const n = this.#synthesised++;
    if (n >= SILENT_AFTER_SAMPLES) return 0;
    const stage = Math.min(STAGES - 1, Math.floor(n / STAGE_SAMPLES));
    let value = this.#cycleAt(stage, n);
    const intoStage = n - stage * STAGE_SAMPLES;
    if (intoStage < this.#overlap) {
      const share = (intoStage + 1) / (this.#overlap + 1);
      value = stage === 0 ? value + this.#startStep * (1 - share) : mix(this.#cycleAt(stage - 1, n), value, share);
    }
    const fade = Math.max(0, n - FADE_FROM_SAMPLES) / (SILENT_AFTER_SAMPLES - FADE_FROM_SAMPLES);
    return clampSample(value * (1 - fade));
  }

  #cycleAt(stage: number, n: number): number {
    return this.#cycles[stage]![n % ((stage + 1) * this.#pitch)]!;
  }

  /** The lag at which the last 20 ms look most like what came before: normalised cross-correlation. */
  #findPitch(): number {
    const history = this.#history;
    const start = HISTORY_SAMPLES - MATCH_SAMPLES;
    let best = 0;
    let bestLag = MAX_PITCH;
    for (let lag = MIN_PITCH; lag <= MAX_PITCH; lag++) {
      let product = 0;
      let energy = 1;
      for (let i = start; i < HISTORY_SAMPLES; i++) {
        const earlier = history[i - lag]!;
        product += history[i]! * earlier;
        energy += earlier * earlier;
      }
      const match = product <= 0 ? 0 : (product * product) / energy;
      if (match > best) {
        best = match;
        bestLag = lag;
      }
    }
    return bestLag;
  }

  #remember(out: Int16Array, from: number, to: number): void {
    const count = to - from;
    this.#history.copyWithin(0, count);
    const start = HISTORY_SAMPLES - count - from;
    for (let i = from; i < to; i++) this.#history[start + i] = out[i]!;
  }
}

function mix(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}
