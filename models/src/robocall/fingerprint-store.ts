/**
 * Recordings of confirmed robocalls, kept 30 days. Shared by the calls of a thread; `entries` and `add` let `io` keep it over restarts.
 */
import { DOUBTFUL, type Fingerprinter, WORD_BITS } from "./fingerprint.ts";

export const FINGERPRINT_KEPT_MS = 30 * 24 * 3600 * 1000;
/** Full: the oldest makes room. 512 × 12 s take about 2 MB with the index. */
export const MAX_PRINTS = 512;
/** Words compared, about 1.5 s, and how many of them must be valid on both sides. */
const COMPARED = 48;
const MIN_VALID = 36;
/** Bit errors of two different recordings lie around 0.42, 1 % below 0.32; of a repeat over a line with 15 dB of noise below 0.25 in 9 of 10. */
const MAX_BIT_ERRORS = 0.25;
/** Words this far in tell a mismatch early. */
const EARLY = 12;
const EARLY_BIT_ERRORS = 0.42;
const MIN_PRINT_WORDS = 64;

export interface Print {
  readonly id: string;
  /** Wall clock. */
  readonly expiresEpochMs: number;
  readonly words: Uint16Array;
  readonly valid: Uint8Array;
}

export interface FingerprintMatch {
  readonly id: string;
  /** 0..1: 1 is bit for bit the same, 0 no better than the limit. */
  readonly strength: number;
}

export class FingerprintStore {
  readonly #prints: Print[] = [];
  /** Word → places `print << 10 | word number`. */
  readonly #index = new Map<number, number[]>();

  get entries(): readonly Print[] {
    return this.#prints;
  }

  /** Remembers what `call` sounded like. Too short a recording is not worth it: returns false. */
  remember(id: string, call: Pick<Fingerprinter, "words" | "valid" | "count">, nowEpochMs: number): boolean {
    const words = call.words.slice(0, call.count);
    const valid = call.valid.slice(0, call.count);
    if (!isLongEnough(valid)) return false;
    this.add({ id, expiresEpochMs: nowEpochMs + FINGERPRINT_KEPT_MS, words, valid }, nowEpochMs);
    return true;
  }

  /** Takes a print made elsewhere; one known already, or too short to be worth it, is left out. */
  add(print: Print, nowEpochMs: number): void {
    this.expire(nowEpochMs);
    if (this.#prints.some(({ id }) => id === print.id) || !isLongEnough(print.valid)) return;
    if (print.expiresEpochMs <= nowEpochMs) return;
    this.#prints.push(print);
    if (this.#prints.length > MAX_PRINTS) this.#prints.shift();
    this.#reindex();
  }

  /** A released call was none: its recording is forgotten. */
  forget(id: string): void {
    const kept = this.#prints.filter((print) => print.id !== id);
    if (kept.length !== this.#prints.length) this.#replace(kept);
  }

  expire(nowEpochMs: number): void {
    const kept = this.#prints.filter((print) => print.expiresEpochMs > nowEpochMs);
    if (kept.length !== this.#prints.length) this.#replace(kept);
  }

  /** Whether the last 1.5 s of `call` are a recording known; asked after every word of it. */
  match(call: Fingerprinter): FingerprintMatch | undefined {
    const at = call.count - 1;
    if (this.#prints.length === 0 || at < COMPARED - 1 || !call.valid[at]) return undefined;
    for (let flips = 0; flips < 1 << DOUBTFUL; flips++) {
      let word = call.words[at]!;
      for (let k = 0; k < DOUBTFUL; k++) if (flips & (1 << k)) word ^= 1 << call.doubtful[k]!;
      const match = this.#verifyAll(call, word);
      if (match) return match;
    }
    return undefined;
  }

  #verifyAll(call: Fingerprinter, key: number): FingerprintMatch | undefined {
    const places = this.#index.get(key);
    if (places === undefined) return undefined;
    for (let i = 0; i < places.length; i++) {
      const place = places[i]!;
      const print = this.#prints[place >> 10]!;
      const errors = bitErrors(call, print, place & 1023);
      if (errors <= MAX_BIT_ERRORS) return { id: print.id, strength: 1 - errors / MAX_BIT_ERRORS };
    }
    return undefined;
  }

  #replace(prints: readonly Print[]): void {
    this.#prints.splice(0, this.#prints.length, ...prints);
    this.#reindex();
  }

  #reindex(): void {
    this.#index.clear();
    this.#prints.forEach((print, index) => {
      for (let k = COMPARED - 1; k < print.words.length; k++) {
        if (!print.valid[k]) continue;
        this.#place(print.words[k]!, (index << 10) | k);
      }
    });
  }

  #place(key: number, place: number): void {
    const places = this.#index.get(key);
    if (places) places.push(place);
    else this.#index.set(key, [place]);
  }
}

function isLongEnough(valid: Uint8Array): boolean {
  return valid.reduce((sum, bit) => sum + bit, 0) >= MIN_PRINT_WORDS;
}

/** Share of wrong bits in the words up to the call's last and `at` of the print; 1 when too few can be compared. */
function bitErrors(call: Fingerprinter, print: Print, at: number): number {
  let wrong = 0;
  let compared = 0;
  for (let back = 0; back < COMPARED; back++) {
    const mine = call.count - 1 - back;
    const theirs = at - back;
    if (!call.valid[mine] || !print.valid[theirs]) continue;
    wrong += popCount(call.words[mine]! ^ print.words[theirs]!);
    compared++;
    if (compared === EARLY && wrong > EARLY * WORD_BITS * EARLY_BIT_ERRORS) return 1;
  }
  return compared < MIN_VALID ? 1 : wrong / (compared * WORD_BITS);
}

function popCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
