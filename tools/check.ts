/** `bun run check`: format, lint, types, tidy rules, all tests. Installs what is locked first, so it works on a fresh clone. */
import { join } from "node:path";

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

/** Streams the test run and counts its closing figures. */
async function runTests(index: number, count: number, filters: readonly string[]): Promise<number> {
  console.log(`[${index}/${count}] tests`);
  // By flag: Bun does not read a timeout from bunfig.toml, and 5 s, its own, are too few for some tests on a busy machine.
  const child = Bun.spawn([process.execPath, "test", "--timeout", "20000", ...filters], {
    cwd: ROOT,
    stdout: "inherit",
    stderr: "pipe",
  });
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of child.stderr) {
    process.stderr.write(chunk);
    text = (text + decoder.decode(chunk, { stream: true })).slice(-20_000);
  }
  const code = await child.exited;
  const figure = (word: string) => Number(new RegExp(`^\\s*(\\d+) ${word}$`, "m").exec(text)?.[1] ?? 0);
  const passed = figure("pass");
  const failed = figure("fail") + (code !== 0 && figure("fail") === 0 ? 1 : 0);
  console.log(`\n${passed} passed, ${failed} failed, ${figure("skip")} skipped`);
  return code;
}

const count = STEPS.length + 1;
for (const [index, step] of STEPS.entries()) await run(step, index + 1, count);
const code = await runTests(count, count, process.argv.slice(2));
console.log(
  code === 0
    ? "All good. Next: `bun run up`, then `bun run call`."
    : "Some tests failed; a failing seed is printed with its test.",
);
process.exit(code);
