/** Turn-taking on recorded sentences with a pause in them: would she have cut the caller off, and how long would she have waited at the end? */
import type { SttPort, VadModel } from "@sk-voice/models/ports.ts";
import { SpeechSegmenter } from "@sk-voice/models/vad/segmenter.ts";
import { VoiceEnd } from "@sk-voice/models/vad/voice-end.ts";
import { WindowBuffer } from "@sk-voice/models/window.ts";

const PER_MS = 8;
const FRAME = 160;
/** Room after the end, so that the VAD can notice it. */
const TAIL_MS = 400;

/** One silence within or after an utterance. */
export interface Silence {
  /** Of the caller's voice, as the VAD saw it. */
  readonly lastsMs: number;
  /** `undefined`: no more speech came, this was the end. */
  readonly resumed: boolean;
  /** What the recogniser makes of it up to here. */
  readonly text: string;
}

/** `first`, then `pauseMs` of silence, then `second`: the silences the VAD sees, each with the words so far. */
export async function silencesOf(
  [first, second]: readonly [Int16Array, Int16Array],
  pauseMs: number,
  vad: VadModel,
  stt: SttPort,
): Promise<Silence[]> {
  const audio = new Int16Array(first.length + second.length + (pauseMs + TAIL_MS) * PER_MS);
  audio.set(first);
  audio.set(second, first.length + pauseMs * PER_MS);
  const edges = await edgesOf(audio, vad);
  const silences: Silence[] = [];
  for (const [index, edge] of edges.entries()) {
    if (edge.type !== "speech-end") continue;
    const next = edges.slice(index + 1).find(({ type }) => type === "speech-start");
    const text = await textOf(audio.subarray(0, Math.round(edge.atMs + 200) * PER_MS), stt);
    silences.push({
      lastsMs: next ? next.atMs - edge.atMs : Number.POSITIVE_INFINITY,
      resumed: next !== undefined,
      text,
    });
  }
  return silences;
}

async function edgesOf(audio: Int16Array, vad: VadModel): Promise<{ type: string; atMs: number }[]> {
  const segmenter = new SpeechSegmenter();
  const voiceEnd = new VoiceEnd();
  const buffer = new WindowBuffer(vad.windowSamples);
  const states = [vad.createState()];
  const out = new Float32Array(1);
  const edges: { type: string; atMs: number }[] = [];
  for (let at = 0; at + FRAME <= audio.length; at += FRAME) {
    const frame = audio.subarray(at, at + FRAME);
    voiceEnd.push(frame, (at + FRAME) / PER_MS);
    const windows: [Float32Array, number][] = [];
    buffer.push(frame, (window, after) => windows.push([window.slice(), (at + FRAME - after) / PER_MS]));
    for (const [window, endMs] of windows) {
      await vad.infer(window, states, out);
      const edge = segmenter.push(out[0]!, endMs);
      if (edge?.type === "speech-end") edges.push({ type: edge.type, atMs: voiceEnd.refine(edge.atMs) });
      else if (edge?.type === "speech-start") edges.push(edge);
    }
  }
  return edges;
}

export async function textOf(samples: Int16Array, stt: SttPort): Promise<string> {
  const session = stt.open({ language: "en" });
  session.push(samples);
  const hint = { expects: "open", vocabulary: [], speechMs: samples.length / PER_MS } as const;
  const { text } = await session.transcribe(hint, new AbortController().signal);
  session.close();
  return text;
}

export interface Quality {
  /** Share of pauses within a sentence that she would have taken for its end. */
  readonly cutOffs: number;
  /** Mean wait at the real ends. */
  readonly waitMs: number;
}

export function qualityOf(silences: readonly Silence[], delayOf: (silence: Silence) => number): Quality {
  const pauses = silences.filter(({ resumed }) => resumed);
  const ends = silences.filter(({ resumed }) => !resumed);
  const cut = pauses.filter((pause) => delayOf(pause) < pause.lastsMs).length;
  return {
    cutOffs: cut / Math.max(1, pauses.length),
    waitMs: ends.reduce((sum, end) => sum + delayOf(end), 0) / Math.max(1, ends.length),
  };
}

/** The mean wait when all delays are stretched until no more than `share` of the pauses are cut; `stretch` in steps of 5 %. */
export function waitAtCutOffs(
  silences: readonly Silence[],
  share: number,
  delayOf: (silence: Silence) => number,
): number {
  for (let stretch = 0.05; stretch < 20; stretch += 0.05) {
    const quality = qualityOf(silences, (silence) => stretch * delayOf(silence));
    if (quality.cutOffs <= share) return quality.waitMs;
  }
  return Number.POSITIVE_INFINITY;
}
