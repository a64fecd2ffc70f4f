import { expect, test } from "bun:test";
import { CALL_ID, REPORT } from "../sim/outcome.ts";
import { spansOf } from "./spans.ts";
import { traceIdOf, traceparentOf } from "./trace-context.ts";

test("the trace is the call's ULID, the header is W3C's", () => {
  expect(traceIdOf(CALL_ID)).toBe("01934000000000000000000000000001");
  expect(traceparentOf(CALL_ID)).toMatch(/^00-01934000000000000000000000000001-[0-9a-f]{16}-01$/);
  expect(() => traceIdOf("cal_u")).toThrow("not a prefixed ULID");
});

test("a call, its turns and their parts follow one another without a gap; unmeasured has none", () => {
  const spans = spansOf(REPORT);
  expect(spans.map(({ name }) => name)).toEqual(["call", "turn", "endpointing", "stt", "llm", "tts", "engine"]);
  const [call, turn, ...parts] = spans;
  expect(turn?.parentSpanId).toBe(call?.spanId);
  let at = turn?.startEpochMs ?? 0;
  expect(at - (call?.startEpochMs ?? 0)).toBe(5000);
  for (const part of parts) {
    expect(part.parentSpanId).toBe(turn?.spanId);
    expect(part.startEpochMs).toBe(at);
    at = part.endEpochMs;
  }
  expect(at).toBe(turn?.endEpochMs ?? 0);
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
});

test("nothing personal", () => {
  expect(JSON.stringify(spansOf(REPORT))).not.toMatch(/98450|Priya|hello|suki/);
});
