import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Holiday, type Hours, WEEKDAYS } from "../contract/agent.ts";
import { isFree, openings } from "./openings.ts";

const everyDay = (...stretches: { from: string; to: string }[]) =>
  Object.fromEntries(WEEKDAYS.map((day) => [day, stretches])) as Hours;

function starts(timeZone: string, day: string, hours: Hours, durationMinutes = 30, holidays: Holiday[] = []): string[] {
  const fromMs = Date.parse(`${day}T00:00:00Z`) - 14 * 3600_000;
  const query = {
    timeZone,
    durationMinutes,
    stepMinutes: 30,
    resources: [{ name: "a", hours }],
    holidays,
    fromMs,
    toMs: fromMs + 52 * 3600_000,
  };
  const local = new Intl.DateTimeFormat("sv", { timeZone, dateStyle: "short", timeStyle: "short" });
  return [...openings(query)].map((opening) => local.format(opening.startMs)).filter((text) => text.startsWith(day));
}

describe("openings", () => {
  test("a day in Chennai, with a lunch break, ends before closing", () => {
    const hours = everyDay({ from: "09:00", to: "10:30" }, { from: "14:00", to: "15:00" });
    const clock = (times: string[]) => times.map((time) => `2026-11-24 ${time}`);
    expect(starts("Asia/Kolkata", "2026-11-24", hours)).toEqual(clock(["09:00", "09:30", "10:00", "14:00", "14:30"]));
    expect(starts("Asia/Kolkata", "2026-11-24", hours, 60)).toEqual(clock(["09:00", "09:30", "14:00"]));
  });

  test("the hour that summer time skips has none; the one that autumn repeats has one of each", () => {
    const night = everyDay({ from: "01:00", to: "04:00" });
    const spring = starts("Europe/Berlin", "2026-03-29", night);
    expect(spring).toEqual(["01:00", "01:30", "03:00", "03:30"].map((time) => `2026-03-29 ${time}`));
    const autumn = starts("Europe/Berlin", "2026-10-25", night);
    expect(autumn).toEqual([...new Set(autumn)]);
    expect(autumn).toHaveLength(6);
  });

  test("a closed day has none", () => {
    expect(starts("Asia/Kolkata", "2026-11-24", everyDay())).toEqual([]);
  });

  test("a holiday is closed, or has hours of its own", () => {
    const week = everyDay({ from: "09:00", to: "18:00" });
    const day = { date: "2026-11-24", name: "Founder's day", hours: [] as { from: string; to: string }[] };
    expect(starts("Asia/Kolkata", "2026-11-24", week, 30, [day])).toEqual([]);
    expect(starts("Asia/Kolkata", "2026-11-25", week, 30, [day])).toHaveLength(18);
    const short = { ...day, hours: [{ from: "10:00", to: "11:00" }] };
    expect(starts("Asia/Kolkata", "2026-11-24", week, 30, [short])).toEqual(["2026-11-24 10:00", "2026-11-24 10:30"]);
  });

  test("in any zone: in order, inside the range, of the right length", () => {
    const zones = fc.constantFrom(
      "Asia/Kolkata",
      "America/St_Johns",
      "Pacific/Apia",
      "Europe/London",
      "Asia/Kathmandu",
    );
    const time = fc.integer({ min: Date.parse("2026-01-01"), max: Date.parse("2027-01-01") });
    fc.assert(
      fc.property(
        zones,
        time,
        fc.integer({ min: 1, max: 72 }),
        fc.integer({ min: 5, max: 480 }),
        (timeZone, fromMs, hours, durationMinutes) => {
          const toMs = fromMs + hours * 3600_000;
          const list = everyDay({ from: "00:00", to: "12:00" }, { from: "13:15", to: "23:59" });
          const query = {
            timeZone,
            durationMinutes,
            stepMinutes: 15,
            resources: ["a", "b"].map((name) => ({ name, hours: list })),
            holidays: [],
            fromMs,
            toMs,
          };
          let last = 0;
          for (const opening of openings(query)) {
            expect(opening.startMs).toBeGreaterThanOrEqual(Math.max(fromMs, last));
            expect(opening.startMs).toBeLessThan(toMs);
            expect(opening.endMs - opening.startMs).toBe(durationMinutes * 60_000);
            last = opening.startMs;
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test("touching is free, overlapping is not, another resource does not matter", () => {
    const busy = [{ resource: "a", startMs: 100, endMs: 200 }];
    expect(isFree({ resource: "a", startMs: 0, endMs: 100 }, busy)).toBe(true);
    expect(isFree({ resource: "a", startMs: 200, endMs: 300 }, busy)).toBe(true);
    expect(isFree({ resource: "a", startMs: 150, endMs: 160 }, busy)).toBe(false);
    expect(isFree({ resource: "a", startMs: 50, endMs: 250 }, busy)).toBe(false);
    expect(isFree({ resource: "b", startMs: 50, endMs: 250 }, busy)).toBe(true);
  });
});
