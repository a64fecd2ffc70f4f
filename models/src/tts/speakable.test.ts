import { expect, test } from "bun:test";
import { speakable } from "./speakable.ts";

test.each([
  ["It’s ₹1,500 – or £20…", "It's 1,500 rupees, or 20 pounds..."],
  ["Café & Spa, 20% off", "Cafe and Spa, 20 percent off"],
  ["नमस्ते Priya", "Priya"],
  ["日本", ""],
])("%s", (text, expected) => {
  expect(speakable(text)).toBe(expected);
});
