/**
 * `bun run vulnerabilities`: known vulnerabilities of everything in bun.lock, asked of the registry by `bun audit`. Exit status 1 for one that is high or critical.
 * `bun run check` prints what is found and never fails for it: neither an advisory of tonight nor a registry that is away makes yesterday's commit wrong.
 */
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");
const TIMEOUT_MS = 15_000;
const GRAVE = ["high", "critical"];

interface Advisory {
  readonly url: string;
  readonly title: string;
  readonly severity: string;
  readonly vulnerable_versions: string;
}

export interface Verdict {
  readonly state: "clean" | "vulnerable" | "not asked";
  /** One of them is high or critical. */
  readonly isGrave: boolean;
  /** An advisory each, or why there was no answer. */
  readonly lines: readonly string[];
}

/** `stdout`: advisories by package, as `bun audit --json` prints them. */
export function judge(stdout: string, stderr: string): Verdict {
  if (!stdout.trim().startsWith("{")) return notAsked(stderr.trim() || "no answer");
  const answer = JSON.parse(stdout) as Record<string, readonly Advisory[]>;
  if (!Object.values(answer).every(Array.isArray)) return notAsked("the registry's answer is none that is known");
  const found = Object.entries(answer).flatMap(([name, list]) => list.map((advisory) => ({ name, ...advisory })));
  return {
    state: found.length === 0 ? "clean" : "vulnerable",
    isGrave: found.some(({ severity }) => GRAVE.includes(severity)),
    lines: found.map(
      ({ name, severity, title, vulnerable_versions, url }) =>
        `${severity}: ${name} ${vulnerable_versions}: ${title} (${url})`,
    ),
  };
}

const notAsked = (why: string): Verdict => ({ state: "not asked", isGrave: false, lines: [why] });

/** Asks the registry that the environment or .npmrc names. */
export async function audit(env: Readonly<Record<string, string | undefined>> = process.env): Promise<Verdict> {
  const child = Bun.spawn([process.execPath, "audit", "--json"], {
    cwd: ROOT,
    env: { ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: TIMEOUT_MS,
  });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  await child.exited;
  const isLate = child.signalCode !== null;
  return judge(stdout, isLate ? `the registry did not answer within ${TIMEOUT_MS / 1000} s` : stderr);
}

export function describe({ state, lines }: Verdict): string {
  if (state === "clean") return "none known";
  if (state === "not asked") return `not asked: ${lines[0]}`;
  return [`${lines.length} known; update what is named, or override it in package.json`, ...lines].join("\n    ");
}

if (import.meta.main) {
  const verdict = await audit();
  console.log(`vulnerabilities: ${describe(verdict)}`);
  process.exit(verdict.isGrave ? 1 : 0);
}
