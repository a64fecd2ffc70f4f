import { clampSample, rmsDbfs } from "./pcm.ts";

/** Comfort noise (RFC 3389): one byte of level in −dBov, then spectral hints, which we neither send nor heed. */

const LEVEL_MASK = 0x7f;
/** Uniform noise of this width has power 1. */
const UNIT_WIDTH = Math.sqrt(12);
const OVERLOAD = 32768;

/** Writes the payload for `levelDbov` (0 loudest … −127) to `out`; returns its bytes. */
export function writeComfortNoise(levelDbov: number, out: Uint8Array): number {
  out[0] = Math.max(0, Math.min(127, Math.round(-levelDbov)));
  return 1;
}

/** What a silent caller's line sounds like. One per call; allocates nothing. */
export class ComfortNoise {
  /** The far end has stopped sending audio and said what its silence is like. */
  active = false;
  #amplitude = 0;
  #state = 1;

  /** A comfort noise packet: `packet` is the datagram. False when it is empty. */
  receive(packet: Uint8Array, offset: number, length: number): boolean {
    if (length < 1) return false;
    this.active = true;
    this.#amplitude = OVERLOAD * 10 ** (-(packet[offset]! & LEVEL_MASK) / 20) * UNIT_WIDTH;
    return true;
  }

  /** Audio has come again. */
  end(): void {
    this.active = false;
  }

  fill(out: Int16Array): void {
    for (let i = 0; i < out.length; i++) {
      this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
      out[i] = clampSample(Math.round((this.#state / 2 ** 32 - 0.5) * this.#amplitude));
    }
  }
}

/** Silence this long (in frames) is not sent as audio. */
const HANGOVER_FRAMES = 10;
/** Then a packet every 400 ms, so that no gateway thinks us dead. */
const EVERY_FRAMES = 20;
const SILENCE_DBFS = -60;
/** Digital silence is told as this: lines that are dead quiet are taken for dead. */
const TOLD_DBOV = -68;

/** When to send comfort noise instead of audio. */
export class SilenceSuppressor {
  #silentFrames = 0;

  /** "audio": send it; "noise": send comfort noise of `levelDbov`; "nothing": let time pass. */
  decide(samples: Int16Array): "audio" | "noise" | "nothing" {
    if (rmsDbfs(samples) > SILENCE_DBFS) this.#silentFrames = 0;
    else this.#silentFrames++;
    if (this.#silentFrames <= HANGOVER_FRAMES) return "audio";
    return (this.#silentFrames - HANGOVER_FRAMES) % EVERY_FRAMES === 1 ? "noise" : "nothing";
  }

  readonly levelDbov = TOLD_DBOV;
}
