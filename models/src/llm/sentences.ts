/**
 * Cuts a reply that is still being written into pieces a voice can speak: whole sentences, and once, at the very start, a clause,
 * because the caller waits for the first sound and for nothing after it.
 */

/** A full stop after one of these does not end a sentence. Compared in lower case, without the dot. */
const ABBREVIATIONS = new Set(
  "dr mr mrs ms mx st ave rd blvd apt vs approx dept ext inc ltd co jr sr prof gen hon e.g i.e a.m p.m u.s u.k mon tue wed thu fri jan feb apr jun jul aug sep sept oct nov dec".split(
    " ",
  ),
);

/** These abbreviations may also stand last in a sentence: then what follows decides. */
const MAY_END = new Set("a.m p.m u.s u.k inc ltd co jr sr st ave rd".split(" "));

const TERMINATORS = ".!?…।॥。！？";
const CLAUSE_ENDS = ",;:–—";
const CLOSERS = "\"'”’)]»";

export interface SentenceOptions {
  /** The first piece may end at a clause boundary once it is this long. Shorter pieces sound clipped. */
  readonly earlyClauseChars: number;
  /** A piece never grows beyond this: it is cut at the last space. Bounds memory and time to first audio. */
  readonly maxChars: number;
}

export const DEFAULT_SENTENCE_OPTIONS: SentenceOptions = { earlyClauseChars: 40, maxChars: 280 };

/** One per reply. Everything pushed comes out again, in order, apart from white space at the edges of the pieces. */
export class SentenceSplitter {
  #pending = "";
  #first = true;

  constructor(private readonly options: SentenceOptions = DEFAULT_SENTENCE_OPTIONS) {}

  /** Adds streamed text; returns the pieces that are complete now, without white space at their edges. */
  push(text: string): string[] {
    this.#pending += text;
    const pieces: string[] = [];
    for (let cut = this.#cut(); cut > 0; cut = this.#cut()) this.#take(cut, pieces);
    return pieces;
  }

  /** The reply is over: the rest, if any. */
  flush(): string[] {
    const pieces: string[] = [];
    this.#take(this.#pending.length, pieces);
    return pieces;
  }

  #take(end: number, pieces: string[]): void {
    const piece = this.#pending.slice(0, end).trim();
    this.#pending = this.#pending.slice(end);
    if (piece === "") return;
    this.#first = false;
    pieces.push(piece);
  }

  /** Where the first complete piece ends, 0 when there is none yet. */
  #cut(): number {
    const text = this.#pending;
    for (let i = 0; i < text.length; i++) {
      const char = text[i]!;
      if (char === "\n" && text.slice(0, i).trim() !== "") return i + 1;
      if (TERMINATORS.includes(char)) {
        const end = sentenceEnd(text, i);
        if (end > 0) return end;
      } else if (this.#first && i >= this.options.earlyClauseChars && CLAUSE_ENDS.includes(char)) {
        if (isSpace(text[i + 1])) return i + 1;
      }
    }
    if (text.length <= this.options.maxChars) return 0;
    const space = text.lastIndexOf(" ", this.options.maxChars);
    return space > 0 ? space : avoidSplitSurrogate(text, this.options.maxChars);
  }
}

/** The index after the sentence whose terminator stands at `at`, or 0 when it is no end or that cannot be told yet. */
function sentenceEnd(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && (TERMINATORS.includes(text[end]!) || CLOSERS.includes(text[end]!))) end++;
  if (text[at] !== ".") return end < text.length || text[at] === "।" ? end : 0;
  // A dot must be followed by a space ("3.30", "example.com", "a.m."), so wait for the character after it.
  if (!isSpace(text[end])) return 0;
  if (end > at + 1) return end;
  const word = wordBefore(text, at);
  if (word === "") return end;
  if (isInitial(word)) return 0;
  if (!ABBREVIATIONS.has(word.toLowerCase())) return end;
  if (!MAY_END.has(word.toLowerCase())) return 0;
  const next = text.slice(end).trimStart()[0];
  return next !== undefined && next !== next.toLowerCase() ? end : 0;
}

/** "J. Smith": one capital before a dot is a name's initial, except the pronoun. */
function isInitial(word: string): boolean {
  return word.length === 1 && word !== "I" && word >= "A" && word <= "Z";
}

function wordBefore(text: string, at: number): string {
  let start = at;
  while (start > 0 && !isSpace(text[start - 1]) && !"\"'“‘([".includes(text[start - 1]!)) start--;
  return text.slice(start, at);
}

function isSpace(char: string | undefined): boolean {
  return char === " " || char === "\n" || char === "\t" || char === "\r" || char === " ";
}

function avoidSplitSurrogate(text: string, at: number): number {
  const code = text.charCodeAt(at - 1);
  return code >= 0xd800 && code <= 0xdbff ? at - 1 : at;
}
