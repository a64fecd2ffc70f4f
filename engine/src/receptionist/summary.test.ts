import { expect, test } from "bun:test";
import type { TranscriptLine } from "@sk-voice/api/contract/index.ts";
import type { ToolFact } from "./facts.ts";
import { summarise } from "./summary.ts";

const caller = (text: string): TranscriptLine => ({ speaker: "caller", text, start_ms: 0, end_ms: 1 });
const booked: ToolFact = {
  type: "booked",
  appointmentId: "apt_1",
  service: "Haircut",
  startsAt: "2026-11-24T09:30:00.000Z",
  says: "Tuesday the 24th of November at 3 pm",
};
const message: ToolFact = {
  type: "message-taken",
  message: { from_name: "Ravi", callback_number: null, subject: "Bill", body: "Please call back", urgency: "normal" },
};
const answered: ToolFact = { type: "answered", question: "do you have parking", knowledgeId: null };
const ended = (reason: "goodbye" | "wrong_number" | "spam" | "abuse"): ToolFact => ({ type: "ended", reason });

function tell(facts: readonly ToolFact[], texts: readonly string[] = [], fields: Record<string, string> = {}) {
  return summarise({ facts, lines: texts.map(caller), fields });
}

test("the outcome is the weightiest thing that happened", () => {
  const outcomes = [
    tell([answered, booked, message]),
    tell([answered, message, ended("goodbye")]),
    tell([answered, ended("goodbye")]),
    tell([ended("wrong_number")]),
    tell([ended("spam")]),
    tell([ended("wrong_number"), answered]),
    tell([{ type: "unanswered", question: "x" }]),
    tell([]),
  ].map(({ outcome }) => outcome);
  expect(outcomes).toEqual([
    "booked",
    "message_taken",
    "answered",
    "wrong_number",
    "wrong_number",
    "answered",
    "abandoned",
    "abandoned",
  ]);
});

test("the summary says who, what and when", () => {
  const named: ToolFact = { type: "field", name: "name", value: "Priya" };
  expect(tell([named, answered, booked, ended("goodbye")]).summary).toBe(
    "Priya asked “do you have parking” and was answered. Priya booked Haircut for Tuesday the 24th of November at 3 pm.",
  );
  expect(tell([message], [], { name: "Ravi" }).summary).toBe("Ravi left a message (Bill): “Please call back”");
  expect(tell([ended("wrong_number")]).summary).toBe("It was a wrong number.");
  expect(tell([], ["hello", "I'll call again"]).summary).toBe(
    "The caller left without booking or a message. Last words: “I'll call again”",
  );
  expect(tell([]).summary).toBe("The caller hung up without saying anything.");
});

test("a summary stays short whatever was said", () => {
  const question = "why ".repeat(2000);
  const facts = Array.from({ length: 50 }, (_, n): ToolFact => ({ type: "unanswered", question: question + n }));
  expect(tell(facts).summary.length).toBeLessThanOrEqual(1000);
});

test("sentiment: their words, and having to say them again", () => {
  const she = (text: string): TranscriptLine => ({ ...caller(text), speaker: "agent" });
  const feel = (...lines: TranscriptLine[]) => summarise({ facts: [], fields: {}, lines }).sentiment.label;
  expect(feel(caller("can I cancel my appointment"))).toBe("neutral");
  expect(feel(caller("great, thank you so much"))).toBe("positive");
  expect(feel(caller("this is ridiculous"))).toBe("frustrated");
  const again = caller("I want the blue one");
  expect(feel(again, she("Sorry, I didn't quite get that."), again, she("Sorry, I didn't quite get that."))).toBe(
    "negative",
  );
});
