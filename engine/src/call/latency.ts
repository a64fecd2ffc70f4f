/**
 * The pause before she speaks, split without remainder: end of the caller's voice → endpoint → text → first sentence → first
 * audio → first packet. A part that was not seen is `null`, never 0, and then so is the total.
 */
import type { TurnLatency } from "@sk-voice/api/contract/index.ts";

export class LatencyMeter {
  #speechEndMs: number | undefined;
  #endpointMs = 0;
  #committedMs = 0;
  #vadStopMs: number | undefined;
  #tokenMs: number | undefined;
  #sentenceMs: number | undefined;
  #voiceMs: number | undefined;
  #heardMs: number | undefined;

  /** The voice detector is sure that the voice has ended. */
  vadStopped(now: number): void {
    this.#vadStopMs = now;
  }

  /** The caller's turn is over. */
  committed(speechEndMs: number, endpointMs: number, now: number): void {
    this.#speechEndMs = speechEndMs;
    this.#endpointMs = endpointMs;
    this.#committedMs = now;
    this.#tokenMs = this.#sentenceMs = this.#voiceMs = this.#heardMs = undefined;
  }

  /** Text of the reply, not yet a sentence. */
  token(now: number): void {
    this.#tokenMs ??= now;
  }

  sentence(now: number): void {
    this.#sentenceMs ??= now;
  }

  voiceStarted(now: number): void {
    this.#voiceMs ??= now;
  }

  heard(now: number): void {
    this.#heardMs ??= now;
  }

  /** The figures of the turn that is over; `undefined` for what no caller's turn preceded (the greeting). */
  take(answeredAtMs: number): Omit<TurnLatency, "turn"> | undefined {
    const speechEndMs = this.#speechEndMs;
    this.#speechEndMs = undefined;
    if (speechEndMs === undefined) return undefined;
    const between = (from: number | undefined, to: number | undefined) =>
      from === undefined || to === undefined ? null : Math.max(0, Math.round(to - from));
    return {
      response_ms: between(speechEndMs, this.#heardMs),
      endpointing_ms: between(speechEndMs, this.#endpointMs),
      stt_ms: between(this.#endpointMs, this.#committedMs),
      llm_ms: between(this.#committedMs, this.#sentenceMs),
      tts_ms: between(this.#sentenceMs, this.#voiceMs),
      engine_ms: between(this.#voiceMs, this.#heardMs),
      speech_end_ms: Math.max(0, Math.round(speechEndMs - answeredAtMs)),
      vad_stop_ms: between(speechEndMs, this.#vadStopMs),
      llm_first_token_ms: between(this.#committedMs, this.#tokenMs),
    };
  }
}
