/**
 * Beam search over Moonshine's decoder, of which greedy decoding is width 1. Pure: the network is behind `DecoderSteps`, time behind
 * `narrow` and `stop`.
 */
import { BIAS_START, type BiasState, type BiasTrie } from "./bias.ts";
import { logSumExp, maskTo, topTokens } from "./logits.ts";

export const EOS = 2;

/** The network, with its key-value caches for the hypotheses of the last call. */
export interface DecoderSteps {
  readonly vocabularySize: number;
  /** Begins a decode: one row of logits for the first token. May be called again for a second decode of the same audio. */
  start(): Promise<Float32Array>;
  /** Hypothesis `i` continues row `parents[i]` of the last call with `tokens[i]`. One row of logits for each, back to back. */
  extend(parents: readonly number[], tokens: readonly number[]): Promise<Float32Array>;
}

export interface DecodeOptions {
  /** Hypotheses kept; 1 is greedy. */
  readonly width: number;
  readonly maxTokens: number;
  /** The VAD heard speech, so ending at once is not an answer. */
  readonly banEmpty: boolean;
  /** Only these tokens (the end-of-sequence token among them) may come out. */
  readonly allowed: ReadonlySet<number> | undefined;
  readonly bias: BiasTrie | undefined;
  /** Asked before each token: true from the moment the beam has used up its time, and the best hypothesis goes on alone. */
  readonly narrow: () => boolean;
  /** Asked before each token: true when nobody wants the answer any more. */
  readonly stop: () => boolean;
}

export interface Decoded {
  readonly tokens: readonly number[];
  /** Mean log-probability of the tokens among those allowed. 0 when there are none. */
  readonly meanLogProb: number;
  /** Mean log-probability among all tokens: far lower than `meanLogProb` when the mask forced the model's hand. */
  readonly meanUnmaskedLogProb: number;
}

interface Hypothesis {
  readonly tokens: readonly number[];
  readonly logProb: number;
  readonly unmaskedLogProb: number;
  readonly bonus: number;
  readonly bias: BiasState;
}

interface Candidate extends Hypothesis {
  readonly parent: number;
  readonly token: number;
}

const START: Hypothesis = { tokens: [], logProb: 0, unmaskedLogProb: 0, bonus: 0, bias: BIAS_START };

/** @returns undefined when stopped. */
export async function decode(steps: DecoderSteps, options: DecodeOptions): Promise<Decoded | undefined> {
  let alive: Hypothesis[] = [START];
  const finished: Hypothesis[] = [];
  let width = options.width;
  let logits = await steps.start();
  for (let length = 0; length < options.maxTokens; length++) {
    if (options.stop()) return undefined;
    if (width > 1 && options.narrow()) width = 1;
    const next = bestCandidates(alive, logits, steps.vocabularySize, length, width, options);
    const going: Candidate[] = [];
    for (const candidate of next) {
      if (candidate.token === EOS || isLooping(candidate.tokens)) finished.push(candidate);
      else going.push(candidate);
    }
    alive = going;
    if (alive.length === 0 || isDecided(finished, alive, width)) break;
    logits = await steps.extend(
      going.map((candidate) => candidate.parent),
      going.map((candidate) => candidate.token),
    );
  }
  return result(best(finished.length > 0 ? finished : alive));
}

function bestCandidates(
  alive: readonly Hypothesis[],
  logits: Float32Array,
  size: number,
  length: number,
  width: number,
  options: DecodeOptions,
): Candidate[] {
  const candidates: Candidate[] = [];
  for (let row = 0; row < alive.length; row++) {
    const from = row * size;
    const hypothesis = alive[row]!;
    const unmaskedSum = logSumExp(logits, from, size);
    if (options.allowed) maskTo(logits, from, size, options.allowed);
    if (length === 0 && options.banEmpty) logits[from + EOS] = Number.NEGATIVE_INFINITY;
    const masked = options.allowed !== undefined || (length === 0 && options.banEmpty);
    const sum = masked ? logSumExp(logits, from, size) : unmaskedSum;
    for (const token of proposals(hypothesis, logits, from, size, width, options.bias)) {
      candidates.push(extended(hypothesis, row, token, logits[from + token]!, sum, unmaskedSum, options.bias));
    }
  }
  candidates.sort((a, b) => score(b) - score(a));
  return candidates.slice(0, width);
}

function proposals(
  hypothesis: Hypothesis,
  logits: Float32Array,
  from: number,
  size: number,
  width: number,
  bias: BiasTrie | undefined,
): Iterable<number> {
  const likely = topTokens(logits, from, size, width);
  if (!bias || likely.length === 0) return likely;
  // A word of the list becomes a candidate only when its bonus could lift it past what is there anyway.
  const floor = logits[from + likely.at(-1)!]! - bias.weight;
  const tokens = new Set(likely);
  for (const token of bias.continuations(hypothesis.bias)) if (logits[from + token]! > floor) tokens.add(token);
  return tokens;
}

function extended(
  hypothesis: Hypothesis,
  parent: number,
  token: number,
  logit: number,
  sum: number,
  unmaskedSum: number,
  trie: BiasTrie | undefined,
): Candidate {
  const step = trie?.step(hypothesis.bias, token);
  return {
    parent,
    token,
    tokens: token === EOS ? hypothesis.tokens : [...hypothesis.tokens, token],
    logProb: hypothesis.logProb + logit - sum,
    unmaskedLogProb: hypothesis.unmaskedLogProb + logit - unmaskedSum,
    bonus: hypothesis.bonus + (step?.bonus ?? 0),
    bias: step?.state ?? BIAS_START,
  };
}

function score(hypothesis: Hypothesis): number {
  return hypothesis.logProb + hypothesis.bonus;
}

/** Per token, or the shortest answer would always win. The end-of-sequence token counts as one. */
function meanScore(hypothesis: Hypothesis): number {
  return score(hypothesis) / (hypothesis.tokens.length + 1);
}

function best(hypotheses: readonly Hypothesis[]): Hypothesis {
  return hypotheses.reduce((a, b) => (meanScore(b) > meanScore(a) ? b : a), hypotheses[0] ?? START);
}

function isDecided(finished: readonly Hypothesis[], alive: readonly Hypothesis[], width: number): boolean {
  if (finished.length === 0) return false;
  return finished.length >= width || meanScore(best(finished)) >= meanScore(best(alive));
}

function result(hypothesis: Hypothesis): Decoded {
  const count = Math.max(1, hypothesis.tokens.length);
  return {
    tokens: hypothesis.tokens,
    meanLogProb: hypothesis.tokens.length === 0 ? 0 : hypothesis.logProb / count,
    meanUnmaskedLogProb: hypothesis.tokens.length === 0 ? 0 : hypothesis.unmaskedLogProb / count,
  };
}

/** Longest repeating unit looked for, and how often it must stand at the end in a row. People do say "no no no no". */
const LOOP_UNIT = 6;
const LOOP_TIMES = 6;

function isLooping(tokens: readonly number[]): boolean {
  for (let unit = 1; unit <= LOOP_UNIT; unit++) {
    const span = unit * LOOP_TIMES;
    if (tokens.length < span) return false;
    let same = true;
    for (let i = tokens.length - span; same && i < tokens.length - unit; i++) same = tokens[i] === tokens[i + unit];
    if (same) return true;
  }
  return false;
}
