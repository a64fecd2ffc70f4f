/**
 * The heard ledger: which of her words the caller really heard. Transcript, the model's memory and the call record hold only those
 * (pipecat #5305: unspoken text that entered the model's context led to 66 s of dead air).
 */
import type { TtsWord } from "@sk-voice/models/ports.ts";

interface Utterance {
  readonly text: string;
  readonly words: TtsWord[];
  startedAtMs: number | undefined;
  playedMs: number;
  finished: boolean;
}

/** A word counts as heard when at least half of it was played. */
const HEARD_FRACTION = 0.5;
/** Used until a provider has given or estimated word times: about 14 characters a second. */
const ESTIMATED_MS_PER_CHARACTER = 70;

export interface Heard {
  readonly text: string;
  /** Monotonic ms of the first sample; `undefined` when nothing was played. */
  readonly startedAtMs: number | undefined;
  readonly playedMs: number;
  /** All of it was heard. */
  readonly complete: boolean;
  /** When each word of `text` began, in the item's own time. */
  readonly wordStartsMs: readonly number[];
}

export class HeardLedger {
  readonly #utterances = new Map<number, Utterance>();

  /** She is going to say `text` as playout item `item`. */
  begin(item: number, text: string): void {
    this.#utterances.set(item, { text, words: [], startedAtMs: undefined, playedMs: 0, finished: false });
  }

  /** Word times from the voice provider, in order. */
  words(item: number, words: readonly TtsWord[]): void {
    this.#utterances.get(item)?.words.push(...words);
  }

  /** `playedMs` of the item's own audio has left by `now`. */
  played(now: number, item: number, playedMs: number, finished: boolean): void {
    const utterance = this.#utterances.get(item);
    if (!utterance) return;
    utterance.startedAtMs ??= now;
    utterance.playedMs = playedMs;
    utterance.finished ||= finished;
  }

  /** What was heard of the item. The entry is forgotten. */
  take(item: number): Heard {
    const utterance = this.#utterances.get(item);
    this.#utterances.delete(item);
    if (!utterance) return { text: "", startedAtMs: undefined, playedMs: 0, complete: false, wordStartsMs: [] };
    const { startedAtMs, playedMs, finished } = utterance;
    const words = heardWords(utterance);
    const text = finished ? utterance.text : words.map((word) => word.text).join(" ");
    return {
      text,
      startedAtMs,
      playedMs,
      complete: finished,
      wordStartsMs: startsOf(text, utterance.words.length > 0 ? words : [], playedMs),
    };
  }
}

function heardWords({ text, words, playedMs, finished }: Utterance): TtsWord[] {
  const timed = words.length > 0 ? words : estimateWords(text);
  if (finished) return timed;
  if (playedMs <= 0) return [];
  return timed.filter(({ startMs, endMs }) => startMs + (endMs - startMs) * HEARD_FRACTION <= playedMs);
}

const countWords = (text: string) => text.split(/\s+/).filter(Boolean).length;

/** The voice's own times when it spoke the words as they are written; "3 pm" may be two words to one and three to the other. */
function startsOf(text: string, words: readonly TtsWord[], playedMs: number): number[] {
  if (words.length > 0 && words.length === countWords(text)) return words.map(({ startMs }) => Math.round(startMs));
  const estimated = estimateWords(text);
  const scale = playedMs / Math.max(1, estimated.at(-1)?.endMs ?? 1);
  return estimated.map(({ startMs }) => Math.round(startMs * scale));
}

function estimateWords(text: string): TtsWord[] {
  let startMs = 0;
  return text
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => {
      const endMs = startMs + (word.length + 1) * ESTIMATED_MS_PER_CHARACTER;
      const timed = { text: word, startMs, endMs };
      startMs = endMs;
      return timed;
    });
}
