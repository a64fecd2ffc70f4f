import { expect, test } from "bun:test";
import fc from "fast-check";
import { CLINIC, SALON } from "./sim/workspace.ts";
import { sayDate, sayDay, sayHours, sayHoursOf, sayList, sayMoney, sayPhone, sayService, sayTime } from "./speak.ts";

test("times", () => {
  const said = ["00:00", "00:30", "09:00", "09:05", "11:45", "12:00", "12:15", "15:00", "23:59", "24:00"].map(sayTime);
  expect(said).toEqual([
    "midnight",
    "12:30 am",
    "9 am",
    "9:05 am",
    "11:45 am",
    "12 noon",
    "12:15 pm",
    "3 pm",
    "11:59 pm",
    "midnight",
  ]);
});

test("dates and days", () => {
  expect(sayDate("2026-11-24")).toBe("Tuesday the 24th of November");
  expect(
    ["2026-12-01", "2026-12-02", "2026-12-03", "2026-12-11", "2026-12-22"].map((date) => sayDate(date).split(" ")[2]),
  ).toEqual(["1st", "2nd", "3rd", "11th", "22nd"]);
  expect(sayDay("2026-11-23", "2026-11-23")).toBe("today");
  expect(sayDay("2026-11-24", "2026-11-23")).toBe("tomorrow, Tuesday the 24th of November");
  expect(sayDay("2026-11-25", "2026-11-23")).toBe("on Wednesday the 25th of November");
});

test("money, in the country's own groups", () => {
  const rupees = (amount: number) => sayMoney({ amount, currency: "INR" });
  expect([1, 500, 1250, 125_000, 10_000_000, 12_345_678].map(rupees)).toEqual([
    "1 rupee",
    "500 rupees",
    "1,250 rupees",
    "1 lakh 25 thousand rupees",
    "1 crore rupees",
    "1 crore 23 lakh 45 thousand 678 rupees",
  ]);
  expect(sayMoney({ amount: 89.5, currency: "USD" })).toBe("89 dollars and 50 cents");
  expect(sayMoney({ amount: 1_250_000, currency: "USD" })).toBe("1,250,000 dollars");
  expect(sayMoney({ amount: 3, currency: "XYZ" })).toBe("3 XYZ");
});

test("phone numbers, digit by digit in groups", () => {
  expect(sayPhone("+919884012345", "IN")).toBe("9 8 8 4 0, 1 2 3 4 5");
  expect(sayPhone("+12125550123", "US")).toBe("2 1 2, 5 5 5, 0 1 2 3");
  expect(sayPhone("+919884012345", "US")).toBe("plus 9 1, 9 8 8 4 0, 1 2 3 4 5");
  expect(sayPhone("98840", "IN")).toBe("9 8 8 4 0");
});

test("opening hours", () => {
  expect(sayHours(SALON.hours)).toBe(
    "We're open Monday to Friday from 9 am to 6 pm and Saturday from 10 am to 2 pm. We're closed on Sunday.",
  );
  const split = [
    { from: "09:00", to: "13:00" },
    { from: "14:00", to: "18:00" },
  ];
  expect(sayHoursOf({ ...SALON.hours, tuesday: split }, "2026-11-24", "2026-11-23")).toBe(
    "We're open tomorrow, Tuesday the 24th of November, from 9 am to 1 pm and from 2 pm to 6 pm.",
  );
  expect(sayHoursOf(SALON.hours, "2026-11-29", "2026-11-23")).toBe("We're closed on Sunday the 29th of November.");
  const closed = Object.fromEntries(Object.keys(SALON.hours).map((day) => [day, []])) as unknown as typeof SALON.hours;
  expect(sayHours(closed)).toBe("We're closed at the moment, all week.");
});

test("lists and services", () => {
  expect([sayList([], "or"), sayList(["a"], "or"), sayList(["a", "b"], "or"), sayList(["a", "b", "c"], "and")]).toEqual(
    ["", "a", "a or b", "a, b and c"],
  );
  expect(sayService(CLINIC.services[0]!)).toBe("Dental check-up takes 30 minutes and costs 89 dollars and 50 cents.");
  expect(sayService(SALON.services[2]!)).toBe("Consultation takes 30 minutes.");
});

test("no amount is said with more than its digits and words a voice knows", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2_000_000_000 }), (amount) => {
      expect(sayMoney({ amount, currency: "INR" })).toMatch(
        /^(?:\d{1,3}(?:,\d{3})?|(?:\d+ (?:crore|lakh|thousand) ?)+\d{0,3}) ?rupees?$/,
      );
    }),
  );
});
