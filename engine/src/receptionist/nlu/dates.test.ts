import { expect, test } from "bun:test";
import fc from "fast-check";
import { NOW_EPOCH_MS, SALON } from "../sim/workspace.ts";
import { parseWhen, toEpochMs, type When } from "./dates.ts";

/** Now: Monday 23 November 2026, 10:00 in Chennai. Open Mon–Fri 9–18, Sat 10–14. */
function when(text: string, bare = false): When {
  return parseWhen(text, { nowEpochMs: NOW_EPOCH_MS, settings: SALON, bare });
}

/** `"2026-11-24 15:00"`, with `-` for what was not said. */
function point(text: string, bare = false): string {
  const { date, time } = when(text, bare);
  return `${date ?? "-"} ${time ?? "-"}`;
}

const POINTS: readonly (readonly [string, string])[] = [
  ["tomorrow at three pm", "2026-11-24 15:00"],
  ["tomorrow at three p m", "2026-11-24 15:00"],
  ["Tomorrow at 3 p.m., please.", "2026-11-24 15:00"],
  ["to morrow at 3pm", "2026-11-24 15:00"],
  ["tomorrow at three", "2026-11-24 15:00"],
  ["tomorrow at 3:30", "2026-11-24 15:30"],
  ["tomorrow at 3.30", "2026-11-24 15:30"],
  ["tomorrow at three thirty", "2026-11-24 15:30"],
  ["tomorrow three thirty pm", "2026-11-24 15:30"],
  ["tomorrow at half past two", "2026-11-24 14:30"],
  ["tomorrow at half two", "2026-11-24 14:30"],
  ["tomorrow at quarter to five", "2026-11-24 16:45"],
  ["tomorrow at a quarter past nine", "2026-11-24 09:15"],
  ["tomorrow at nine fifteen", "2026-11-24 09:15"],
  ["tomorrow at ten past four", "2026-11-24 16:10"],
  ["tomorrow at twenty to four", "2026-11-24 15:40"],
  ["tomorrow at twenty five past ten", "2026-11-24 10:25"],
  ["tomorrow at eleven oh five", "2026-11-24 11:05"],
  ["tomorrow at noon", "2026-11-24 12:00"],
  ["tomorrow at 12", "2026-11-24 12:00"],
  ["tomorrow at twelve thirty", "2026-11-24 12:30"],
  ["tomorrow at 15:00", "2026-11-24 15:00"],
  ["tomorrow at three o'clock", "2026-11-24 15:00"],
  ["tomorrow 4 o clock in the afternoon", "2026-11-24 16:00"],
  ["tomorrow at ten in the morning", "2026-11-24 10:00"],
  ["tomorrow morning at 9", "2026-11-24 09:00"],
  ["tomorrow evening at 5", "2026-11-24 17:00"],
  ["tomorrow evening at six", "2026-11-24 18:00"],
  ["three pm tomorrow", "2026-11-24 15:00"],
  ["today at five", "2026-11-23 17:00"],
  ["today at 5 30 in the evening", "2026-11-23 17:30"],
  ["this evening at half past five", "2026-11-23 17:30"],
  ["this afternoon at 4", "2026-11-23 16:00"],
  ["tonight at seven", "2026-11-23 19:00"],
  ["the day after tomorrow at eleven", "2026-11-25 11:00"],
  ["day after tomorrow at 2", "2026-11-25 14:00"],
  ["Friday at seven", "2026-11-27 07:00"],
  ["Friday at seven pm", "2026-11-27 19:00"],
  ["friday at ten", "2026-11-27 10:00"],
  ["on Tuesday at four", "2026-11-24 16:00"],
  ["next Tuesday at four", "2026-11-24 16:00"],
  ["next Monday at 9 am", "2026-11-30 09:00"],
  ["Monday at 9 am", "2026-11-30 09:00"],
  ["this Monday at 3", "2026-11-23 15:00"],
  ["coming Monday at 3", "2026-11-23 15:00"],
  ["this Friday at 3", "2026-11-27 15:00"],
  ["Friday next week at 3", "2026-12-04 15:00"],
  ["next week Wednesday at noon", "2026-12-02 12:00"],
  ["a week from Thursday at one", "2026-12-03 13:00"],
  ["Thursday week at one", "2026-12-03 13:00"],
  ["a week on Tuesday at 2 pm", "2026-12-01 14:00"],
  ["wensday at 11", "2026-11-25 11:00"],
  ["Tues day at 11", "2026-11-24 11:00"],
  ["Saturday at 11", "2026-11-28 11:00"],
  ["Saturday at one", "2026-11-28 13:00"],
  ["the fifteenth at two", "2026-12-15 14:00"],
  ["on the 30th at half past nine", "2026-11-30 09:30"],
  ["the twenty fourth at 3 pm", "2026-11-24 15:00"],
  ["the first of December at 10 am", "2026-12-01 10:00"],
  ["December first at ten", "2026-12-01 10:00"],
  ["3rd of December at 4 pm", "2026-12-03 16:00"],
  ["december the fifth at 11 am", "2026-12-05 11:00"],
  ["the twenty second of december at nine thirty", "2026-12-22 09:30"],
  ["10 December at 12 30", "2026-12-10 12:30"],
  ["november 25th at 10", "2026-11-25 10:00"],
  ["november 25 10 am", "2026-11-25 10:00"],
  ["on 5/12 at 3 pm", "2026-12-05 15:00"],
  ["January second at 3 pm", "2027-01-02 15:00"],
  ["the fifth of next month at 3", "2026-12-05 15:00"],
  ["in three days at 3 pm", "2026-11-26 15:00"],
  ["in two weeks at ten am", "2026-12-07 10:00"],
  ["in a week at 4 pm", "2026-11-30 16:00"],
  ["two days from now at noon", "2026-11-25 12:00"],
  ["no, Friday not Thursday", "2026-11-27 -"],
  ["not Thursday, Friday", "2026-11-27 -"],
  ["Thursday, no wait, Friday at 3", "2026-11-27 15:00"],
  ["Thursday at 3, sorry, I mean Friday", "2026-11-27 15:00"],
  ["Friday instead of Thursday", "2026-11-27 -"],
  ["actually make it 4 pm", "- 16:00"],
  ["no at five", "- 17:00"],
  ["around three", "- 15:00"],
  ["about half past three", "- 15:30"],
  ["at eight in the morning", "- 08:00"],
  ["at 8 pm", "- 20:00"],
  ["four thirty", "- 16:30"],
  ["I'd like to book a haircut for tomorrow at three pm, my name is Priya Raghavan", "2026-11-24 15:00"],
  ["Could I come at 10 a.m. on Thursday the 26th?", "2026-11-26 10:00"],
  ["tomorrow", "2026-11-24 -"],
  ["I am looking for a haircut", "- -"],
  ["one second please", "- -"],
  ["two people", "- -"],
  ["I have called three times", "- -"],
  ["just a minute", "- -"],
  ["how much is it for two kids", "- -"],
];

