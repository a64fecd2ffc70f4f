/** Reads a data folder: `MANIFEST.tsv` with the columns file, label, group, and the WAV files it names; 8 kHz mono. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { designResampler, resample } from "@sk-voice/media/resample.ts";
import { parseWav } from "@sk-voice/media/wav.ts";
import { hashOf } from "./random.ts";

export const LABELS = [
  "human",
  "human-conversation",
  "tts-robocall",
  "tts-neural",
  "ivr-recorded-voice",
  "music",
  "noise",
  "tone",
] as const;
export type Label = (typeof LABELS)[number];

const BEGINNINGS: readonly (readonly [string, Label])[] = [
  ["human", "human"],
  ["tts", "tts-neural"],
  ["ivr", "ivr-recorded-voice"],
  ["music", "music"],
  ["hold", "music"],
  ["noise", "noise"],
  ["tone", "tone"],
];

/** RMS of what counts, −21 dBFS. */
const LOUDNESS = 3000;

export interface Clip {
  readonly file: string;
  readonly label: Label;
  /** Corpus, then speaker, voice or campaign: never split further. */
  readonly group: string;
  readonly samples: Int16Array;
}

export interface Data {
  readonly folder: string;
  readonly clips: readonly Clip[];
  /** SHA-256 of the manifest. */
  readonly hash: string;
}

/** @throws Error naming the row or file that cannot be used. */
export function loadData(folder: string): Data {
  const path = join(folder, "MANIFEST.tsv");
  if (!existsSync(path)) throw new Error(`${folder} holds no MANIFEST.tsv: give the folder of the training data`);
  const text = readFileSync(path, "utf8");
  const [head = "", ...rows] = text.trimEnd().split(/\r?\n/);
  const columns = head.split("\t");
  const column = (name: string) => {
    const index = columns.indexOf(name);
    if (index < 0) throw new Error(`${path} has no column "${name}": it needs file, label and group`);
    return index;
  };
  const [file, label, group] = [column("file"), column("label"), column("group")];
  const clips = rows.map((row, index) => {
    const cells = row.split("\t");
    const name = labelOf(cells[label] ?? "");
    if (name === undefined)
      throw new Error(`${path} line ${index + 2}: unknown label "${cells[label]}", expected ${LABELS.join(", ")}`);
    return { file: cells[file]!, label: name, group: cells[group]!, samples: readClip(join(folder, cells[file]!)) };
  });
  return { folder, clips, hash: createHash("sha256").update(text).digest("hex") };
}

/** Labels of other collections by their beginning: `human-request` is a human, `tts-kokoro` a neural voice. */
function labelOf(name: string): Label | undefined {
  const exact = LABELS.find((label) => label === name);
  return exact ?? BEGINNINGS.find(([beginning]) => name.startsWith(beginning))?.[1];
}

function readClip(path: string): Int16Array {
  const { channels, sampleRateHz } = parseWav(readFileSync(path));
  const samples = channels[0]!;
  return levelled(sampleRateHz === 8000 ? samples : resample(samples, designResampler(sampleRateHz, 8000)));
}

/** To one loudness: the level of a corpus must not tell people from machines. What is quieter than 5 % of the peak does not count. */
function levelled(samples: Int16Array): Int16Array {
  let peak = 0;
  for (let n = 0; n < samples.length; n++) peak = Math.max(peak, Math.abs(samples[n]!));
  let energy = 0;
  let count = 0;
  for (let n = 0; n < samples.length; n++) {
    if (Math.abs(samples[n]!) < peak * 0.05) continue;
    energy += samples[n]! ** 2;
    count++;
  }
  const gain = count > 0 && energy > 0 ? LOUDNESS / Math.sqrt(energy / count) : 1;
  return samples.map((x) => Math.max(-32768, Math.min(32767, Math.round(x * gain))));
}

export function corpusOf(group: string): string {
  return group.split(":", 1)[0]!;
}

/** One third of the groups of every corpus is held out; of corpora of a single group (no speakers given), those named. */
const HELD_OUT_CORPORA = new Set(["ww", "noise"]);

/** The same groups always, whatever else is in the folder. Campaigns are held out by campaign, recorded prompts by language. */
export function heldOut(group: string): boolean {
  const corpus = corpusOf(group);
  if (corpus === "s2i") return false;
  return HELD_OUT_CORPORA.has(corpus) || hashOf(`split 1 ${group}`) % 3 === 0;
}
