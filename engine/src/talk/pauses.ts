/**
 * This caller's own pauses. Some people stop for a second in the middle of a sentence, some never do: the delay follows what has been
 * heard of them. LiveKit averages (EMA 0.9); what cuts people off is their long pauses, so this takes the longest of ten. Milliseconds.
 */
const REMEMBERED = 12;
/** Shorter gaps are inside words; longer ones are no pauses of speech. */
const SHORTEST_MS = 120;
const LONGEST_MS = 2600;
/** Taken from earlier calls; half of what is remembered, so that this call's own soon outnumber them. */
const FROM_BEFORE = 6;
const SHARE = 0.9;
const MARGIN_MS = 150;
/** Half the way is gone after four pauses. */
const HALF_WAY = 4;
/** A caller without long pauses is answered at most this much sooner; nobody is waited for longer than this because of them. */
const QUICKEST_SHARE = 0.75;
const SLOWEST_MS = 1800;

export class CallerPauses {
  readonly #pauses: number[] = [];

  /** Of the caller's earlier calls, oldest first: where to begin. What this call has brought weighs more. */
  before(pausesMs: readonly number[]): void {
    const room = Math.min(FROM_BEFORE, REMEMBERED - this.#pauses.length);
    if (room > 0) this.#pauses.unshift(...pausesMs.filter(isPause).slice(-room));
  }

  /** The newest, oldest first, whole milliseconds; at most twelve. */
  get all(): readonly number[] {
    return this.#pauses.map(Math.round);
  }

  /** The caller went on after `pauseMs`. */
  add(pauseMs: number): void {
    if (!isPause(pauseMs)) return;
    this.#pauses.push(pauseMs);
    if (this.#pauses.length > REMEMBERED) this.#pauses.shift();
  }

  /** A pause that nine of ten of this caller's do not exceed; `undefined` before the first. */
  get figureMs(): number | undefined {
    if (this.#pauses.length === 0) return undefined;
    const sorted = [...this.#pauses].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * SHARE))]!;
  }

  /** `delayMs`, moved towards what this caller needs. */
  adapt(delayMs: number): number {
    const figureMs = this.figureMs;
    if (figureMs === undefined) return delayMs;
    const neededMs = Math.min(SLOWEST_MS, Math.max(delayMs * QUICKEST_SHARE, figureMs + MARGIN_MS));
    const count = this.#pauses.length;
    return Math.round(delayMs + (neededMs - delayMs) * (count / (count + HALF_WAY)));
  }
}

function isPause(ms: number): boolean {
  return ms >= SHORTEST_MS && ms <= LONGEST_MS;
}
