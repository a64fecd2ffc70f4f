import { expect, test } from "bun:test";
import { bookingCaller, linesInOrder } from "./script.ts";

test("lines are said in order, then nothing", () => {
  const script = linesInOrder(["a", "b"]);
  expect([script.next("x"), script.next("y"), script.next("z")]).toEqual(["a", "b", undefined]);
});

test("the booking caller opens, answers what is asked, and leaves", () => {
  const caller = bookingCaller("I'd like an appointment.");
  expect(caller.next("Hello, this is Suki.")).toBe("I'd like an appointment.");
  expect(caller.next("I'm afraid 3 pm is not free. I have 2:30 or 3:30.")).toBe("The first one, please.");
  expect(caller.next("May I have your name?")).toBe("My name is Priya Raghavan.");
  expect(caller.next("Shall I use the number you are calling from?")).toBe("Yes, please.");
  expect(caller.next("Tuesday at 3 pm. Shall I book it?")).toBe("Yes, please.");
  expect(caller.next("Booked. Is there anything else?")).toBe("No, thank you. Goodbye.");
  expect(caller.next("Goodbye.")).toBeUndefined();
});

test("a conversation that goes nowhere ends", () => {
  const caller = bookingCaller("hello");
  let turns = 0;
  while (caller.next("mumble") !== undefined) turns++;
  expect(turns).toBeLessThanOrEqual(14);
});

test("what she has not heard is said again, and a call that is back at its beginning begins again", () => {
  const caller = bookingCaller("A haircut, please.");
  expect(caller.next("")).toBe("A haircut, please.");
  expect(caller.next("Hello, is anyone there? Who is calling, please?")).toBe("A haircut, please.");
  expect(caller.next("May I have your name, please?")).toBe("My name is Priya Raghavan.");
  expect(caller.next("Sorry, I didn't catch that. Could you say it again?")).toBe("My name is Priya Raghavan.");
  expect(caller.next("Can we reach you on the number you are calling from?")).toBe("Yes, please.");
  expect(caller.next("Can I help you with anything else?")).toBe("No, thank you. Goodbye.");
});
