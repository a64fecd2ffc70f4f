import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");

test("every threat in SECURITY.md names a test that exists", () => {
  const rows = readFileSync(join(ROOT, "SECURITY.md"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| threat"));
  expect(rows.length).toBeGreaterThan(10);
  for (const row of rows) {
    const named = [...(row.split("|")[3] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
    expect(named, row).not.toEqual([]);
    const missing = named.filter((name) => !name.startsWith("bun run ") && !existsSync(join(ROOT, name)));
    expect(missing, row).toEqual([]);
  }
});
