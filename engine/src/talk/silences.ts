/** A caller who says nothing: asked again, asked whether she is there, then let go. Hold explains a silence, and is not counted. */
const MAX_SILENCES = 3;

export type SilenceMove = "ask" | "still-there" | "goodbye";

export class Silences {
  /** One side holds the other. */
  held = false;
  /** Silences in a row that hold explains. */
  #explained = 0;

  spoken(): void {
    this.#explained = 0;
  }

  /** `count` silences in a row. */
  next(count: number): SilenceMove | undefined {
    if (this.held) {
      this.#explained = count;
      return undefined;
    }
    const unexplained = count - this.#explained;
    if (unexplained >= MAX_SILENCES) return "goodbye";
    return unexplained > 1 ? "still-there" : "ask";
  }
}
