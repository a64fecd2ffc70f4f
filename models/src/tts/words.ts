/**
 * When each word of a synthesised sentence is spoken, for providers that do not say. An estimate: text is cut at its punctuation, audio at
 * its pauses; where both give the same number of parts they are matched, and within a part words share the time by their length.
 */
import type { TtsWord } from "../ports.ts";

/** A stretch of voice, milliseconds from the start of the audio. */
export interface VoicedSpan {
  readonly startMs: number;
  readonly endMs: number;
}

/** Constant part of a word's length, in letters: even "I" takes time. */
const WORD_BASE = 2;
/** A digit is read as a word. */
const DIGIT_WEIGHT = 4;

/** @param spans where the voice is, in order; one span for the whole sentence when pauses are not known. */
export function estimateWords(text: string, spans: readonly VoicedSpan[]): TtsWord[] {
  if (spans.length === 0) return [];
  const clauses = clausesOf(text);
  if (clauses.length === spans.length) return clauses.flatMap((words, i) => share(words, spans[i]!));
  return share(clauses.flat(), { startMs: spans[0]!.startMs, endMs: spans.at(-1)!.endMs });
}

/** Words (white-space separated, as written), grouped where punctuation makes a voice pause. */
function clausesOf(text: string): string[][] {
  const clauses: string[][] = [[]];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    clauses.at(-1)!.push(word);
    if (/[,;:.!?।]["')\]]*$/.test(word)) clauses.push([]);
  }
  return clauses.filter((words) => words.length > 0);
}

function share(words: readonly string[], span: VoicedSpan): TtsWord[] {
  const total = words.reduce((sum, word) => sum + weight(word), 0);
  const perWeight = (span.endMs - span.startMs) / Math.max(1, total);
  let startMs = span.startMs;
  return words.map((text) => {
    const endMs = startMs + weight(text) * perWeight;
    const word = { text, startMs: Math.round(startMs), endMs: Math.round(endMs) };
    startMs = endMs;
    return word;
  });
}

function weight(word: string): number {
  let sum = WORD_BASE;
  for (const char of word) sum += /\d/.test(char) ? DIGIT_WEIGHT : /[\p{L}\p{M}]/u.test(char) ? 1 : 0;
  return sum;
}
