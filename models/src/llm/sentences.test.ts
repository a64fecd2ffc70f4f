import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { SentenceSplitter } from "./sentences.ts";

function split(text: string, chunk = text.length || 1): string[] {
  const splitter = new SentenceSplitter();
  const out: string[] = [];
  for (let i = 0; i < text.length; i += chunk) out.push(...splitter.push(text.slice(i, i + chunk)));
  return [...out, ...splitter.flush()];
}

describe("sentence splitter", () => {
  const cases: [string, string[]][] = [
    ["Hello there. How can I help?", ["Hello there.", "How can I help?"]],
    [
      "Dr. Patel is free at 3.30 on Friday. Shall I book it?",
      ["Dr. Patel is free at 3.30 on Friday.", "Shall I book it?"],
    ],
    ["We open at 9 a.m. on Monday.", ["We open at 9 a.m. on Monday."]],
    ["We close at 5 p.m. Can you come at four?", ["We close at 5 p.m.", "Can you come at four?"]],
    ["That is with J. Smith. OK?", ["That is with J. Smith.", "OK?"]],
    ["Write to info@example.com. Thanks!", ["Write to info@example.com.", "Thanks!"]],
    ["नमस्ते। मैं आपकी कैसे मदद कर सकती हूँ?", ["नमस्ते।", "मैं आपकी कैसे मदद कर सकती हूँ?"]],
    ['She said "yes." Then she left.', ['She said "yes."', "Then she left."]],
    ["No. We are closed.", ["No.", "We are closed."]],
    ["Really?! Yes.", ["Really?!", "Yes."]],
    ["First line\nSecond line", ["First line", "Second line"]],
    ["Neither you nor I. Fine.", ["Neither you nor I.", "Fine."]],
  ];
  for (const [text, expected] of cases) {
    test(text, () => {
      expect(split(text)).toEqual(expected);
      expect(split(text, 1)).toEqual(expected);
    });
  }

  test("the first piece ends early at a clause boundary, later ones do not", () => {
    const text =
      "I can offer you a haircut with Maria tomorrow at three, or if you prefer on Friday. Otherwise we have several free places next week, mostly in the morning.";
    expect(split(text, 3)).toEqual([
      "I can offer you a haircut with Maria tomorrow at three,",
      "or if you prefer on Friday.",
      "Otherwise we have several free places next week, mostly in the morning.",
    ]);
  });

  test("a sentence is out as soon as the next character proves it ended", () => {
    const splitter = new SentenceSplitter();
    expect(splitter.push("It is open.")).toEqual([]);
    expect(splitter.push(" ")).toEqual(["It is open."]);
    expect(splitter.flush()).toEqual([]);
  });

  test("nothing is lost, added or reordered, whatever the chunks", () => {
    const text = fc.string({ unit: fc.constantFrom(..."aB .,!?।\n3Dr\"'é😀"), maxLength: 900 });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 50 }), (whole, chunk) => {
        const pieces = split(whole, chunk);
        expect(pieces.join("").replace(/\s/g, "")).toBe(whole.replace(/\s/g, ""));
        for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(900);
        for (const piece of pieces) expect(piece).toBe(piece.trim());
      }),
    );
  });

  test("a reply without any punctuation is cut at a space before the limit", () => {
    const pieces = split("word ".repeat(200), 7);
    for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(280);
    expect(pieces.join(" ")).toBe("word ".repeat(200).trim());
  });
});
