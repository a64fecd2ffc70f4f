import type { TransferOutcome } from "./transfer-types.ts";

/**
 * A hand-over as the call sees it. A tool starts it in the middle of her reply and waits; the reply goes on with its outcome.
 *
 * | state  | started | tick                    | bridged, referred | other outcome |
 * |--------|---------|-------------------------|-------------------|---------------|
 * | idle   | trying  | –                       | –                 | –             |
 * | trying | –       | every 10 s: a word to the caller | gone     | idle          |
 * | gone   | –       | –                       | –                 | –             |
 */
export class Handover {
  #state: "idle" | "trying" | "gone" = "idle";
  #speakAtMs = Number.POSITIVE_INFINITY;

  /** The human's telephone rings: she cannot be interrupted, and only says that it does. */
  get isTrying(): boolean {
    return this.#state === "trying";
  }

  /** The caller is no longer hers. */
  get isGone(): boolean {
    return this.#state === "gone";
  }

  deadline(): number {
    return this.#speakAtMs;
  }

  start(now: number): void {
    if (this.#state !== "idle") return;
    this.#state = "trying";
    this.#speakAtMs = now + WORD_EVERY_MS;
  }

  /** True when the caller has waited long enough for another word. */
  isWordDue(now: number): boolean {
    if (now < this.#speakAtMs) return false;
    this.#speakAtMs = now + WORD_EVERY_MS;
    return true;
  }

  end(outcome: TransferOutcome): void {
    if (this.#state !== "trying") return;
    this.#speakAtMs = Number.POSITIVE_INFINITY;
    this.#state = outcome === "bridged" || outcome === "referred" ? "gone" : "idle";
  }
}

/** Callers take silence of more than some ten seconds for a dead line. */
const WORD_EVERY_MS = 10_000;
