import { describe, expect, test } from "bun:test";
import { Prng } from "../sim/prng.ts";
import { voiced as voice } from "../sim/voice.ts";
import { Concealer } from "./conceal.ts";

const FRAMES = 500;
const voiced = (seed: number) => voice(seed, FRAMES);

type Fill = (frame: Int16Array, present: Uint8Array) => void;

function concealing(): Fill {
  const concealer = new Concealer();
  return (frame, present) => concealer.process({ present, spliced: false }, frame);
}

function repeating(): Fill {
  const last = new Int16Array(160);
  return (frame, present) => {
    if (present[0] === 0) frame.set(last);
    last.set(frame);
  };
}

const PRESENT = new Uint8Array(160).fill(1);
const ABSENT = new Uint8Array(160);

/** Runs a signal through seeded frame loss and a filler; returns what is heard and which frames were lost. */
function run(signal: Int16Array, fill: Fill, lossSeed: number, rate = 0.05) {
  const random = new Prng(lossSeed);
  const heard = new Int16Array(signal.length);
  const lost: number[] = [];
  for (let f = 0; f < FRAMES; f++) {
    const frame = heard.subarray(f * 160, f * 160 + 160);
    const isLost = f > 5 && random.chance(rate);
    if (isLost) lost.push(f);
    else frame.set(signal.subarray(f * 160, f * 160 + 160));
    fill(frame, isLost ? ABSENT : PRESENT);
  }
  return { heard, lost };
}

/** Signal to error in dB over the lost frames and the one after each. */
function snrDb(signal: Int16Array, heard: Int16Array, lost: readonly number[]): number {
  let power = 0;
  let error = 0;
  for (const f of lost) {
    for (let n = f * 160; n < Math.min(signal.length, f * 160 + 320); n++) {
      power += signal[n]! ** 2;
      error += (signal[n]! - heard[n]!) ** 2;
    }
  }
  return 10 * Math.log10(power / error);
}

/** Root mean square difference of log spectra in dB, over 30 ms windows around each lost frame's two joints. */
function spectralDistanceDb(signal: Int16Array, heard: Int16Array, lost: readonly number[]): number {
  let sum = 0;
  let count = 0;
  for (const f of lost) {
    for (const center of [f * 160, f * 160 + 160]) {
      for (let hz = 200; hz <= 3400; hz += 200) {
        sum += (binDb(signal, center, hz) - binDb(heard, center, hz)) ** 2;
        count++;
      }
    }
  }
  return Math.sqrt(sum / count);
}

function binDb(x: Int16Array, center: number, hz: number): number {
  let re = 0;
  let im = 0;
  for (let i = -120; i < 120; i++) {
    const value = (x[center + i] ?? 0) * (0.5 + 0.5 * Math.cos((Math.PI * i) / 120));
    re += value * Math.cos((2 * Math.PI * hz * i) / 8000);
    im += value * Math.sin((2 * Math.PI * hz * i) / 8000);
  }
  return 10 * Math.log10(re * re + im * im + 1e4);
}

