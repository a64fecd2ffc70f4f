/**
 * Her voice in one call: sentences are asked of the provider as soon as they are known and played in the order they were spoken. Audio that arrives after an
 * interruption finds its item gone and is dropped.
 */
import type { Playout } from "@sk-voice/media/playout.ts";
import type { TtsPort } from "@sk-voice/models/ports.ts";
import type { CallInput } from "./events.ts";

export interface VoiceDeps {
  readonly tts: TtsPort;
  readonly playout: Playout;
  readonly language: string;
  readonly voice: string;
  readonly tell: (input: CallInput) => void;
  readonly failed: (error: unknown) => void;
}

export class Voice {
  #abort = new AbortController();

  constructor(private readonly deps: VoiceDeps) {}

  speak(item: number, text: string, onInterrupt: "drop" | "finish"): void {
    if (this.deps.playout.add(String(item), onInterrupt)) void this.#stream(item, text, this.#abort.signal);
    else this.deps.tell({ type: "voice-refused", item });
  }

  /** Stops what plays and what is still being made. */
  interrupt(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.deps.playout.interrupt();
  }

  async #stream(item: number, text: string, signal: AbortSignal): Promise<void> {
    const { tts, playout, language, voice, tell, failed } = this.deps;
    const id = String(item);
    let started = false;
    try {
      for await (const chunk of tts.speak({ text, language, voice }, signal)) {
        if (signal.aborted) return;
        if (!started) tell({ type: "voice-start", item });
        started = true;
        if (chunk.words) tell({ type: "voice-words", item, words: chunk.words });
        playout.append(id, chunk.samples);
      }
    } catch (error) {
      if (signal.aborted) return;
      failed(error);
    }
    playout.finish(id);
  }
}
