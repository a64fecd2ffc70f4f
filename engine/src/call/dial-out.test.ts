import { expect, test } from "bun:test";
import { DialOut, type DialOutInput } from "./dial-out.ts";

function after(...inputs: (readonly [number, DialOutInput])[]) {
  const core = new DialOut(60_000);
  const out: string[] = [];
  for (const [now, input] of inputs) {
    core.handle(now, input);
    for (let output = core.poll(); output; output = core.poll()) {
      out.push(output.type === "failed" ? `failed:${output.failure.reason}` : output.type);
    }
  }
  return { out, state: core.state, deadline: core.deadline() };
}

const OPENED = [0, { type: "opened" }] as const;
const ANSWERED = [5000, { type: "answered" }] as const;

test("nobody answers for 45 s: cancelled and told", () => {
  expect(after(OPENED, [45_000, { type: "tick" }])).toEqual({
    out: ["dial", "end-leg", "failed:no_answer", "stop"],
    state: "over",
    deadline: Number.POSITIVE_INFINITY,
  });
  expect(after(OPENED, [44_999, { type: "tick" }]).state).toBe("calling");
});

test("an answered call is ended at its limit, once, and its BYE closes it", () => {
  const bye = { type: "ended", status: 0, detail: "hangup", by: "agent" } as const;
  expect(after(OPENED, ANSWERED, [65_000, { type: "tick" }], [65_001, { type: "tick" }], [65_100, bye]).out).toEqual([
    "dial",
    "start",
    "end-leg",
    "stop",
  ]);
});

test("what comes late changes nothing", () => {
  const { out } = after(OPENED, [10, { type: "hang-up" }], ANSWERED, [6000, { type: "rings" }]);
  expect(out).toEqual(["dial", "end-leg", "failed:cancelled", "stop"]);
});
