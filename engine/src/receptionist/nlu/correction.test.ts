import { expect, test } from "bun:test";
import { hearWeekdays } from "./correction.ts";

test.each([
  ["No pridey, not thirsty.", "No friday, not thursday."],
  ["No, Friday, not Thursday.", "No, friday, not thursday."],
  ["no monday not sundae", "no monday not sunday"],
  ["No, tea, not coffee.", "No, tea, not coffee."],
  ["No, Priya, not Pria.", "No, Priya, not Pria."],
  ["I'm pridey, not thirsty.", "I'm pridey, not thirsty."],
])("%s", (text, heard) => {
  expect(hearWeekdays(text)).toBe(heard);
});
