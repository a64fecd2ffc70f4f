import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SALON } from "../receptionist/sim/workspace.ts";
import { createLog } from "./log.ts";
import { openQuotas } from "./quota-file.ts";

const NOW = Date.parse("2026-11-26T06:00:00Z");
const log = createLog({ level: "fatal" as "error", name: "test" });
const agent = { ...SALON, limits: { max_calls_per_day: 1 } };

test("a restart knows the day's calls; a broken file or a folder that is away keeps nobody from being answered", () => {
  const folder = mkdtempSync(join(tmpdir(), "sk-quota-"));
  const path = join(folder, "today.json");
  try {
    openQuotas(path, log).begin("call", agent, "", NOW);
    expect(JSON.parse(readFileSync(path, "utf8")).calls).toEqual({ [SALON.workspace_id]: 1 });
    expect(openQuotas(path, log).excess(agent, "", NOW)?.limit).toBe("calls today");
    writeFileSync(path, '{"day": 7');
    expect(openQuotas(path, log).excess(agent, "", NOW)).toBeUndefined();
    const nowhere = openQuotas(join(folder, "gone", "today.json"), log);
    nowhere.begin("call", agent, "", NOW);
    expect(nowhere.excess(agent, "", NOW)?.limit).toBe("calls today");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
