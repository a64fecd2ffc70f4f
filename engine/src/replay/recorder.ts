/**
 * Records one call. While it does, the session's clock stands still within each thing that reaches it: what it decides then depends on
 * the tape alone. Pure; `io/tape-file.ts` keeps the lines.
 */
import { encodeEntry, type TapeAnswer, type TapeEntry, type TapePort } from "./tape.ts";

/** Microseconds are finer than any decision, and short to write. */
const MICRO = 1000;

export class TapeRecorder {
  #nowMs: number;
  #depth = 0;
  #id = 0;

  constructor(
    private readonly clock: () => number,
    private readonly write: (line: string) => void,
  ) {
    this.#nowMs = rounded(clock());
  }

  readonly now = (): number => this.#nowMs;

  note(entry: TapeEntry): void {
    this.write(encodeEntry(entry));
  }

  /** Something reaches the session. What it causes on the way is its own and not noted. */
  enter<Result>(entry: (atMs: number) => TapeEntry, work: () => Result): Result {
    if (this.#depth > 0) return work();
    this.#latch();
    this.note(entry(this.#nowMs));
    this.#depth++;
    try {
      return work();
    } finally {
      this.#depth--;
    }
  }

  get isInside(): boolean {
    return this.#depth > 0;
  }

  asked(port: TapePort, key: string): number {
    const id = ++this.#id;
    this.note({ kind: "asked", atMs: this.#nowMs, port, id, key });
    return id;
  }

  /** A provider has answered; the session hears of it next. */
  answered(entry: (atMs: number) => TapeAnswer): void {
    this.#latch();
    this.note(entry(this.#nowMs));
  }

  /** For what comes from outside without an entry of its own. */
  latch(): number {
    if (this.#depth === 0) this.#latch();
    return this.#nowMs;
  }

  #latch(): void {
    this.#nowMs = Math.max(this.#nowMs, rounded(this.clock()));
  }
}

function rounded(ms: number): number {
  return Math.round(ms * MICRO) / MICRO;
}
