/**
 * `bun tools/configuration.ts`: writes docs/configuration.md from the settings' own schemas: every variable, its default and what it does. Its test
 * compares the file with what this makes.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");
export const FILE = join(ROOT, "docs/configuration.md");

const SCHEMAS = [
  ["Engine", "engine/src/config.ts", "EngineConfig"],
  ["Api", "api/src/config.ts", "Environment"],
  ["Recordings (engine and api)", "api/src/contract/recordings/settings.ts", "RecordingSettings"],
] as const;

interface Variable {
  readonly name: string;
  readonly value: string;
  readonly meaning: string;
}

/** The entries of `const name = z.object({ … })` with the comment above each. */
function variables(path: string, schema: string): Variable[] {
  const source = readFileSync(join(ROOT, path), "utf8");
  const body = new RegExp(`const ${schema} = z\\.object\\(\\{\\n(.*?)\\n\\}\\);`, "s").exec(source)?.[1];
  if (body === undefined) throw new Error(`${path} has no ${schema} = z.object({ … }) any more`);
  const entry = /(?:^ {2}\/\*\* (.*?) \*\/\n)?^ {2}([A-Z][A-Z0-9_]*):([\s\S]*?)(?=^ {2}(?:[A-Z]|\/\*\*)|$(?![\s\S]))/gm;
  return [...body.matchAll(entry)].map(([, meaning = "", name = "", type = ""]) => ({
    name,
    value: defaultOf(type),
    meaning: meaning.replaceAll("|", "\\|"),
  }));
}

function defaultOf(type: string): string {
  const given = /\.default\("?(.*?)"?\),?\s*$/.exec(type.trim())?.[1];
  if (given !== undefined) return given === "" ? "empty" : `\`${given.replaceAll("_", "")}\``;
  return "–";
}

/** The providers' table stands above the code that reads it. */
function providers(): string {
  const source = readFileSync(join(ROOT, "models/src/io/providers.ts"), "utf8");
  const rows = source.split("\n").filter((line) => line.startsWith(" * |"));
  return rows.map((line) => line.slice(3).replace(/ {2,}/g, " ").replace(/-{4,}/g, "---")).join("\n");
}

export function configuration(): string {
  const sections = SCHEMAS.map(([title, path, schema]) => {
    const rows = variables(path, schema).map(({ name, value, meaning }) => `| \`${name}\` | ${value} | ${meaning} |`);
    return `## ${title}\n\nFrom [${path}](../${path}).\n\n| variable | default | what it does |\n|---|---|---|\n${rows.join("\n")}\n`;
  });
  return `# Configuration\n\nEverything is set by environment variables; \`bun run up\` needs none. Written by \`bun tools/configuration.ts\`; do not edit. \`bun run doctor\` says what is wrong with yours.\n\n${sections.join("\n")}\n## Models and providers\n\nFrom [models/src/io/providers.ts](../models/src/io/providers.ts).\n\n${providers()}\n`;
}

if (import.meta.main) writeFileSync(FILE, configuration());
