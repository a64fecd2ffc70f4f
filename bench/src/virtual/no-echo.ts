/** A line on which nothing comes back: a caller speaks over her, turn after turn, and all the guard does to that voice is damage. */
import { EchoGuard } from "@sk-voice/media/echo/guard.ts";
import { clampSample, dbToGain, rmsDbfs } from "@sk-voice/media/pcm.ts";
import type { Prng } from "@sk-voice/media/sim/prng.ts";
import { FRAME_SAMPLES } from "@sk-voice/media/units.ts";
import { throughG711 } from "./echo.ts";

export interface NoEchoTrial {
  readonly hers: readonly Int16Array[];
  readonly callers: readonly Int16Array[];
  readonly turns: number;
  readonly noiseDbfs: number;
}

export interface NoEchoHeard {
  /** 20 ms of the caller in which there is voice, and what became of them. */
  readonly voiced: number;
  readonly muted: number;
  readonly changed: number;
  /** She takes the caller for her echo when the call ends. */
  readonly fooled: boolean;
}

const VOICED_DBFS = -45;
/** She goes on for this long once the caller speaks. */
const OVERLAP_SAMPLES = 4000;
const GAINS_DB = [-9, 6] as const;

export function hearNoEcho({ hers, callers, turns, noiseDbfs }: NoEchoTrial, random: Prng): NoEchoHeard {
  const guard = new EchoGuard();
  const counts = { voiced: 0, muted: 0, changed: 0 };
  for (let turn = 0; turn < turns; turn++) {
    const her = hers[turn % hers.length]!;
    const caller = callers[random.integer(0, callers.length - 1)]!;
    const at = random.integer(4000, her.length - 8000);
    const heard = throughG711(overNoise(caller, at, noiseDbfs, random));
    const said = her.subarray(0, at + OVERLAP_SAMPLES);
    for (let from = 0; from + FRAME_SAMPLES <= heard.length; from += FRAME_SAMPLES) {
      const frame = heard.subarray(from, from + FRAME_SAMPLES);
      count(frame, guard.hear(frame, true), counts);
      const sent = new Int16Array(FRAME_SAMPLES);
      sent.set(said.subarray(from, from + FRAME_SAMPLES));
      guard.said(sent);
    }
  }
  return { ...counts, fooled: guard.locked };
}

function overNoise(caller: Int16Array, at: number, noiseDbfs: number, random: Prng): Int16Array {
  const gain = dbToGain(random.integer(...GAINS_DB));
  const noise = 32768 * dbToGain(noiseDbfs);
  return Int16Array.from({ length: at + caller.length + 8000 }, (_, n) =>
    clampSample(Math.round(gain * (caller[n - at] ?? 0) + noise * random.gaussian())),
  );
}

function count(frame: Int16Array, given: Int16Array, counts: { voiced: number; muted: number; changed: number }): void {
  if (rmsDbfs(frame) < VOICED_DBFS) return;
  counts.voiced++;
  if (given.every((sample) => sample === 0)) counts.muted++;
  else if (given.some((sample, n) => sample !== frame[n])) counts.changed++;
}
