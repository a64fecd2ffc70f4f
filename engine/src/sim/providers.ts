/** Models for virtual calls: exact delays, exact words, no randomness. */
import type {
  SttPort,
  SttResult,
  SttSession,
  TtsChunk,
  TtsPort,
  TtsRequest,
  VadModel,
  VadState,
} from "@sk-voice/models/ports.ts";
import type { VirtualClock } from "./clock.ts";

/** Louder than −40 dBFS is speech. */
const VOICED_RMS = 0.01;

export class EnergyVad implements VadModel {
  readonly name = "energy";
  readonly windowSamples = 256;

  createState(): VadState {
    return { data: new Float32Array(0) };
  }

  infer(windows: Float32Array, states: readonly VadState[], out: Float32Array): Promise<void> {
    for (let call = 0; call < states.length; call++) {
      let energy = 0;
      for (let i = call * 256; i < (call + 1) * 256; i++) energy += windows[i]! ** 2;
      out[call] = Math.sqrt(energy / 256) > VOICED_RMS ? 0.95 : 0.05;
    }
    return Promise.resolve();
  }

  async close(): Promise<void> {}
}

interface SpokenWord {
  readonly text: string;
  readonly endMs: number;
}

/** Hears the words the simulated caller has finished since the last `reset`, after `delayMs`. */
export class LineStt implements SttPort {
  readonly name = "line";
  readonly #words: SpokenWord[] = [];

  constructor(
    private readonly clock: VirtualClock,
    private readonly delayMs: number,
  ) {}

  async warm(): Promise<void> {}

  /** The caller begins `line` now and needs `durationMs` for it; its words share that by their length. */
  says(line: string, durationMs: number): void {
    let at = 0;
    for (const text of line.split(/\s+/).filter(Boolean)) {
      at = Math.min(line.length, at + text.length + 1);
      this.#words.push({ text, endMs: this.clock.now() + (durationMs * at) / line.length });
    }
  }

  open(): SttSession {
    let sinceMs = Number.NEGATIVE_INFINITY;
    const hear = async (signal: AbortSignal): Promise<SttResult> => {
      const now = this.clock.now();
      const heard = this.#words.filter(({ endMs }) => endMs > sinceMs && endMs <= now);
      await this.clock.sleep(this.delayMs, signal);
      return { text: heard.map(({ text }) => text).join(" "), confidence: 0.95, language: "en" };
    };
    return {
      push: () => {},
      transcribe: (_hint, signal) => hear(signal),
      reset: (keepMs) => {
        sinceMs = this.clock.now() - keepMs;
      },
      close: () => {},
    };
  }

  async close(): Promise<void> {}
}

const SAMPLES_PER_CHARACTER = 480;

/** The longest buzz of each pitch so far: the others are its beginning. */
const BUZZES = new Map<number, Int16Array>();

/** A voiced buzz, 60 ms a character: loud, so that everyone hears it. */
export function buzz(text: string, pitchHz: number): Int16Array {
  const count = text.length * SAMPLES_PER_CHARACTER;
  let longest = BUZZES.get(pitchHz);
  if (!longest || longest.length < count) {
    longest = hum(count, pitchHz);
    BUZZES.set(pitchHz, longest);
  }
  return longest.slice(0, count);
}

function hum(count: number, pitchHz: number): Int16Array {
  const samples = new Int16Array(count);
  for (let i = 0; i < samples.length; i++) {
    const phase = (2 * Math.PI * pitchHz * i) / 8000;
    samples[i] = 6000 * Math.sin(phase) + 2500 * Math.sin(2 * phase) + 1500 * Math.sin(3 * phase);
  }
  return samples;
}

/** Speaks a buzz after `delayMs`, whole. */
export class BuzzTts implements TtsPort {
  readonly name = "buzz";

  constructor(
    private readonly clock: VirtualClock,
    private readonly delayMs: number,
  ) {}

  async warm(): Promise<void> {}

  async *speak({ text }: TtsRequest, signal: AbortSignal): AsyncIterable<TtsChunk> {
    await this.clock.sleep(this.delayMs, signal);
    if (!signal.aborted) yield { samples: buzz(text, 180) };
  }

  async close(): Promise<void> {}
}
