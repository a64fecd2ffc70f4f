/**
 * What the caller hears: cuts her audio into turns by level. Her voice comes from a machine over a clean line, so level is enough, and it is independent
 * of the VAD under test. Pure; times are monotonic ms.
 */
export type Heard =
  | { readonly type: "voice"; readonly atMs: number }
  /** She has been silent for a while: `samples` is everything since her voice began. */
  | { readonly type: "turn"; readonly startMs: number; readonly endMs: number; readonly samples: Int16Array };

/** About −50 dBFS. */
const VOICED_PEAK = 100;
/** Longer than the gaps between her sentences, which wait for the next one's synthesis. */
const TURN_GAP_MS = 800;
const MAX_TURN_SAMPLES = 8000 * 60;

export class Listener {
  #startMs: number | undefined;
  #lastVoiceMs = 0;
  #samples = new Int16Array(8000);
  #count = 0;

  /** 20 ms of hers that reached us at `atMs`. */
  push(atMs: number, frame: Int16Array): Heard | undefined {
    const voiced = frame.some((sample) => sample > VOICED_PEAK || sample < -VOICED_PEAK);
    const begins = voiced && this.#startMs === undefined;
    if (begins) {
      this.#startMs = atMs;
      this.#count = 0;
    }
    if (this.#startMs !== undefined) this.#keep(frame);
    if (voiced) this.#lastVoiceMs = atMs + 20;
    if (begins) return { type: "voice", atMs };
    return this.#startMs !== undefined && atMs - this.#lastVoiceMs >= TURN_GAP_MS
      ? this.#turn(this.#startMs)
      : undefined;
  }

  /** The call is over: what she was saying. */
  finish(): Heard | undefined {
    return this.#startMs === undefined ? undefined : this.#turn(this.#startMs);
  }

  #turn(startMs: number): Heard {
    this.#startMs = undefined;
    return { type: "turn", startMs, endMs: this.#lastVoiceMs, samples: this.#samples.slice(0, this.#count) };
  }

  #keep(frame: Int16Array): void {
    if (this.#count + frame.length > MAX_TURN_SAMPLES) return;
    if (this.#count + frame.length > this.#samples.length) {
      const larger = new Int16Array(this.#samples.length * 2);
      larger.set(this.#samples);
      this.#samples = larger;
    }
    this.#samples.set(frame, this.#count);
    this.#count += frame.length;
  }
}
