/** The audio of the caller's turn so far, for a model that hears whether it is over. One question at a time: a newer one is all that counts. */
import type { TurnModel } from "@sk-voice/models/ports.ts";
import { UtteranceBuffer } from "@sk-voice/models/stt/utterance.ts";
import type { CallInput } from "./events.ts";

/** What such models hear. */
const HEARD_MS = 8000;

export class TurnSound {
  readonly #audio = new UtteranceBuffer(HEARD_MS);
  #asking: AbortController | undefined;

  constructor(
    private readonly model: TurnModel | undefined,
    private readonly tell: (input: CallInput) => void,
    private readonly failed: (error: unknown) => void,
  ) {}

  push(samples: Int16Array): void {
    if (this.model) this.#audio.push(samples);
  }

  reset(keepMs: number): void {
    this.#audio.reset(keepMs);
  }

  /** Is the turn over with this voice? Without an answer, or without a model, words and silence decide. */
  async ask(request: number): Promise<void> {
    if (!this.model) return;
    this.close();
    const asking = new AbortController();
    this.#asking = asking;
    try {
      const probability = await this.model.overProbability(this.#audio.snapshot(), asking.signal);
      if (!asking.signal.aborted) this.tell({ type: "end-of-turn", request, probability });
    } catch (error) {
      if (!asking.signal.aborted) this.failed(error);
    }
  }

  close(): void {
    this.#asking?.abort();
  }
}
