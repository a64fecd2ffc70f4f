/** Her voice comes back while she speaks, and the caller may speak too: what the voice detector hears of it. */
import { EchoGuard } from "@sk-voice/media/echo/guard.ts";
import { pcmu } from "@sk-voice/media/g711/index.ts";
import { clampSample, dbToGain, rmsDbfs } from "@sk-voice/media/pcm.ts";
import { EchoPath, type EchoPathOptions } from "@sk-voice/media/sim/echo-path.ts";
import type { Prng } from "@sk-voice/media/sim/prng.ts";
import { FRAME_MS, FRAME_SAMPLES } from "@sk-voice/media/units.ts";
import type { VadModel } from "@sk-voice/models/ports.ts";
import { SpeechSegmenter } from "@sk-voice/models/vad/segmenter.ts";
import { WindowBuffer } from "@sk-voice/models/window.ts";

export interface EchoTrial {
  readonly path: EchoPathOptions;
  readonly her: Int16Array;
  /** Begins to speak at `atMs`, at this level against hers. */
  readonly caller?: { readonly samples: Int16Array; readonly atMs: number; readonly levelDb: number };
  /** Room noise at the caller's, in dBFS. */
  readonly noiseDbfs: number;
  readonly guarded: boolean;
}

export interface EchoHeard {
  /** Voice of at least 240 ms was heard: she would stop. When it began. */
  readonly stopMs: number | undefined;
  /** Any voice was heard. */
  readonly onsets: number;
}

/** Shorter voice ducks her and no more. */
const STOP_MS = 240;

export async function hearEcho(trial: EchoTrial, vad: VadModel, random: Prng): Promise<EchoHeard> {
  const { her, caller } = trial;
  const echo = new EchoPath(trial.path, random).echo(throughG711(her));
  const gain = caller ? dbToGain(caller.levelDb + rmsDbfs(her) - rmsDbfs(caller.samples)) : 0;
  const callerAt = caller ? caller.atMs * 8 : 0;
  const noise = 32768 * dbToGain(trial.noiseDbfs);
  const heard = Int16Array.from(echo, (value, n) =>
    clampSample(Math.round(value + gain * (caller?.samples[n - callerAt] ?? 0) + noise * random.gaussian())),
  );
  return judge(her, throughG711(heard), trial.guarded, vad);
}

async function judge(her: Int16Array, heard: Int16Array, guarded: boolean, vad: VadModel): Promise<EchoHeard> {
  const guard = new EchoGuard();
  const windows = new WindowBuffer(vad.windowSamples);
  const segmenter = new SpeechSegmenter();
  const state = vad.createState();
  const probability = new Float32Array(1);
  const said = new Int16Array(FRAME_SAMPLES);
  const waiting: Float32Array[] = [];
  let onsetMs: number | undefined;
  let stopMs: number | undefined;
  let onsets = 0;
  for (let frame = 0, windowMs = 0; (frame + 1) * FRAME_SAMPLES <= heard.length; frame++) {
    const from = frame * FRAME_SAMPLES;
    const samples = heard.subarray(from, from + FRAME_SAMPLES);
    windows.push(guarded ? guard.hear(samples, true) : samples, (window) => waiting.push(window.slice()));
    said.fill(0);
    said.set(her.subarray(from, from + FRAME_SAMPLES));
    guard.said(said);
    for (const window of waiting.splice(0)) {
      await vad.infer(window, [state], probability);
      windowMs += 32;
      const edge = segmenter.push(probability[0]!, windowMs);
      if (edge?.type === "speech-start") {
        onsetMs = edge.atMs;
        onsets++;
      } else if (edge) onsetMs = undefined;
      if (onsetMs !== undefined && (frame + 1) * FRAME_MS - onsetMs >= STOP_MS) stopMs ??= onsetMs;
    }
  }
  return { stopMs, onsets };
}

export function throughG711(samples: Int16Array): Int16Array {
  const codes = new Uint8Array(samples.length);
  const out = new Int16Array(samples.length);
  pcmu.encode(samples, codes);
  pcmu.decode(codes, out);
  return out;
}
