/** The caller speaks before she has finished: what was heard counts, and what had to be heard is said again. In text; now is Monday 23 November 2026, 10 am. */
import { expect, test } from "bun:test";
import { Conversation } from "../sim/conversation.ts";

async function after(...lines: readonly string[]): Promise<Conversation> {
  const conversation = new Conversation();
  for (const line of lines) await conversation.say(line);
  return conversation;
}

const WISH = ["haircut tomorrow at 3", "Priya"] as const;
const AGREED = [...WISH, "Yes.", "Yes."] as const;
const NEWS = "You're booked: haircut, Tuesday the 24th of November at 3 pm.";

test("a sentence continued before she was heard is read as one", async () => {
  const conversation = new Conversation();
  await conversation.say("I'd like to book");
  const heard = await conversation.addTo("a haircut tomorrow at 3 pm");
  expect(heard.text).toContain("Tuesday the 24th of November at 3 pm is free");
  await conversation.say("Priya");
  const number = await conversation.say("no");
  expect(number.expects).toBe("digits");
});

test("a yes to a read-back that was not heard books nothing: it is read again, once", async () => {
  const conversation = await after(...WISH);
  const first = await conversation.say("Yes.");
  expect(first.text).toContain("Shall I book it?");
  const again = await conversation.sayOver("Yes, please.", "So,");
  expect(again.text).toBe(first.text);
  expect(again.expects).toBe("yes-no");
  expect(conversation.suite.booked.length).toBe(0);
  expect((await conversation.sayOver("Yes, please.", "So,")).text).toContain("booked");
  expect(conversation.suite.booked.length).toBe(1);

  const other = await after(...WISH, "Yes.");
  await other.sayOver("Yes.", "So, haircut, Tuesday the 24th of November at 3 pm,");
  expect(other.suite.booked.length).toBe(1);
});

test("'yes, please' in two pieces: the rest of an answer is no answer to what she had begun to say", async () => {
  for (const rest of ["Please.", "Yes, please.", "Okay."]) {
    const conversation = await after(...AGREED);
    const again = await conversation.sayOver(rest, "I'm");
    expect([rest, again.text]).toEqual([rest, `${NEWS} Is there anything else I can help you with?`]);
    expect(again.expects).toBe("yes-no");
    expect(conversation.suite.booked.length).toBe(1);
  }
});

test("news that was talked over comes before the next answer, news that was heard does not", async () => {
  const over = await after(...AGREED);
  expect((await over.sayOver("Is there parking?", "I'm booking it now. You're booked:")).text).toStartWith(NEWS);
  const heard = await after(...AGREED);
  expect((await heard.sayOver("Is there parking?", `${NEWS} Is there`)).text).not.toContain("booked");
});

test("a tool's result that comes while the caller talks is not lost", async () => {
  const conversation = await after("haircut tomorrow at 3, this is Priya", "yes");
  const interrupted = await conversation.interruptedDuringTool("yes");
  expect(interrupted).toEqual(["book_appointment"]);
  const heard = await conversation.say("hello?");
  expect(heard.text).toContain(NEWS);
  await conversation.say("yes book it");
  expect(conversation.suite.booked).toHaveLength(1);
});

test("nor is it said twice when it came with the rest of an answer", async () => {
  const conversation = await after("haircut tomorrow at 3, this is Priya", "yes");
  await conversation.interruptedDuringTool("yes");
  const { text } = await conversation.say("please");
  expect(text.split(NEWS)).toHaveLength(2);
  expect(conversation.suite.booked).toHaveLength(1);
});
