/** What a loudspeaker or a hybrid does with her voice: delay, attenuation, a room. Seeded. */
import { dbToGain } from "../pcm.ts";
import { TICKS_PER_MS } from "../units.ts";
import type { Prng } from "./prng.ts";

export interface EchoPathOptions {
  /** Of the echo against her voice: −6 loud … −30 faint. */
  readonly gainDb: number;
  readonly delayMs: number;
  /** Time in which the room falls by 60 dB; 0 for a hybrid, which rings for 2 ms. */
  readonly reverbMs: number;
}

/** Reflections against the direct sound: a speakerphone on a table, its sound one third direct at 200 ms. */
const REFLECTION_SHARE = 0.12;
const HYBRID_TAPS = 16;

export class EchoPath {
  readonly #delay: number;
  readonly #response: Float32Array;

  constructor({ gainDb, delayMs, reverbMs }: EchoPathOptions, random: Prng) {
    this.#delay = Math.round(delayMs * TICKS_PER_MS);
    this.#response = reverbMs === 0 ? hybrid(random) : room(reverbMs, random);
    const norm = dbToGain(gainDb) / Math.sqrt(this.#response.reduce((sum, value) => sum + value * value, 0));
    for (let n = 0; n < this.#response.length; n++) this.#response[n]! *= norm;
  }

  /** The echo of `voice`, which starts `delayMs` later and ends with the room. */
  echo(voice: Int16Array): Float32Array {
    const response = this.#response;
    const out = new Float32Array(voice.length + this.#delay + response.length);
    for (let n = 0; n < voice.length; n++) {
      const x = voice[n]!;
      if (x === 0) continue;
      const at = n + this.#delay;
      for (let k = 0; k < response.length; k++) out[at + k]! += x * response[k]!;
    }
    return out;
  }
}

function hybrid(random: Prng): Float32Array {
  return Float32Array.from({ length: HYBRID_TAPS }, (_, n) =>
    n === 0 ? 1 : 0.4 * random.gaussian() * Math.exp(-n / 5),
  );
}

function room(reverbMs: number, random: Prng): Float32Array {
  const length = Math.round(reverbMs * TICKS_PER_MS);
  return Float32Array.from({ length }, (_, n) =>
    n === 0 ? 1 : REFLECTION_SHARE * random.gaussian() * 10 ** ((-3 * n) / length),
  );
}
