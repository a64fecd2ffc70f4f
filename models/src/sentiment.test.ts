import { expect, test } from "bun:test";
import fc from "fast-check";
import { sentimentOf } from "./sentiment.ts";

const label = (...turns: string[]) => sentimentOf(turns).label;

test.each([
  "can I cancel my appointment",
  "I need an emergency plumber, there's a terrible leak",
  "No, Thursday doesn't work for me",
  "I have a horrible toothache",
  "What time do you close?",
  "Thanks, bye",
  "",
])("neutral: %s", (text) => {
  expect(label(text)).toBe("neutral");
});

test.each([
  "This is the third time I've called about this",
  "This is ridiculous",
  "Nobody called me back and I'm still waiting",
  "You're not listening to me",
  "I'm fed up with this, it's a complete waste of my time",
  "I already told you my number, this is so frustrating",
])("upset: %s", (text) => {
  expect(["negative", "frustrated"]).toContain(label(text));
});

test.each(["Perfect, thank you so much", "That's wonderful", "great, that works for me"])("pleased: %s", (text) => {
  expect(label(text)).toBe("positive");
});

test("being asked again and again frustrates without a word about it", () => {
  expect(sentimentOf(["Tuesday", "I said Tuesday"], { repeats: 2, rejections: 1, misunderstandings: 1 }).label).toBe(
    "frustrated",
  );
});

test("a call that ends well is not frustrated", () => {
  expect(label("this is ridiculous", "ok", "tuesday at three", "perfect, thank you so much")).toBe("positive");
});

test("the score stays within −1..1 and fits the label", () => {
  const words = fc.constantFrom("ridiculous", "perfect", "thank you", "third time i", "hello", "not", "useless");
  fc.assert(
    fc.property(fc.array(fc.array(words).map((list) => list.join(" "))), fc.nat(20), (turns, repeats) => {
      const { score, label } = sentimentOf(turns, { repeats, rejections: 0, misunderstandings: 0 });
      expect(Math.abs(score)).toBeLessThanOrEqual(1);
      expect(label === "positive").toBe(score >= 0.2);
    }),
  );
});
