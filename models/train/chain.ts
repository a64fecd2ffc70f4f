/**
 * The one telephone line everything goes through, whatever corpus it is from: band-pass, level, noise, G.711 either law, lost packets. Without
 * it a model learns the corpora's noise floors instead of callers.
 */
import { type G711Codec, pcma, pcmu } from "@sk-voice/media/g711/index.ts";
import { WINDOW_SAMPLES } from "../src/robocall/spectrum.ts";
import type { Random } from "./random.ts";

export interface ChainOptions {
  readonly gain: number;
  readonly highPassHz: number;
  readonly lowPassHz: number;
  /** RMS of the line's noise on the scale of 16 bits; 0 for a digital line. */
  readonly noise: number;
  readonly codec: G711Codec;
  /** Share of 20 ms packets lost, in bursts of two on average. */
  readonly loss: number;
}

/** `bias` shifts every choice, 0..1: the control with swapped chains gives people and machines different ones. */
export function randomChain(random: Random, bias?: "quiet" | "noisy"): ChainOptions {
  const quiet = bias === undefined ? random.chance(0.4) : bias === "quiet";
  return {
    gain: 10 ** (random.between(-14, 4) / 20),
    highPassHz: random.between(150, 350),
    lowPassHz: random.between(3100, 3700),
    noise: quiet ? (random.chance(0.5) ? 0 : random.between(0, 8)) : 10 ** random.between(0.5, 2.5),
    codec: random.chance(0.5) ? pcmu : pcma,
    loss: random.chance(0.6) ? 0 : random.between(0, 0.03),
  };
}

/** Second-order section (RBJ cookbook, Q = 0.707). */
class Biquad {
  #x1 = 0;
  #x2 = 0;
  #y1 = 0;
  #y2 = 0;
  readonly #b0: number;
  readonly #b1: number;
  readonly #a1: number;
  readonly #a2: number;

  constructor(kind: "high" | "low", hz: number) {
    const w = (2 * Math.PI * hz) / 8000;
    const alpha = Math.sin(w) / Math.SQRT2;
    const edge = kind === "low" ? 1 - Math.cos(w) : 1 + Math.cos(w);
    this.#b0 = edge / 2 / (1 + alpha);
    this.#b1 = (kind === "low" ? edge : -edge) / (1 + alpha);
    this.#a1 = (-2 * Math.cos(w)) / (1 + alpha);
    this.#a2 = (1 - alpha) / (1 + alpha);
  }

  next(x: number): number {
    const y = this.#b0 * (x + this.#x2) + this.#b1 * this.#x1 - this.#a1 * this.#y1 - this.#a2 * this.#y2;
    this.#x2 = this.#x1;
    this.#x1 = x;
    this.#y2 = this.#y1;
    this.#y1 = y;
    return y;
  }
}

export class TelephoneChain {
  readonly #high: Biquad;
  readonly #low: Biquad;
  readonly #pcm = new Int16Array(WINDOW_SAMPLES);
  readonly #bytes = new Uint8Array(WINDOW_SAMPLES);
  #position = 0;
  #losing = false;

  constructor(
    private readonly options: ChainOptions,
    private readonly random: Random,
  ) {
    this.#high = new Biquad("high", options.highPassHz);
    this.#low = new Biquad("low", options.lowPassHz);
  }

  /** `caller` on the scale of 16 bits in, −1..1 as received out. */
  pass(caller: Float32Array, out: Float32Array): void {
    const { gain, noise, codec } = this.options;
    for (let n = 0; n < WINDOW_SAMPLES; n++) {
      const noisy = caller[n]! * gain + (noise > 0 ? noise * (this.random.next() + this.random.next() - 1) * 2.45 : 0);
      const y = Math.round(this.#low.next(this.#high.next(noisy)));
      this.#pcm[n] = Math.max(-32768, Math.min(32767, y));
    }
    codec.encode(this.#pcm, this.#bytes);
    codec.decode(this.#bytes, this.#pcm);
    for (let n = 0; n < WINDOW_SAMPLES; n++) {
      if (this.#position++ % 160 === 0) this.#losing = this.#losePacket();
      out[n] = this.#losing ? 0 : this.#pcm[n]! / 32768;
    }
  }

  #losePacket(): boolean {
    const { loss } = this.options;
    return loss > 0 && this.random.chance(this.#losing ? 0.5 : loss / 2);
  }
}
