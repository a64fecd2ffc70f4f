import { describe, expect, test } from "bun:test";
import { burstLoss, Netem, type NetemOptions, randomLoss } from "./netem.ts";
import { Prng } from "./prng.ts";

const PACKETS = 20000;

/** Sends one numbered packet every 20 ms; returns [number, delay in ms] in order of arrival. */
function run(options: Omit<NetemOptions, "seed">, seed = 1): [number, number][] {
  const netem = new Netem({ seed, ...options });
  const arrived: [number, number][] = [];
  const numbered = new Uint32Array(1);
  const drain = (now: number) => {
    while (netem.deadline() <= now) {
      const at = netem.deadline();
      const packet = netem.poll(now)!;
      const number = new Uint32Array(packet.buffer)[0]!;
      arrived.push([number, at - number * 20]);
    }
  };
  for (let n = 0; n < PACKETS; n++) {
    drain(n * 20);
    numbered[0] = n;
    netem.push(n * 20, new Uint8Array(numbered.buffer));
  }
  drain(Number.MAX_VALUE);
  return arrived;
}

describe("Netem", () => {
  test("is transparent by default, and the same for the same seed", () => {
    const perfect = run({});
    expect(perfect.length).toBe(PACKETS);
    expect(perfect.every(([n, delay], i) => n === i && delay === 0)).toBe(true);
    const rough = { delayMs: 30, jitterMs: 10, duplicateProbability: 0.1, reorderProbability: 0.1, ...randomLoss(0.1) };
    expect(run(rough, 7)).toEqual(run(rough, 7));
    expect(run(rough, 7)).not.toEqual(run(rough, 8));
  });

  test("loses at the asked rate, in bursts of the asked length", () => {
    const arrived = run(burstLoss(0.05, 4));
    const gaps: number[] = [];
    arrived.forEach(([n], i) => {
      const before = i === 0 ? -1 : arrived[i - 1]![0];
      if (n - before > 1) gaps.push(n - before - 1);
    });
    const lost = gaps.reduce((sum, gap) => sum + gap, 0);
    expect(lost / PACKETS).toBeWithin(0.04, 0.06);
    expect(lost / gaps.length).toBeWithin(3.2, 4.8);
    expect(1 - run(randomLoss(0.02)).length / PACKETS).toBeWithin(0.016, 0.024);
  });

  test("delays with jitter but keeps order unless told to reorder", () => {
    const jittered = run({ delayMs: 40, jitterMs: 15 });
    expect(jittered.every(([n], i) => n === i)).toBe(true);
    expect(Math.min(...jittered.map(([, delay]) => delay))).toBeGreaterThanOrEqual(40);
    expect(Math.max(...jittered.map(([, delay]) => delay))).toBeGreaterThan(80);
    const swapped = run({ reorderProbability: 0.05 }).filter(([n], i, all) => i > 0 && n < all[i - 1]![0]).length;
    expect(swapped / PACKETS).toBeWithin(0.04, 0.06);
  });

  test("duplicates, and drops what does not fit", () => {
    expect(run({ duplicateProbability: 0.1 }).length / PACKETS).toBeWithin(1.09, 1.11);
    const netem = new Netem({ seed: 1, delayMs: 10, capacity: 5 });
    for (let n = 0; n < 8; n++) netem.push(0, new Uint8Array(1));
    expect(netem.dropped).toBe(3);
  });
});

test("Prng: flat, seeded, in range", () => {
  const random = new Prng(42);
  const again = new Prng(42);
  const buckets = new Array<number>(10).fill(0);
  let gaussianSquares = 0;
  for (let i = 0; i < 10000; i++) {
    const x = random.next();
    expect(again.next()).toBe(x);
    buckets[Math.floor(x * 10)]!++;
    const dice = random.integer(1, 6);
    again.integer(1, 6);
    if (dice < 1 || dice > 6) throw new Error(`integer(1, 6) gave ${dice}`);
    gaussianSquares += random.gaussian() ** 2;
    again.gaussian();
  }
  expect(Math.min(...buckets)).toBeGreaterThan(900);
  expect(gaussianSquares / 10000).toBeWithin(0.95, 1.05);
});
