/**
 * `bun run doctor`, `sk-voice doctor` in a container: asks engine and api what is right and wrong here. Exit status 1 when something fails; a warning alone
 * is 0. In a container name the half that runs there: `sk-voice doctor engine`.
 */
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");
const HALVES = { engine: "engine/src/io/doctor/main.ts", api: "api/src/cli/doctor.ts" } as const;
type Half = keyof typeof HALVES;

interface Finding {
  readonly level: "ok" | "warn" | "fail";
  readonly check: string;
  readonly detail: string;
  readonly fix?: string;
}

async function findings(half: Half): Promise<Finding[]> {
  const child = Bun.spawn([process.execPath, join(ROOT, HALVES[half])], { cwd: ROOT, stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  const lines = out.split("\n").filter((line) => line.startsWith('{"level":"'));
  const found = lines.map((line) => JSON.parse(line) as Finding);
  if ((await child.exited) === 0) return found;
  const detail = err.trim().split("\n").at(-1) ?? "ended without a word";
  return [...found, { level: "fail", check: half, detail, fix: "this is a fault of the doctor: tell its makers" }];
}

function print({ level, check, detail, fix }: Finding): void {
  console.log(`${level.toUpperCase().padEnd(5)} ${check.padEnd(18)} ${detail}`);
  if (fix !== undefined) console.log(`${" ".repeat(24)} → ${fix}`);
}

const asked = process.argv.slice(2).filter((name): name is Half => name in HALVES);
const halves = asked.length > 0 ? asked : (["engine", "api"] as const);
let all: Finding[] = [];
for (const half of halves) {
  const found = await findings(half);
  found.forEach(print);
  all = [...all, ...found];
}
const count = (level: Finding["level"]) => all.filter((finding) => finding.level === level).length;
console.log(`\n${count("ok")} right, ${count("warn")} to look at, ${count("fail")} wrong`);
process.exit(count("fail") > 0 ? 1 : 0);
