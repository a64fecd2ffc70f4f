import { describe, expect, test } from "bun:test";
import { G722 } from "./g722.ts";
import { Prng } from "./sim/prng.ts";
import { voiced } from "./sim/voice.ts";

const wave = Int16Array.from({ length: 4000 }, (_, i) => {
  const swell = 0.5 + 0.5 * Math.sin((2 * Math.PI * 3 * i) / 8000);
  const low = 9000 * Math.sin((2 * Math.PI * 440 * i) / 8000) * swell;
  return Math.floor(low + 3000 * Math.sin((2 * Math.PI * 1700 * i) / 8000) + 0.5);
});
const sha256 = (bytes: Uint8Array) => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
function roundTrip(samples: Int16Array): { codes: Uint8Array; heard: Int16Array } {
  const codes = new Uint8Array(samples.length);
  const heard = new Int16Array(samples.length);
  expect(new G722().encode(samples, codes)).toBe(samples.length);
  expect(new G722().decode(codes, heard)).toBe(samples.length);
  return { codes, heard };
}

describe("G.722 at 8 kHz", () => {
  test("is bit by bit what another implementation makes of the same wave", () => {
    // Digests of what the C extension of the PyPI package g722 1.2.8 gives at 8000 Hz, 64 kbit/s.
    const { codes, heard } = roundTrip(wave);
    expect(sha256(codes)).toBe("4f31a7abbdd210a95612c530dbffeb1fc5fca98adab2aa22047068856428f0f3");
    expect(sha256(new Uint8Array(heard.buffer))).toBe(
      "305887303bfa40629ae43a1ede4a0f0949c856f58437c034fb53bc78f529ad95",
    );
  });

  test("loses little of a voice", () => {
    const voice = voiced(3, 100);
    const { heard } = roundTrip(voice);
    let power = 0;
    let error = 0;
    for (let n = 800; n < voice.length; n++) {
      power += (voice[n]! / 2) ** 2;
      error += ((voice[n]! - heard[n]!) / 2) ** 2;
    }
    expect(10 * Math.log10(power / error)).toBeGreaterThan(30);
  });

  test("is back within a tenth of its level 100 ms after a loss", () => {
    const voice = voiced(4, 100);
    const { codes, heard } = roundTrip(voice);
    const decoder = new G722();
    const out = new Int16Array(160);
    let worst = 0;
    for (let frame = 0; frame < 100; frame++) {
      if (frame >= 40 && frame < 45) continue;
      decoder.decode(codes, out, frame * 160, 160);
      if (frame < 50) continue;
      for (let i = 0; i < 160; i++) worst = Math.max(worst, Math.abs(out[i]! - heard[frame * 160 + i]!));
    }
    expect(worst).toBeLessThan(1000);
  });

  test("any bytes decode, any samples encode, within their arrays", () => {
    const random = new Prng(2);
    const codec = new G722();
    const bytes = Uint8Array.from({ length: 20_000 }, () => random.integer(0, 255));
    const out = new Int16Array(20_000);
    expect(codec.decode(bytes, out)).toBe(20_000);
    expect(codec.decode(bytes, new Int16Array(7))).toBe(7);
    expect(codec.encode(out, new Uint8Array(9))).toBe(9);
    expect(codec.decode(bytes, out, 19_990)).toBe(10);
  });
});
