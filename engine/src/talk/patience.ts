/**
 * Nobody waits in unexplained silence, whichever provider is dead. From the end of the caller's turn until her reply is over, whatever is
 * due first:
 *
 * | due                                                          | then                                                   |
 * |--------------------------------------------------------------|--------------------------------------------------------|
 * | 1.2 s after she began to think, 2.8 s after the caller's     | `filler`: a short phrase that needs no provider        |
 * | voice at the latest; then 2.5 s after she was last heard     |                                                        |
 * | 6 s after she began to think without a word; 8 s after the   | `apology`: the model, or a tool, is given up           |
 * | last word of an unfinished reply                             |                                                        |
 * | 2.5 s with a sentence to say and no sound of it              | `mute`: the voice is given up, and what it should say  |
 *
 * Deadlines are on content and on sound, not on sockets: keep-alives hid 60 s of dead air (livekit/agents#6171). Milliseconds.
 */
export type Due = "filler" | "apology" | "mute";

const FILLER_MS = 1200;
const AFTER_VOICE_MS = 2800;
const FILLER_AGAIN_MS = 2500;
const APOLOGY_MS = 6000;
const CONTENT_GAP_MS = 8000;
const MUTE_MS = 2500;
const NEVER = Number.POSITIVE_INFINITY;

export class Patience {
  #thinking = false;
  #suspended = false;
  #fillerMs = NEVER;
  #apologyMs = NEVER;
  #muteMs = NEVER;

  /** She begins to think at `now` about what the caller finished saying at `voiceEndMs`. */
  think(now: number, voiceEndMs: number): void {
    this.#thinking = true;
    this.#suspended = false;
    this.#fillerMs = Math.max(now, Math.min(now + FILLER_MS, voiceEndMs + AFTER_VOICE_MS));
    this.#apologyMs = now + APOLOGY_MS;
  }

  /** A sentence goes to the voice. */
  sentence(now: number): void {
    if (this.#suspended) return;
    if (this.#muteMs === NEVER) this.#muteMs = now + MUTE_MS;
    if (this.#thinking) this.#apologyMs = now + CONTENT_GAP_MS;
  }

  /** Something of hers was heard; `more`: a sentence is not yet at its end. */
  heard(now: number, more: boolean): void {
    if (this.#suspended) return;
    this.#muteMs = more ? now + MUTE_MS : NEVER;
    this.#fillerMs = this.#thinking || more ? now + FILLER_AGAIN_MS : NEVER;
  }

  /** All of the reply is known. */
  thought(): void {
    this.#thinking = false;
    this.#apologyMs = NEVER;
    if (this.#muteMs === NEVER) this.#fillerMs = NEVER;
  }

  /** Others speak for her: a telephone rings. `think` ends it. */
  suspend(): void {
    this.#suspended = true;
    this.#muteMs = NEVER;
  }

  /** The reply is over. */
  end(): void {
    this.#thinking = this.#suspended = false;
    this.#fillerMs = this.#apologyMs = this.#muteMs = NEVER;
  }

  /** What is due; each comes once. */
  step(now: number): Due | undefined {
    if (this.#suspended) return undefined;
    if (now >= this.#muteMs) {
      this.#muteMs = NEVER;
      return "mute";
    }
    if (now >= this.#apologyMs) {
      this.#apologyMs = NEVER;
      return "apology";
    }
    if (now < this.#fillerMs) return undefined;
    this.#fillerMs = now + FILLER_AGAIN_MS;
    return "filler";
  }

  deadline(): number {
    return this.#suspended ? NEVER : Math.min(this.#fillerMs, this.#apologyMs, this.#muteMs);
  }
}
