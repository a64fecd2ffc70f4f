/** What she says when something of hers fails, and when it keeps failing: never the same words three times, never for ever. */
import { PHRASES } from "./phrases.ts";

/** `leave`: she gives up, goodbye. */
export type Setback = readonly [text: string, leave: boolean];

const MISSED = [PHRASES.missed, PHRASES.missedAgain, PHRASES.deaf, PHRASES.missed] as const;
const FAILED = [PHRASES.apology, PHRASES.apologyAgain, PHRASES.apology] as const;

export class Setbacks {
  #missed = 0;
  #failed = 0;

  /** The caller's words were understood. */
  understood(): void {
    this.#missed = 0;
  }

  /** A reply was heard. */
  answered(): void {
    this.#failed = 0;
  }

  /** A voice, and no words. */
  missed(): Setback {
    return pick(MISSED, this.#missed++);
  }

  /** Model, tool or voice failed. */
  failed(): Setback {
    return pick(FAILED, this.#failed++);
  }
}

function pick(texts: readonly string[], count: number): Setback {
  const text = texts[count];
  return text === undefined ? [PHRASES.giveUp, true] : [text, false];
}