test("spoken times and days", () => {
  expect(POINTS.map(([text]) => [text, point(text)])).toEqual(POINTS.map(([text, expected]) => [text, expected]));
});

test("a number by itself is a time only when one was asked for", () => {
  expect(point("three")).toBe("- -");
  expect(point("three", true)).toBe("- 15:00");
  expect(point("ten", true)).toBe("- 10:00");
  expect(point("nine thirty works", true)).toBe("- 09:30");
  expect(point("the 4 pm one", true)).toBe("- 16:00");
});

const SPANS: readonly (readonly [string, When])[] = [
  ["tomorrow morning", { date: "2026-11-24", part: "morning" }],
  ["Friday afternoon", { date: "2026-11-27", part: "afternoon" }],
  ["in the evening", { part: "evening" }],
  ["this evening", { date: "2026-11-23", part: "evening" }],
  ["next week", { range: { from: "2026-11-30", to: "2026-12-06" } }],
  ["some time this week", { range: { from: "2026-11-23", to: "2026-11-29" } }],
  ["the weekend", { range: { from: "2026-11-28", to: "2026-11-29" } }],
  ["next month", { range: { from: "2026-12-01", to: "2026-12-31" } }],
  ["tomorrow after three", { date: "2026-11-24", window: { fromMinutes: 900, toMinutes: 1440 } }],
  ["tomorrow before noon", { date: "2026-11-24", window: { fromMinutes: 0, toMinutes: 720 } }],
  ["Friday between two and four pm", { date: "2026-11-27", window: { fromMinutes: 840, toMinutes: 960 } }],
  ["as soon as possible", { earliest: true }],
  ["the next available slot", { earliest: true }],
  ["any time tomorrow", { date: "2026-11-24", anyTime: true }],
  ["good morning", {}],
  ["good evening, can you help me", {}],
  ["", {}],
];

test("days, ranges and parts of the day", () => {
  for (const [text, expected] of SPANS) expect([text, when(text)]).toEqual([text, expected]);
});

test("a wall clock becomes an instant in the business's zone, across a clock change too", () => {
  expect(new Date(toEpochMs("2026-11-24", 15 * 60, "Asia/Kolkata")).toISOString()).toBe("2026-11-24T09:30:00.000Z");
  expect(new Date(toEpochMs("2026-03-07", 15 * 60, "America/New_York")).toISOString()).toBe("2026-03-07T20:00:00.000Z");
  expect(new Date(toEpochMs("2026-03-08", 15 * 60, "America/New_York")).toISOString()).toBe("2026-03-08T19:00:00.000Z");
});

test("any text gives a date that exists or none", () => {
  const word = fc.constantFrom(
    ..."next the a 31st 0 99 12:75 february week day after to past half quarter pm am/ friday not no in : +".split(" "),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(word).map((list) => list.join(" ")),
      ),
      fc.boolean(),
      (text, bare) => {
        const { date, time } = when(text, bare);
        if (date !== undefined) expect(Number.isNaN(toEpochMs(date, 0, "Asia/Kolkata"))).toBe(false);
        if (time !== undefined) expect(time).toMatch(/^([01]\d|2[0-3]):[0-5]\d$/);
      },
    ),
  );
});