describe("Concealer", () => {
  test("is nearer to the lost speech than repeating the last frame, in waveform and in spectrum", () => {
    let snrGain = 0;
    let spectralGain = 0;
    for (let seed = 1; seed <= 6; seed++) {
      const signal = voiced(seed);
      const ours = run(signal, concealing(), seed);
      const theirs = run(signal, repeating(), seed);
      expect(ours.lost).toEqual(theirs.lost);
      snrGain += (snrDb(signal, ours.heard, ours.lost) - snrDb(signal, theirs.heard, theirs.lost)) / 6;
      spectralGain +=
        (spectralDistanceDb(signal, theirs.heard, theirs.lost) - spectralDistanceDb(signal, ours.heard, ours.lost)) / 6;
    }
    expect(snrGain).toBeGreaterThan(2);
    expect(spectralGain).toBeGreaterThan(3);
  });

  test("changes nothing that was received, except the merge of at most 10 ms after a loss", () => {
    const signal = voiced(1);
    const { heard, lost } = run(signal, concealing(), 2);
    const changed = new Set<number>();
    for (let n = 0; n < signal.length; n++) if (signal[n] !== heard[n]) changed.add(Math.floor(n / 80));
    const allowed = new Set(lost.flatMap((f) => [2 * f, 2 * f + 1, 2 * f + 2]));
    expect([...changed].filter((half) => !allowed.has(half))).toEqual([]);
  });

  test("joints do not click: no step larger than the voice itself makes", () => {
    const signal = voiced(4);
    const step = (x: Int16Array) =>
      x.reduce((most, v, n) => (n === 0 ? 0 : Math.max(most, Math.abs(v - x[n - 1]!))), 0);
    expect(step(run(signal, concealing(), 5).heard)).toBeLessThan(1.3 * step(signal));
  });

  test("a loss begins where the audio stopped, also when the voice was swelling", () => {
    const concealer = new Concealer();
    const frame = new Int16Array(160);
    let before = 0;
    for (let f = 0; f < 6; f++) {
      before = frame[159]!;
      for (let i = 0; i < 160; i++) {
        const n = f * 160 + i - 879;
        frame[i] = f === 5 ? 0 : 12000 * 1.3 ** (n / 80) * Math.cos((2 * Math.PI * n) / 80);
      }
      concealer.process({ present: f === 5 ? ABSENT : PRESENT, spliced: false }, frame);
    }
    expect(Math.abs(before)).toBeGreaterThan(5000);
    expect(Math.abs(frame[0]! - before)).toBeLessThan(0.1 * Math.abs(before));
  });

  test("a long loss fades to silence by 150 ms, and comes back by a fade", () => {
    const concealer = new Concealer();
    const signal = voiced(1);
    const frame = new Int16Array(160);
    const peaks: number[] = [];
    for (let f = 0; f < 24; f++) {
      const lost = f >= 10 && f < 20;
      if (lost) frame.fill(0);
      else frame.set(signal.subarray(f * 160, f * 160 + 160));
      concealer.process({ present: lost ? ABSENT : PRESENT, spliced: false }, frame);
      peaks.push(frame.reduce((peak, x) => Math.max(peak, Math.abs(x)), 0));
    }
    expect(peaks[10]! > peaks[13]! && peaks[13]! > peaks[16]!).toBe(true);
    expect(peaks.slice(18, 20)).toEqual([0, 0]);
    expect(concealer.concealedSamples).toBe(1600);
    expect(peaks[21]).toBeGreaterThan(1000);
  });

  test("part of a frame is filled, the rest kept", () => {
    const concealer = new Concealer();
    const signal = voiced(2);
    const frame = new Int16Array(160);
    const half = new Uint8Array(160).fill(1, 0, 80);
    for (let f = 0; f < 8; f++) {
      frame.set(signal.subarray(f * 160, f * 160 + 160));
      concealer.process({ present: PRESENT, spliced: false }, frame);
    }
    frame.fill(0);
    frame.set(signal.subarray(1280, 1360));
    concealer.process({ present: half, spliced: false }, frame);
    expect([...frame.subarray(0, 80)]).toEqual([...signal.subarray(1280, 1360)]);
    expect(snrDb(signal.slice(1280, 1440), frame, [0])).toBeGreaterThan(0);
    expect(concealer.concealedSamples).toBe(80);
  });

  test("a splice is smoothed over 5 ms", () => {
    const heardStep = (spliced: boolean) => {
      const concealer = new Concealer();
      const sine = (n: number) => 10000 * Math.sin((2 * Math.PI * 200 * n) / 8000);
      const frame = new Int16Array(160);
      let last = 0;
      for (let f = 0; f < 5; f++) {
        for (let i = 0; i < 160; i++) frame[i] = sine(f * 160 + i + (f === 4 ? 10 : 0));
        concealer.process({ present: PRESENT, spliced: spliced && f === 4 }, frame);
        if (f === 4) return Math.abs(frame[0]! - last);
        last = frame[159]!;
      }
      return 0;
    };
    expect(heardStep(true)).toBeLessThan(2500);
    expect(heardStep(false)).toBeGreaterThan(9000);
  });

  test("silence before any audio stays silence", () => {
    const frame = new Int16Array(160);
    new Concealer().process({ present: ABSENT, spliced: false }, frame);
    expect(frame).toEqual(new Int16Array(160));
  });
});
