import { describe, expect, test } from "bun:test";
import type { AgentSettings, CallLimits } from "@sk-voice/api/contract/index.ts";
import { SALON } from "../receptionist/sim/workspace.ts";
import { Quotas } from "./quotas.ts";

const NUMBER = "+914442001234";
const TO = `sip:${NUMBER}@198.51.100.1`;
/** 23:00 in Kolkata. */
const NOW = Date.parse("2026-11-26T17:30:00Z");
const HOUR_MS = 3_600_000;
const business = (limits: CallLimits, ofNumber?: CallLimits): AgentSettings => ({
  ...SALON,
  time_zone: "Asia/Kolkata",
  limits,
  profiles: [{ number: NUMBER, ...(ofNumber === undefined ? {} : { limits: ofNumber }) }],
});

/** Tries `count` calls; says what became of each. */
function calls(quotas: Quotas, agent: AgentSettings, count: number, { to = TO, now = NOW, first = 0 } = {}): string[] {
  return Array.from({ length: count }, (_, n) => {
    const excess = quotas.excess(agent, to, now);
    if (!excess) quotas.begin(`call-${first + n}`, agent, to, now);
    return excess?.limit ?? "taken";
  });
}

describe("calls at once", () => {
  test("the one above the limit is refused for 5 s and counted; when one ends there is room for one", () => {
    const quotas = new Quotas();
    const agent = business({ max_calls: 2 });
    expect(calls(quotas, agent, 3)).toEqual(["taken", "taken", "calls at once"]);
    expect(quotas.excess(agent, TO, NOW)).toEqual({ limit: "calls at once", retryAfterS: 5 });
    quotas.end("call-0");
    quotas.end("call-0");
    expect(calls(quotas, agent, 2, { first: 9 })).toEqual(["taken", "calls at once"]);
    expect(quotas.refused).toEqual({ "calls at once": 3, "calls today": 0 });
  });

  test("a busy number leaves the business's other numbers their room", () => {
    const quotas = new Quotas();
    const agent = business({ max_calls: 3 }, { max_calls: 1 });
    expect(calls(quotas, agent, 2)).toEqual(["taken", "calls at once"]);
    const other = { to: "sip:+914442009999@198.51.100.1", first: 5 };
    expect(calls(quotas, agent, 3, other)).toEqual(["taken", "taken", "calls at once"]);
  });

  test("no limits: everybody is taken", () => {
    expect(new Set(calls(new Quotas(), SALON, 500))).toEqual(new Set(["taken"]));
  });
});

describe("calls in a day", () => {
  const agent = business({ max_calls_per_day: 2 });

  test("ended calls count; midnight in the business's time zone gives a new day", () => {
    const quotas = new Quotas();
    expect(calls(quotas, agent, 1)).toEqual(["taken"]);
    quotas.end("call-0");
    expect(calls(quotas, agent, 2, { first: 1 })).toEqual(["taken", "calls today"]);
    expect(quotas.excess(agent, TO, NOW)?.retryAfterS).toBe(60);
    expect(calls(quotas, agent, 1, { now: NOW + HOUR_MS - 1 })).toEqual(["calls today"]);
    expect(calls(quotas, agent, 3, { now: NOW + HOUR_MS, first: 5 })).toEqual(["taken", "taken", "calls today"]);
  });

  test("a restart and a clock that steps back a day forget nothing", () => {
    const before = new Quotas();
    calls(before, agent, 2);
    const after = new Quotas(JSON.parse(JSON.stringify(before.today)));
    expect(calls(after, agent, 1)).toEqual(["calls today"]);
    expect(calls(after, agent, 1, { now: NOW - 24 * HOUR_MS })).toEqual(["calls today"]);
    expect(after.today).toEqual({ day: "2026-11-26", calls: { [SALON.workspace_id]: 2, [NUMBER]: 2 } });
  });

  test("a limit set at noon knows the morning's calls", () => {
    const quotas = new Quotas();
    calls(quotas, business({}), 5);
    expect(calls(quotas, agent, 1)).toEqual(["calls today"]);
  });
});
