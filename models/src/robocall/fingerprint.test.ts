import { expect, test } from "bun:test";
import { pcma, pcmu } from "@sk-voice/media/g711/index.ts";
import { Prng } from "@sk-voice/media/sim/prng.ts";
import { babble } from "../../test/babble.ts";
import { WindowBuffer } from "../window.ts";
import { Fingerprinter } from "./fingerprint.ts";
import { FINGERPRINT_KEPT_MS, FingerprintStore } from "./fingerprint-store.ts";
import { LevelMeter } from "./level.ts";
import { Spectrum, WINDOW_SAMPLES } from "./spectrum.ts";

/** Another day, another line: other offset, level, noise at the given ratio, law, and 1 % of packets lost. */
function line(samples: Float32Array, seed: number, noiseDb: number): Float32Array {
  const random = new Prng(seed);
  const power = samples.reduce((sum, x) => sum + x * x, 0) / samples.length;
  const noise = Math.sqrt(power) * 10 ** (-noiseDb / 20);
  const gain = 0.4 + random.next();
  const shifted = samples.subarray(random.integer(0, 8000));
  const pcm = Int16Array.from(shifted, (x) => {
    const y = gain * (x + noise * random.gaussian()) * 32767;
    return Math.max(-32768, Math.min(32767, y));
  });
  for (let at = 0; at < pcm.length; at += 160) if (random.chance(0.01)) pcm.fill(0, at, at + 160);
  const codec = random.chance(0.5) ? pcmu : pcma;
  const bytes = new Uint8Array(pcm.length);
  codec.encode(pcm, bytes);
  codec.decode(bytes, pcm);
  return Float32Array.from(pcm, (x) => x / 32768);
}

/** Milliseconds until the store recognises it; `undefined` when it never does. */
function hear(
  samples: Float32Array,
  store?: FingerprintStore,
): { print: Fingerprinter; matchMs?: number; id?: string } {
  const print = new Fingerprinter();
  const spectrum = new Spectrum();
  const level = new LevelMeter();
  let ms = 0;
  let found: { matchMs: number; id: string } | undefined;
  const pcm = Int16Array.from(samples, (x) => x * 32767);
  new WindowBuffer(WINDOW_SAMPLES).push(pcm, (window) => {
    ms += 32;
    spectrum.analyse(window);
    level.push(window, 0);
    const match = print.push(spectrum, level.lastDbfs, true) && !found ? store?.match(print) : undefined;
    if (match) found = { matchMs: ms, id: match.id };
  });
  return { print, ...found };
}

const store = new FingerprintStore();
for (let seed = 0; seed < 12; seed++) store.remember(`call-${seed}`, hear(babble(seed, 7)).print, 0);

test("a repeat is recognised within 3 s over lines with 15 dB of noise", () => {
  const late: unknown[] = [];
  for (let seed = 0; seed < 12; seed++) {
    const { matchMs, id } = hear(line(babble(seed, 7), 100 + seed, 15), store);
    if (id !== `call-${seed}` || matchMs! > 3000) late.push([seed, id, matchMs]);
  }
  expect(late).toEqual([]);
});

test("another recording is not", () => {
  const wrong: number[] = [];
  for (let seed = 1000; seed < 1020; seed++) if (hear(line(babble(seed, 7), seed, 20), store).id) wrong.push(seed);
  expect(wrong).toEqual([]);
});

test("prints expire after 30 days, and are forgotten when a call is released", () => {
  const kept = new FingerprintStore();
  const again = babble(3, 7);
  kept.remember("a", hear(again).print, 0);
  expect(hear(again, kept).id).toBe("a");
  kept.forget("a");
  expect(hear(again, kept).id).toBeUndefined();
  kept.remember("b", hear(again).print, 0);
  kept.expire(FINGERPRINT_KEPT_MS - 1);
  expect(kept.entries.length).toBe(1);
  kept.expire(FINGERPRINT_KEPT_MS);
  expect(kept.entries.length).toBe(0);
});

test("silence and short calls leave no print", () => {
  expect(store.remember("silent", hear(new Float32Array(96_000)).print, 0)).toBe(false);
  expect(store.remember("short", hear(babble(5, 2)).print, 0)).toBe(false);
});
