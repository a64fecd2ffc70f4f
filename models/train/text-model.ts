/** Fits the first-words model from the folder's `text/`: transcripts of robocalls against written human requests. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TEXT_BUCKETS, type TextWeights, textBuckets, textScore } from "../src/robocall/text-score.ts";
import { auc } from "./metrics.ts";
import { openings } from "./openings.ts";
import { hashOf, Random } from "./random.ts";

interface Line {
  readonly text: string;
  readonly robocall: boolean;
  readonly group: string;
}

export interface TextModel {
  readonly weights: TextWeights;
  readonly heldOutAuc: number;
  readonly people: number;
  readonly robocalls: number;
}

const EPOCHS = 12;
const RATE = 0.5;
const DECAY = 1e-3;

/** `undefined` when the folder has no texts. A third of the campaign families and of the dialogues is held out for the AUC. */
export function fitText(folder: string, seed: number): TextModel | undefined {
  const robocalls = read(join(folder, "text/ftc_robocall_transcripts.tsv"), "transcript", "family", true);
  const people = read(join(folder, "text/sgd_first_user_turns.tsv"), "utt1", "dialogue", false);
  if (robocalls.length === 0 || people.length === 0) return undefined;
  const random = new Random(seed);
  const spoken = openings(robocalls.length, random).map((line) => ({ ...line, robocall: false }));
  const lines = [...robocalls, ...spoken, ...random.shuffle(people).slice(0, robocalls.length * 2)];
  const held = (line: Line) => hashOf(`text ${line.group}`) % 3 === 0;
  const weights = train(
    lines.filter((line) => !held(line)),
    random,
  );
  const scores = (robocall: boolean) =>
    lines.filter((line) => held(line) && line.robocall === robocall).map((line) => textScore(line.text, weights));
  return { weights, heldOutAuc: auc(scores(false), scores(true)), people: people.length, robocalls: robocalls.length };
}

function read(path: string, textColumn: string, groupColumn: string, robocall: boolean): Line[] {
  if (!existsSync(path)) return [];
  const [head = "", ...rows] = readFileSync(path, "utf8").trimEnd().split(/\r?\n/);
  const columns = head.split("\t");
  const [text, group] = [columns.indexOf(textColumn), columns.indexOf(groupColumn)];
  if (text < 0 || group < 0) throw new Error(`${path} needs the columns "${textColumn}" and "${groupColumn}"`);
  return rows.map((row) => {
    const cells = row.split("\t");
    return { text: cells[text] ?? "", group: cells[group] ?? "", robocall };
  });
}

/** Logistic regression by stochastic gradient descent, the classes weighted alike; a random stretch of the words each time. */
function train(lines: readonly Line[], random: Random): TextWeights {
  const weights = new Float32Array(TEXT_BUCKETS);
  let bias = 0;
  const robocalls = lines.filter((line) => line.robocall).length;
  const order = [...lines];
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (const line of random.shuffle(order)) {
      const buckets = textBuckets(opening(line.text, random));
      if (buckets.length === 0) continue;
      const scale = 1 / Math.sqrt(buckets.length);
      const score = buckets.reduce((sum, k) => sum + weights[k]! * scale, bias);
      const weight = line.robocall ? lines.length / 2 / robocalls : lines.length / 2 / (lines.length - robocalls);
      const error = ((line.robocall ? 1 : 0) - 1 / (1 + Math.exp(-score))) * weight * (RATE / (1 + epoch));
      bias += error * 0.1;
      for (const k of buckets) weights[k] = weights[k]! * (1 - DECAY) + error * scale;
    }
  }
  return { bias, weights };
}

/** 5 to 25 words from the beginning, as many as a first turn has; robocalls often start mid-sentence. */
function opening(text: string, random: Random): string {
  const all = text.split(" ");
  const from = random.chance(0.3) ? random.integer(0, Math.floor(all.length / 2)) : 0;
  return all.slice(from, from + random.integer(5, 25)).join(" ");
}
