import { expect, test } from "bun:test";
import { COLOUR, HAIRCUT, SALON } from "../sim/workspace.ts";
import { parseOwnerChange } from "./owner-change.ts";

const parse = (text: string) => parseOwnerChange(text, SALON.services);
const WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday"];

test("hours", () => {
  const cases: readonly (readonly [string, readonly string[], readonly (readonly [string, string])[]])[] = [
    ["On Saturday we open at ten and close at two", ["saturday"], [["10:00", "14:00"]]],
    ["we are open Monday to Friday from nine am to six pm", WEEK, [["09:00", "18:00"]]],
    ["weekdays nine to half past five", WEEK, [["09:00", "17:30"]]],
    [
      "on Tuesdays from nine to one and from two to seven",
      ["tuesday"],
      [
        ["09:00", "13:00"],
        ["14:00", "19:00"],
      ],
    ],
    ["we're closed on Sunday", ["sunday"], []],
    ["Friday evening five to nine", ["friday"], [["17:00", "21:00"]]],
    ["Saturday to Monday ten to four", ["monday", "saturday", "sunday"], [["10:00", "16:00"]]],
    ["every day from 8:30 am to 12 noon", [...WEEK, "saturday", "sunday"], [["08:30", "12:00"]]],
  ];
  for (const [text, days, hours] of cases) {
    expect([text, parse(text)]).toEqual([
      text,
      { type: "hours", days, hours: hours.map(([from, to]) => ({ from, to })) } as never,
    ]);
  }
});

test("prices", () => {
  expect(parse("the price of a haircut is now six hundred rupees")).toEqual({
    type: "price",
    service_id: HAIRCUT,
    amount: 600,
  });
  expect(parse("change the hair colour price from 2500 to 2750")).toEqual({
    type: "price",
    service_id: COLOUR,
    amount: 2750,
  });
});

test("notices", () => {
  expect(parse("please tell callers that we are closed on Friday for Pongal")).toEqual({
    type: "notice",
    text: "We are closed on Friday for Pongal.",
  });
  expect(parse("add a notice: the lift is out of order")).toEqual({
    type: "notice",
    text: "The lift is out of order.",
  });
});

test("what is not whole is asked again", () => {
  for (const text of [
    "",
    "hello",
    "we open at nine",
    "on Saturday at nine",
    "the price is 600",
    "haircuts",
    "Monday nine to",
  ]) {
    expect([text, parse(text)]).toEqual([text, undefined]);
  }
});
