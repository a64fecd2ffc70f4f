/** `bun run check`: format, lint, types, tidy rules, known vulnerabilities, all tests. Installs what is locked first, so it works on a fresh clone. */
import { join } from "node:path";
import { audit, describe } from "./vulnerabilities.ts";

const ROOT = join(import.meta.dir, "..");
const bin = (name: string) => join(ROOT, "node_modules", ".bin", name);

interface Step {
  readonly title: string;
  readonly command: readonly string[];
  readonly fix: string;
}

const STEPS: readonly Step[] = [
  {
    title: "install",
    command: [process.execPath, "install", "--frozen-lockfile", "--silent"],
    fix: "check the network or run `bun install` to see more",
  },
  {
    title: "format and lint",
    command: [bin("biome"), "ci", "--colors=off", "--error-on-warnings", "."],
    fix: "`bunx biome check --write .` fixes most of it",
  },
  { title: "types", command: [bin("tsc"), "-p", "."], fix: "fix the types named above" },
  {
    title: "OpenAPI drift",
    command: [process.execPath, "api/src/openapi.ts", "--check"],
    fix: "`bun api/src/openapi.ts` writes api/openapi.gen.json anew",
  },
];

async function run(step: Step, index: number, count: number): Promise<void> {
  const startMs = performance.now();
  process.stdout.write(`[${index}/${count}] ${step.title} … `);
  const child = Bun.spawn([...step.command], {
    cwd: ROOT,
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, CI: "1" },
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  console.log(`${code === 0 ? "ok" : "FAILED"} (${((performance.now() - startMs) / 1000).toFixed(1)} s)`);
  if (code === 0) return;
  console.log(out + err);
  console.log(`${step.title} failed: ${step.fix}`);
  process.exit(1);
}

interface Tests {
  readonly code: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What keeps no clock runs on both cores at once; what makes real calls has the machine for itself. */
const TOGETHER = [
  ["./api", "./tools"],
  ["./engine", "./media", "./models", "./bench/src"],
];
const ALONE = ["./bench/test"];

/** One run of `bun test`. Its report is shown as it comes, or when it is over. */
async function runTests(filters: readonly string[], isShownAtOnce: boolean): Promise<Tests> {
  // By flag: Bun does not read a timeout from bunfig.toml, and 5 s, its own, are too few for some tests on a busy machine.
  const child = Bun.spawn([process.execPath, "test", "--timeout", "20000", ...filters], {
    cwd: ROOT,
    stdout: "inherit",
    stderr: "pipe",
  });
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of child.stderr) {
    if (isShownAtOnce) process.stderr.write(chunk);
    text += decoder.decode(chunk, { stream: true });
  }
  if (!isShownAtOnce) process.stderr.write(text);
  const code = await child.exited;
  const figure = (word: string) => Number(new RegExp(`^\\s*(\\d+) ${word}$`, "m").exec(text)?.[1] ?? 0);
  const failed = figure("fail") + (code !== 0 && figure("fail") === 0 ? 1 : 0);
  return { code, passed: figure("pass"), failed, skipped: figure("skip") };
}

async function runAllTests(): Promise<Tests[]> {
  const together = await Promise.all(TOGETHER.map((filters, index) => runTests(filters, index === 0)));
  return [...together, await runTests(ALONE, true)];
}

const count = STEPS.length + 2;
/** Asked beside the other steps, told after them; never a failure. */
const vulnerabilities = audit();
for (const [index, step] of STEPS.entries()) await run(step, index + 1, count);
console.log(`[${count - 1}/${count}] known vulnerabilities … ${describe(await vulnerabilities)}`);
console.log(`[${count}/${count}] tests`);
const filters = process.argv.slice(2);
const runs = filters.length > 0 ? [await runTests(filters, true)] : await runAllTests();
const sum = (figure: "passed" | "failed" | "skipped") => runs.reduce((total, run) => total + run[figure], 0);
console.log(`\n${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped`);
const code = runs.find((run) => run.code !== 0)?.code ?? 0;
console.log(
  code === 0
    ? "All good. Next: `bun run up`, then `bun run call`."
    : "Some tests failed; a failing seed is printed with its test.",
);
process.exit(code);
