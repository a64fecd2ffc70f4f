/** The house rules that a machine can check. A failure names the file, the line and what to do instead. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

const ROOT = join(import.meta.dir, "..");
const PACKAGES = ["media", "models", "engine", "api", "bench"] as const;
type Package = (typeof PACKAGES)[number];

/** Who may import whom. `api/contract` is checked apart. */
const MAY_IMPORT: Record<Package, readonly Package[]> = {
  media: [],
  models: ["media"],
  engine: ["media", "models"],
  api: [],
  bench: ["media", "models", "engine", "api"],
};

const IO_ONLY: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\(|\bnew Date\(\)/, "the wall clock"],
  [/\bperformance\.(now|timeOrigin)\b/, "the monotonic clock"],
  [/\bMath\.random\(|\brandomBytes\(|\brandomUUID\(|\bgetRandomValues\(/, "randomness"],
  [/\bset(Timeout|Interval|Immediate)\(/, "timers"],
  [/(?<![.\w])fetch\(/, "fetch"],
  [/\bnew Worker\(/, "threads"],
  [/\bBun\.(udpSocket|listen|connect|serve|spawn|file|write|sleep|nanoseconds)\b/, "Bun's io"],
  [/from "(node:)?(fs|fs\/promises|net|dgram|tls|http|https|child_process|worker_threads|os)"/, "node's io"],
  [/from "bun:(sqlite|ffi)"/, "Bun's io"],
];

const MAX_LINES = 400;
const MAX_TEST_LINES = 600;
const NEVER: readonly (readonly [RegExp, string])[] = [
  [/\b(TODO|FIXME|XXX)\b/, "finish it or open an issue"],
  [/@ts-(ignore|expect-error|nocheck)/, "fix the type"],
  [/biome-ignore/, "fix what the linter says"],
  [/\bas any\b|: any\b|<any>/, "use unknown and narrow it"],
  [/\b(test|it|describe)\.(only|todo)\b/, "run every test"],
  [/\.\.\/shared\b/, "the project stands alone"],
];

interface Source {
  readonly path: string;
  readonly lines: readonly string[];
}

function sources(): Source[] {
  const found: Source[] = [];
  for (const folder of [...PACKAGES, "tools"]) {
    for (const entry of readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })) {
      const path = relative(ROOT, join(entry.parentPath, entry.name));
      if (entry.isFile() && /\.tsx?$/.test(path) && !path.includes("node_modules")) {
        found.push({ path, lines: readFileSync(join(ROOT, path), "utf8").split("\n") });
      }
    }
  }
  return found;
}

const SOURCES = sources().filter(({ path }) => path !== "tools/tidy.test.ts");
const packageOf = (path: string) => PACKAGES.find((name) => path.startsWith(`${name}/`));
const isTest = (path: string) => /\.test\.tsx?$/.test(path) || /\/test\//.test(path) || path.startsWith("tools/");
const isComment = (line: string) => /^\s*(\*|\/\/|\/\*)/.test(line);

function offences(check: (source: Source, line: string, number: number) => string | undefined): string[] {
  return SOURCES.flatMap((source) =>
    source.lines.flatMap((line, index) => {
      const message = check(source, line, index + 1);
      return message === undefined ? [] : [`${source.path}:${index + 1}: ${message}`];
    }),
  );
}

const importedPath = (line: string) =>
  /\bfrom "([^"]+)"|\bimport\("([^"]+)"\)|^import "([^"]+)"/.exec(line)?.slice(1).find(Boolean);

test("packages import only in the direction media ← models ← engine; api alone", () => {
  const bad = offences(({ path }, line) => {
    const from = packageOf(path);
    const target = importedPath(line)?.match(/^@sk-voice\/(\w+)(\/.*)?$/);
    if (!from || !target || target[1] === from) return undefined;
    if (from === "engine" && target[1] === "api" && target[2]?.startsWith("/contract/")) return undefined;
    if (isTest(path) || path.includes("/sim/")) return undefined;
    return MAY_IMPORT[from].includes(target[1] as Package) ? undefined : `${from} must not import ${target[1]}`;
  });
  expect(bad).toEqual([]);
});

test("no package reaches into another by a relative path", () => {
  const bad = offences(({ path }, line) => {
    const target = importedPath(line);
    if (!target?.startsWith(".")) return undefined;
    const resolved = relative(ROOT, join(ROOT, path, "..", target));
    return packageOf(resolved) === packageOf(path) || isTest(path)
      ? undefined
      : `import ${target} through the package's name`;
  });
  expect(bad).toEqual([]);
});

test("only io/ touches sockets, timers, clock, randomness, files and fetch", () => {
  const pure = /^(media|models|engine)\/src\/(?!(.*\/)?(io|sim)\/)(?!main\.ts$)/;
  const bad = offences(({ path }, line) => {
    if (!pure.test(path) || isTest(path) || isComment(line)) return undefined;
    const found = IO_ONLY.find(([pattern]) => pattern.test(line));
    return found && `${found[1]} belongs in an io/ folder; take it as an argument here`;
  });
  expect(bad).toEqual([]);
});

test("sim/ is imported by tests, bench and sim alone", () => {
  const bad = offences(({ path }, line) => {
    const target = importedPath(line);
    if (!target?.includes("/sim/") || isTest(path) || path.includes("/sim/") || path.startsWith("bench/"))
      return undefined;
    return `${target} is for tests and bench`;
  });
  expect(bad).toEqual([]);
});

test("no line hides unfinished work", () => {
  const bad = offences((_, line) => {
    const found = NEVER.find(([pattern]) => pattern.test(line));
    return found && `"${found[0].exec(line)?.[0]}": ${found[1]}`;
  });
  expect(bad).toEqual([]);
});

test(`no file is longer than ${MAX_LINES} lines, no test longer than ${MAX_TEST_LINES}`, () => {
  const bad = SOURCES.filter(({ path, lines }) => lines.length > (isTest(path) ? MAX_TEST_LINES : MAX_LINES)).map(
    ({ path, lines }) => `${path}: ${lines.length} lines`,
  );
  expect(bad).toEqual([]);
});

test("every dependency has its line in docs/dependencies.md", () => {
  const listed = readFileSync(join(ROOT, "docs/dependencies.md"), "utf8");
  const missing = [".", ...PACKAGES].flatMap((folder) => {
    const manifest = JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8"));
    const names = Object.keys({
      ...manifest.dependencies,
      ...manifest.devDependencies,
      ...manifest.optionalDependencies,
    });
    return names.filter((name) => !name.startsWith("@sk-voice/") && !listed.includes(`\`${name}\``));
  });
  expect([...new Set(missing)]).toEqual([]);
});
