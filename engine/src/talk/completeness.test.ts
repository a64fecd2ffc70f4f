import { expect, test } from "bun:test";
import { type Completeness, completeness } from "./completeness.ts";

/** As the recogniser writes them: with a full stop or a question mark after half a sentence, too. */
const CASES: Readonly<Record<Completeness, readonly string[]>> = {
  dangling: [
    "I would like to book.",
    "Could you tell me?",
    "I am calling because.",
    "Please call me back on",
    "What is the price of?",
    "Can I bring?",
    "I think I left my.",
    "Can you tell her that?",
    "My name is.",
    "My husband has.",
    "How long does?",
    "Yes, but",
    "On Friday,",
    "appointment lena chahta hoon aur",
  ],
  telling: ["I was there last week.", "My phone number has changed.", "It started hurting yesterday."],
  whole: [
    "",
    "Yes, it is.",
    "I do.",
    "Tomorrow at three pm.",
    "What is it for?",
    "Who are you with?",
    "Call me.",
    "Hold on.",
    "I don't feel well, can you help me?",
    "I'd like to come in.",
    "I want to cancel.",
    "I would like to book a haircut.",
    "My order is late, please call me back.",
    "क्या आप खुले हैं?",
  ],
};

for (const [expected, texts] of Object.entries(CASES)) {
  for (const text of texts) {
    test(`${expected}: ${text || "(nothing)"}`, () => expect<string>(completeness(text)).toBe(expected));
  }
}
