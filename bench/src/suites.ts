/** Finds the suites: every `bench/suites/*.bench.ts`. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { AnySuite } from "./suite.ts";

const FOLDER = join(import.meta.dir, "../suites");

export function suiteNames(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".bench.ts"))
    .map((file) => file.slice(0, -".bench.ts".length))
    .sort();
}

/** @throws Error listing the suites when `name` is none of them. */
export async function loadSuite(name: string): Promise<AnySuite> {
  if (!suiteNames().includes(name))
    throw new Error(`there is no suite "${name}"; there are: ${suiteNames().join(", ")}`);
  const module: { default: AnySuite } = await import(join(FOLDER, `${name}.bench.ts`));
  return module.default;
}
