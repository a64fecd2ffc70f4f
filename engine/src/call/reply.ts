/**
 * What she says in one turn: the sentences given to the voice, in order, until all of them have been heard or the caller takes the floor.
 * Only what was heard is handed on. The turn's latency is that of what she had to say: a filler is heard, but no answer.
 */
import { SentenceSplitter } from "@sk-voice/models/llm/sentences.ts";
import { type Heard, HeardLedger } from "../talk/heard.ts";
import type { CallInput } from "./events.ts";
import { LatencyMeter } from "./latency.ts";

/** A model that does not stop is stopped: two minutes of speech. */
const MAX_CHARACTERS = 1800;

export class Reply {
  readonly latency = new LatencyMeter();
  readonly #ledger = new HeardLedger();
  readonly #unfinished = new Set<number>();
  #sentences = new SentenceSplitter();
  #items: number[] = [];
  #characters = 0;
  #item = 0;
  #filler = 0;

  begin(): void {
    this.#sentences = new SentenceSplitter();
    this.#characters = 0;
  }

  /** Streamed text in, whole sentences out. */
  push(text: string): string[] {
    this.#characters += text.length;
    return this.#sentences.push(text);
  }

  flush(): string[] {
    return this.#sentences.flush();
  }

  /** More was written than anybody listens to. */
  get isTooLong(): boolean {
    return this.#characters > MAX_CHARACTERS;
  }

  /** A sentence goes to the voice: its item. */
  add(now: number, text: string): number {
    this.latency.sentence(now);
    return this.#add(text);
  }

  /** So does a word that only fills a silence. */
  addFiller(text: string): number {
    this.#filler = this.#add(text);
    return this.#filler;
  }

  /** Sound of an item begins to come, or its word times. */
  voice(now: number, input: Extract<CallInput, { type: "voice-start" | "voice-words" }>): void {
    if (input.type === "voice-words") this.#ledger.words(input.item, input.words);
    else if (input.item !== this.#filler) this.latency.voiceStarted(now);
  }

  /** True when the item has just ended. */
  played(now: number, item: number, playedMs: number, finished: boolean): boolean {
    if (playedMs > 0 && item !== this.#filler) this.latency.heard(now);
    this.#ledger.played(now, item, playedMs, finished && playedMs > 0);
    return finished && this.#unfinished.delete(item);
  }

  /** Not one sentence was given to the voice. */
  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** A sentence is not yet at its end. */
  get isSpeaking(): boolean {
    return this.#unfinished.size > 0;
  }

  isLast(item: number): boolean {
    return item === this.#items.at(-1);
  }

  has(item: number): boolean {
    return this.#unfinished.has(item);
  }

  /** What was heard, as it was heard. The reply is empty afterwards. */
  take(): Heard[] {
    const heard = this.#items.map((item) => this.#ledger.take(item)).filter(({ text }) => text !== "");
    this.#items = [];
    this.#unfinished.clear();
    return heard.sort((a, b) => (a.startedAtMs ?? 0) - (b.startedAtMs ?? 0));
  }

  #add(text: string): number {
    const item = ++this.#item;
    this.#items.push(item);
    this.#unfinished.add(item);
    this.#ledger.begin(item, text);
    return item;
  }
}
