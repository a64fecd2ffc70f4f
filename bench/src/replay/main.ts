/** `bun run replay`: plays taped calls again, and compares ways of taking turns over them. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadOpus } from "@sk-voice/engine/io/opus.ts";
import { TAPE_SUFFIX } from "@sk-voice/engine/io/tape-file.ts";
import { decodeTape, type TapeEntry } from "@sk-voice/engine/replay/tape.ts";
import { playTape } from "@sk-voice/engine/sim/player/player.ts";
import { percentile } from "../summary.ts";
import { textTable } from "../table.ts";
import { type CallFigures, CallMeter } from "./measure.ts";
import { POLICIES, policyOf } from "./policies.ts";

const HELP = `bun run replay FOLDER                            plays every tape in it: is each packet and report the same again?
bun run replay FOLDER --policy A --policy B      plays them by each policy and compares

policies: ${Object.keys(POLICIES).join(", ")}, or a JSON file (docs/replay.md)`;

function tapesIn(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  const files = readdirSync(path).filter((name) => name.endsWith(TAPE_SUFFIX));
  return files.sort().map((name) => join(path, name));
}

/** Says why a file is left out. */
function readTape(path: string): readonly TapeEntry[] | undefined {
  try {
    return decodeTape(readFileSync(path, "utf8"));
  } catch (error) {
    console.log(`${path}: left out, ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

/** True when all are the same again. */
async function verify(paths: readonly string[]): Promise<boolean> {
  const opus = await loadOpus();
  const rows: string[][] = [];
  let same = true;
  for (const path of paths) {
    const tape = readTape(path);
    if (!tape) continue;
    const { packets, digest, differences } = await playTape(tape, { opus });
    same &&= differences.length === 0;
    rows.push([path, String(packets), digest.slice(0, 12), differences.join("; ") || "the same"]);
  }
  console.log(textTable(["tape", "packets", "sha-256", ""], rows));
  return same;
}

async function measure(tapes: readonly (readonly TapeEntry[])[], policy: string): Promise<string[]> {
  const opus = await loadOpus();
  const calls: CallFigures[] = [];
  let unknown = 0;
  for (const tape of tapes) {
    const meter = new CallMeter();
    const played = await playTape(tape, { policy: policyOf(policy), opus, observe: meter.output });
    calls.push(meter.figures(played.report));
    unknown += played.unknown;
  }
  const sum = (of: (call: CallFigures) => number) => String(calls.reduce((total, call) => total + of(call), 0));
  return [
    policy,
    sum(({ turns }) => turns),
    ...times(calls.flatMap(({ responsesMs }) => responsesMs)),
    sum(({ cutOffs }) => cutOffs),
    sum(({ bargeIns }) => bargeIns),
    sum(({ falseStops }) => falseStops),
    times(calls.flatMap(({ resumesMs }) => resumesMs))[1]!,
    String(unknown),
  ];
}

function times(ms: readonly number[]): [p50: string, p95: string] {
  const sorted = [...ms].sort((a, b) => a - b);
  const at = (percent: number) => (sorted.length === 0 ? "–" : String(Math.round(percentile(sorted, percent))));
  return [at(50), at(95)];
}

const HEADER = [
  "policy",
  "turns",
  "response p50",
  "p95 ms",
  "cut-offs",
  "barge-ins",
  "false stops",
  "resume p95 ms",
  "not on tape",
];

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { policy: { type: "string", multiple: true, default: [] }, help: { type: "boolean", default: false } },
  });
  const [folder] = positionals;
  if (values.help || folder === undefined) {
    console.log(HELP);
    return values.help ? 0 : 1;
  }
  const paths = tapesIn(folder);
  if (paths.length === 0) throw new Error(`no tapes (*${TAPE_SUFFIX}) in ${folder}: set SK_TAPE_DIR and call her`);
  if (values.policy.length === 0) return (await verify(paths)) ? 0 : 1;
  const tapes = paths.map(readTape).filter((tape) => tape !== undefined);
  const rows: string[][] = [];
  for (const policy of values.policy) rows.push(await measure(tapes, policy));
  console.log(`${tapes.length} calls\n${textTable(HEADER, rows)}`);
  return 0;
}

process.exit(
  await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }),
);
