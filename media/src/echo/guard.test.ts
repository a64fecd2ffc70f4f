import { describe, expect, test } from "bun:test";
import { EchoPath } from "../sim/echo-path.ts";
import { Prng } from "../sim/prng.ts";
import { voiced } from "../sim/voice.ts";
import { EchoGuard } from "./guard.ts";
import { SampleHistory } from "./history.ts";
import { LagFinder } from "./lag.ts";

const FRAMES = 200;
/** A syllable every 160 ms and pauses between words, as speech has and steady vowels have not. */
const spoken = (seed: number) => {
  const random = new Prng(seed);
  const out = voiced(seed, FRAMES);
  for (let at = 0; at < out.length; at += 1280) {
    const level = random.chance(0.2) ? 0 : 0.3 + 0.7 * random.next();
    for (let n = at; n < Math.min(out.length, at + 1280); n++) out[n] = out[n]! * level;
  }
  return out;
};
const HER = spoken(1);
/** Backwards: the two voices glide alike otherwise, which no two people do. */
const CALLER = spoken(9).reverse();

interface Heard {
  readonly echoFrames: number;
  readonly audibleFrames: number;
  /** Frames given on that are not digital silence. */
  readonly passedFrames: number;
  /** Frames given on as they were heard. */
  readonly untouchedFrames: number;
}

function run(microphone: (n: number) => number, from = 0, her = HER): Heard {
  const guard = new EchoGuard();
  const heard = { echoFrames: 0, audibleFrames: 0, passedFrames: 0, untouchedFrames: 0 };
  for (let frame = 0; frame < FRAMES; frame++) {
    const samples = Int16Array.from({ length: 160 }, (_, i) => microphone(frame * 160 + i));
    const given = guard.hear(samples, true);
    guard.said(her.subarray(frame * 160, frame * 160 + 160));
    if (frame < from) continue;
    if (guard.isEcho) heard.echoFrames++;
    if (samples.some((sample) => Math.abs(sample) > 100)) heard.audibleFrames++;
    if (given.some((sample) => sample !== 0)) heard.passedFrames++;
    if (given.every((sample, i) => sample === samples[i])) heard.untouchedFrames++;
  }
  return heard;
}

describe("EchoGuard", () => {
  for (const [gainDb, delayMs, reverbMs] of [
    [-6, 20, 0],
    [-18, 120, 0],
    [-30, 300, 0],
    [-12, 60, 60],
    [-20, 200, 60],
  ] as const) {
    test(`${gainDb} dB after ${delayMs} ms in ${reverbMs} ms of room is kept from the detector`, () => {
      const random = new Prng(5);
      const echo = new EchoPath({ gainDb, delayMs, reverbMs }, random).echo(HER);
      const { audibleFrames, passedFrames, echoFrames } = run((n) => echo[n]! + 5 * random.gaussian(), 50);
      expect(audibleFrames).toBeGreaterThan(80);
      expect(echoFrames).toBeGreaterThan(80);
      expect(passedFrames - (FRAMES - 50 - audibleFrames)).toBeLessThan(0.1 * audibleFrames);
    });
  }

  test("a caller without echo is given on, also while she speaks", () => {
    // Breathy: two voices of pure harmonics do resemble each other.
    const random = new Prng(6);
    const breath = Int16Array.from(CALLER, (sample) => sample * random.gaussian());
    const { echoFrames, passedFrames, audibleFrames } = run((n) => breath[n]!);
    // A model that is young and wrong is believed for 120 ms of a call.
    expect(echoFrames).toBeLessThan(0.05 * FRAMES + 6);
    expect(passedFrames).toBeGreaterThan(0.95 * audibleFrames - 6);
  });

  test("a caller who resembles her is no echo: two voices of pure harmonics fit each other for 100 ms", () => {
    const { untouchedFrames, audibleFrames } = run((n) => CALLER[n]!);
    expect(audibleFrames).toBeGreaterThan(100);
    expect(untouchedFrames).toBeGreaterThan(0.95 * FRAMES);
  });

  test("echo that has gone is forgotten within half a second of a caller's voice", () => {
    const echo = new EchoPath({ gainDb: -12, delayMs: 60, reverbMs: 0 }, new Prng(5)).echo(HER);
    const guard = new EchoGuard();
    const lockedAt: boolean[] = [];
    for (let frame = 0; frame < FRAMES; frame++) {
      const [from, to] = [frame * 160, frame * 160 + 160];
      guard.hear(frame < 100 ? Int16Array.from(echo.subarray(from, to), Math.round) : CALLER.slice(from, to), true);
      guard.said(HER.subarray(from, to));
      lockedAt.push(guard.locked);
    }
    expect(lockedAt[99]).toBe(true);
    expect(lockedAt.slice(125)).not.toContain(true);
  });

  test("what she cannot have caused is given on bit by bit", () => {
    const guard = new EchoGuard();
    for (let frame = 0; frame < FRAMES; frame++) {
      const samples = CALLER.slice(frame * 160, frame * 160 + 160);
      expect(guard.hear(samples, true)).toEqual(samples);
      guard.said(new Int16Array(160));
    }
  });

  test("a caller who speaks over her echo is given on", () => {
    const random = new Prng(5);
    const echo = new EchoPath({ gainDb: -15, delayMs: 100, reverbMs: 60 }, random).echo(HER);
    const caller = (n: number) => (n < 100 * 160 ? 0 : CALLER[n]!);
    const { passedFrames, audibleFrames } = run((n) => echo[n]! + caller(n) + 5 * random.gaussian(), 100);
    expect(passedFrames).toBeGreaterThan(0.6 * audibleFrames);
  });

  test("when she has been silent for a second nothing is touched, echo learned or not", () => {
    const her = HER.slice().fill(0, 80 * 160);
    const echo = new EchoPath({ gainDb: -12, delayMs: 60, reverbMs: 0 }, new Prng(5)).echo(her);
    const { passedFrames, audibleFrames } = run((n) => (n < 130 * 160 ? echo[n]! : CALLER[n]!), 132, her);
    expect(passedFrames).toBeGreaterThanOrEqual(audibleFrames);
  });

  test("pieces of any length up to 20 ms, holes and clipped sound go through", () => {
    const random = new Prng(8);
    const guard = new EchoGuard();
    for (let n = 0; n < 2000; n++) {
      const length = random.integer(1, 160);
      const samples = Int16Array.from({ length }, () => random.integer(-32768, 32767));
      expect(guard.hear(samples, random.chance(0.9)).length).toBe(length);
      if (n % 3 === 0) guard.said(Int16Array.from({ length: 160 }, () => random.integer(-32768, 32767)));
    }
  });
});

test("the lag is found to the sample", () => {
  const finder = new LagFinder();
  const lags = (delay: number, heardOf: (n: number) => number) => {
    const said = new SampleHistory(8192);
    const heard = new SampleHistory(2048);
    const found: number[] = [];
    for (let frame = 0; frame < 100; frame++) {
      said.push(HER.subarray(frame * 160, frame * 160 + 160));
      heard.push(Int16Array.from({ length: 160 }, (_, i) => heardOf(frame * 160 + i - delay)));
      if (frame < 60) continue;
      finder.look(heard, said, said.end);
      found.push(finder.lag);
    }
    return found;
  };
  for (const delay of [200, 1111, 4000]) {
    const exact = lags(delay, (n) => (HER[n] ?? 0) / 8).filter((lag) => lag === delay).length;
    expect(exact).toBeGreaterThan(20);
  }
});
