import { describe, expect, test } from "bun:test";
import { pcma, pcmu } from "@sk-voice/media/g711/index.ts";
import { Prng } from "@sk-voice/media/sim/prng.ts";
import { tone } from "@sk-voice/media/tones.ts";
import { WindowBuffer } from "../window.ts";
import { Spectrum, WINDOW_SAMPLES } from "./spectrum.ts";
import { ToneDetector, type ToneEvent } from "./tones.ts";

const silence = (ms: number) => new Int16Array(ms * 8);
const join = (...parts: Int16Array[]) => Int16Array.from(parts.flatMap((part) => [...part]));
const repeat = (times: number, part: Int16Array) => join(...Array.from({ length: times }, () => part));
const fsk = (ms: number, zeroHz: number, oneHz: number, levelDbfs: number) => {
  const flag = [0, 1, 1, 1, 1, 1, 1, 0];
  let phase = 0;
  return Int16Array.from({ length: ms * 8 }, (_, n) => {
    phase += (2 * Math.PI * (flag[Math.floor((n * 300) / 8000) % 8] ? oneHz : zeroHz)) / 8000;
    return 32767 * 10 ** (levelDbfs / 20) * Math.sin(phase);
  });
};

function hear(samples: Int16Array): ToneEvent[] {
  const detector = new ToneDetector();
  const spectrum = new Spectrum();
  const events: ToneEvent[] = [];
  let endMs = 0;
  new WindowBuffer(WINDOW_SAMPLES).push(join(samples, silence(3000)), (window) => {
    endMs += 32;
    spectrum.analyse(window);
    const event = detector.push(window, spectrum, endMs);
    if (event) events.push(event);
  });
  return events;
}

const at = -15;
const cng = repeat(2, join(tone([1100], 500, at), silence(3000)));
/** Two packets of each burst are lost. */
const brokenCng = repeat(2, join(tone([1100], 230, at), silence(40), tone([1100], 230, at), silence(3000)));
const sit = join(tone([913.8], 274, at), tone([1370.6], 274, at), tone([1776.7], 380, at));
const sitNoCircuit = join(tone([985.2], 380, at), tone([1428.5], 380, at), tone([1776.7], 380, at));
const cases: [string, Int16Array, ToneEvent][] = [
  ["fax calling tone", cng, "fax-cng"],
  ["fax calling tone, packets lost", brokenCng, "fax-cng"],
  ["fax answer tone", tone([2100], 2600, at), "fax-ced"],
  ["V.21 channel 2 preamble", fsk(1000, 1850, 1650, at), "modem"],
  ["V.21 channel 1", fsk(1000, 1180, 980, at), "modem"],
  ["Bell 103 answer", fsk(1000, 2025, 2225, at), "modem"],
  ["SIT intercept", sit, "sit"],
  ["SIT no circuit", sitNoCircuit, "sit"],
  ["US busy", repeat(4, join(tone([480, 620], 500, at), silence(500))), "busy"],
  ["US reorder", repeat(4, join(tone([480, 620], 250, at), silence(250))), "busy"],
  ["European busy", repeat(4, join(tone([425], 500, at), silence(500))), "busy"],
  ["US ringback", join(tone([440, 480], 2000, at), silence(4000)), "ringback"],
  ["European ringback", join(tone([425], 1000, at), silence(4000)), "ringback"],
  ["milliwatt", tone([1004], 4000, at), "steady-tone"],
  ["voicemail beep", tone([1000], 300, at), "beep"],
];

/** The line: offset of the windows, level, noise 25 dB below, law. */
function throughLine(samples: Int16Array, seed: number): Int16Array {
  const random = new Prng(seed);
  const gain = 10 ** (-random.next() * 0.9);
  const noise = 32767 * 10 ** (at / 20) * gain * 10 ** (-25 / 20) * 0.7;
  const codec = random.chance(0.5) ? pcmu : pcma;
  const noisy = join(silence(random.integer(0, 32)), samples, silence(500)).map(
    (sample) => sample * gain + random.gaussian() * noise,
  );
  const bytes = new Uint8Array(noisy.length);
  codec.encode(noisy, bytes);
  const out = new Int16Array(noisy.length);
  codec.decode(bytes, out);
  return out;
}

describe("tones", () => {
  for (const [name, samples, event] of cases) {
    test(`${name} is ${event}, and nothing else`, () => {
      expect(new Set(hear(samples))).toEqual(new Set([event]));
    });
    test(`${name} over 20 noisy lines`, () => {
      for (let seed = 0; seed < 20; seed++) expect([seed, hear(throughLine(samples, seed))[0]]).toEqual([seed, event]);
    });
  }

  test("near misses are not: one CNG burst, wrong frequency, SIT out of order, two busy bursts", () => {
    expect(hear(tone([1100], 500, at))).toEqual([]);
    expect(hear(repeat(2, join(tone([1140], 500, at), silence(3000))))).toEqual(["beep", "beep"]);
    expect(hear(join(tone([1776.7], 380, at), tone([1370.6], 274, at), tone([913.8], 274, at)))).toEqual([]);
    expect(hear(repeat(2, join(tone([480, 620], 500, at), silence(500))))).toEqual([]);
    expect(hear(tone([2100], 700, at))).toEqual(["beep"]);
  });

  test("DTMF, noise and silence are no tones", () => {
    const random = new Prng(1);
    expect(hear(repeat(6, join(tone([697, 1209], 100, at), silence(100))))).toEqual([]);
    expect(hear(Int16Array.from({ length: 40_000 }, () => random.gaussian() * 2000))).toEqual([]);
    expect(hear(silence(5000))).toEqual([]);
  });
});
