/** Calls come and go on the real processes; after each wave, when nobody calls, what they hold is counted. */
import { readdirSync, readFileSync } from "node:fs";
import { monotonicMs } from "@sk-voice/engine/io/clock.ts";
import { eventually, type ServiceName, type Stack } from "../../../test/stack.ts";
import type { Chaos, Row, RowResult } from "../row.ts";
import { unless } from "../row.ts";
import { ends, grown, type Held } from "../steady.ts";

const MINUTES = 10;
const LONG_MINUTES = 120;
/** At once; each hears the greeting, every other one asks something and hears the reply. */
const CALLERS = 4;
const MIN_WAVES = 8;
const LONGEST_WAVE_MS = 30_000;
const REST_MS = 1000;
const SERVICES = ["engine", "api"] as const;

/** Fewer minutes try whether it runs; in one the recogniser and the heaps still grow to their size. */
const minutesOf = ({ isLong }: Chaos) => Number(process.env["SK_SOAK_MINUTES"] ?? (isLong ? LONG_MINUTES : MINUTES));

/** Of a process and its children (Linux). */
function heldBy(stack: Stack, name: ServiceName): Held {
  const family = (pid: number): number[] => [
    pid,
    ...readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
      .trim()
      .split(" ")
      .filter(Boolean)
      .flatMap((child) => family(Number(child))),
  ];
  const sum = (of: (pid: number) => number) => family(stack.pid(name)).reduce((total, pid) => total + of(pid), 0);
  const status = (pid: number, field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  return {
    rssMb: sum((pid) => status(pid, "VmRSS")) / 1024,
    handles: sum((pid) => readdirSync(`/proc/${pid}/fd`).length),
    threads: sum((pid) => status(pid, "Threads")),
  };
}

const held = ({ rssMb, handles, threads }: Held) => `${rssMb.toFixed(0)} MB, ${handles} handles, ${threads} threads`;

/** One call. False when it was not answered, or broke. */
async function converse(chaos: Chaos, asks: boolean): Promise<boolean> {
  const victim = chaos.caller();
  try {
    await victim.call();
    await victim.greeted();
    if (asks) {
      await victim.quiet();
      victim.say(chaos.question);
      await victim.reply();
    }
    victim.hangUp();
    await victim.ended();
    return true;
  } catch {
    return false;
  } finally {
    await victim.close();
  }
}

async function wave(chaos: Chaos, waveMs: number): Promise<{ calls: number; broken: number }> {
  const endMs = monotonicMs() + waveMs;
  let calls = 0;
  let broken = 0;
  const caller = async () => {
    do {
      if (!(await converse(chaos, calls++ % 2 === 1))) broken++;
    } while (monotonicMs() < endMs);
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return { calls, broken };
}

async function run(chaos: Chaos): Promise<RowResult> {
  const startMs = monotonicMs();
  const totalMs = minutesOf(chaos) * 60_000;
  const waveMs = Math.min(LONGEST_WAVE_MS, totalMs / MIN_WAVES);
  const samples: Record<(typeof SERVICES)[number], Held[]> = { engine: [], api: [] };
  const problems: string[] = [];
  let [calls, broken] = [0, 0];
  while (monotonicMs() - startMs < totalMs || samples.engine.length < MIN_WAVES) {
    const done = await wave(chaos, waveMs);
    calls += done.calls;
    broken += done.broken;
    problems.push(...(await chaos.settled()));
    await eventually("no call, no port and no report held when nobody calls", 20_000, async () => {
      const { calls: running, rtpPorts, spool } = await chaos.stack.figures();
      return running === 0 && rtpPorts === 0 && spool.waiting === 0;
    });
    await Bun.sleep(REST_MS);
    for (const name of SERVICES) samples[name].push(heldBy(chaos.stack, name));
    const minutes = (monotonicMs() - startMs) / 60_000;
    const now = SERVICES.map((name) => `${name} ${held(samples[name].at(-1)!)}`);
    console.log(`      ${minutes.toFixed(1)} min, ${calls} calls, ${broken} broken: ${now.join("; ")}`);
  }
  const told = SERVICES.map((name) => {
    const { first, last } = ends(samples[name]);
    const pair = (what: keyof Held, unit: string) => `${first[what].toFixed(0)} → ${last[what].toFixed(0)} ${unit}`;
    return `${name} ${pair("rssMb", "MB")}, ${pair("handles", "handles")}, ${pair("threads", "threads")}`;
  });
  return {
    heard: `${calls} calls in ${((monotonicMs() - startMs) / 60_000).toFixed(1)} min; ${told.join("; ")}`,
    recoveryMs: 0,
    problems: [
      ...problems,
      ...unless({ [`no call broke (${broken} of ${calls})`]: broken === 0 }),
      ...SERVICES.flatMap((name) => grown(name, samples[name])),
    ],
  };
}

export const soak: Row = {
  name: "soak",
  fault: `calls come and go for ${MINUTES} min (${LONG_MINUTES} with --long)`,
  prepare: () => ({ env: { SK_DEMO_CALLS: "0" } }),
  run,
};
