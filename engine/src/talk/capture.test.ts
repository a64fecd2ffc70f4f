import { describe, expect, test } from "bun:test";
import { digitsIn, fuse } from "./capture.ts";
import { Keypad } from "./keypad.ts";

test("digits are counted however they are said", () => {
  expect(digitsIn("nine eight four five oh, double one")).toBe("9845011");
  expect(digitsIn("98450 12345")).toBe("9845012345");
  expect(digitsIn("no idea")).toBe("");
});

describe("words and keys are one answer", () => {
  test("half a number said, half of it pressed", () => {
    expect(fuse("digits", "nine eight four five zero", "12345")).toBe("9845012345");
    expect(fuse("digits", "", "42")).toBe("42");
  });

  test("1 is yes, 2 is no, and the second of the times offered", () => {
    expect(fuse("yes-no", "", "1")).toBe("yes");
    expect(fuse("yes-no", "well", "2")).toBe("no");
    expect(fuse("choice", "", "2")).toBe("the second one");
  });

  test("without keys the words are the answer", () => {
    expect(fuse("digits", "my number is nine", "")).toBe("my number is nine");
  });
});

test("* takes a key back, # ends", () => {
  const keypad = new Keypad();
  expect(keypad.press("98*7")).toBe(false);
  expect(keypad.keys).toBe("97");
  expect(keypad.press("#")).toBe(true);
  expect(keypad.keys).toBe("97");
  keypad.clear();
  expect(keypad.isEmpty).toBe(true);
});
