import { expect, test } from "bun:test";
import { languageOf } from "./language.ts";

test.each([
  ["I would like an appointment", ["en-IN", "hi-IN"], "en-IN"],
  ["मुझे कल का समय चाहिए", ["en-IN", "hi-IN"], "hi-IN"],
  ["mujhe kal appointment chahiye", ["en-IN", "hi-IN"], "hi-IN"],
  ["quiero una cita para mañana", ["en-US", "es-US"], "es-US"],
  ["எனக்கு நாளை நேரம் வேண்டும்", ["en", "ta", "hi"], "ta"],
  ["OK", ["en", "es"], undefined],
  ["quiero una cita", ["en", "hi"], undefined],
  ["anything at all", [], undefined],
] as const)("%s in %p is %p", (text, languages, expected) => {
  expect(languageOf(text, languages)).toBe(expected as never);
});
