/** Call setups per second by sipp: the SIP stack alone, and the whole engine with media, screening, drafts and records for each. */
import { join } from "node:path";
import { freePort } from "../load/ports.ts";
import { LoadBench } from "../load/run.ts";
import { hasSipp, runSipp, type SippResult } from "../load/sipp.ts";
import { type Figure, suite } from "../src/suite.ts";

const ANSWERER = join(import.meta.dir, "../load/answerer.ts");

export default suite({
  name: "cps",
  title: "Call setups and teardowns per second (sipp)",
  smoke: { seconds: 2, signalling: [200], media: [20] },
  full: { seconds: 10, signalling: [500, 1000, 1500, 2000], media: [50, 100, 150, 200] },
  run: async ({ seconds, signalling, media }, { progress }) => {
    if (!hasSipp()) throw new Error("the cps suite needs sipp: apt-get install sip-tester");
    const port = await freePort();
    const answerer = Bun.spawn([process.execPath, ANSWERER], {
      env: { ...process.env, SK_SIP_PORT: String(port) },
      stdout: "pipe",
    });
    const bench = new LoadBench({ SK_LOAD_RECORD: "1" });
    try {
      await answerer.stdout.getReader().read();
      const bare = await ramp(
        signalling,
        (rate) => runSipp(port, rate, seconds),
        (rate) => progress(`signalling only, ${rate}/s`),
      );
      await bench.start();
      const whole = await ramp(
        media,
        (rate) => runSipp(bench.sipPort, rate, seconds),
        (rate) => progress(`with media, ${rate}/s`),
      );
      return [
        figure("signalling only", bare, { least: 1000 }),
        figure("with media, screening and records", whole, { least: 100 }),
      ];
    } finally {
      answerer.kill();
      await bench.stop();
    }
  },
});

type Tried = readonly (readonly [rate: number, result: SippResult])[];

/** Up to the first rate at which a call fails. */
async function ramp(rates: readonly number[], run: (rate: number) => Promise<SippResult>, say: (rate: number) => void) {
  const tried: [number, SippResult][] = [];
  for (const rate of rates) {
    say(rate);
    const result = await run(rate);
    tried.push([rate, result]);
    if (!isSustained(rate, result)) break;
  }
  return tried;
}

/** Every call set up and torn down, within 15 % of the time it should take (sipp's own start and end count). */
function isSustained(rate: number, { failed, callsPerSecond }: SippResult): boolean {
  return failed === 0 && callsPerSecond >= 0.85 * rate;
}

function figure(name: string, tried: Tried, bar: Figure["bar"]): Figure {
  const sustained = tried.filter(([rate, result]) => isSustained(rate, result)).map(([rate]) => rate);
  return {
    name,
    unit: "calls/s",
    clock: "wall",
    value: Math.max(0, ...sustained),
    ...(bar ? { bar } : {}),
    curve: {
      x: "calls/s asked",
      y: "calls/s done",
      points: tried.map(([rate, result]) => [rate, result.callsPerSecond]),
    },
  };
}
