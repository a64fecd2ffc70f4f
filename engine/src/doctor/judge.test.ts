import { expect, test } from "bun:test";
import { judgeAddress, judgeClock, judgeDisk, judgeRtpRange } from "./judge.ts";

test("a disk is judged by hours of calls and by its sync", () => {
  expect(judgeDisk("/data", 100e9, 2, 500)).toMatchObject({ level: "ok" });
  expect(judgeDisk("/data", 100e9, 2, 500).detail).toContain("1.7 h of 500 recorded calls");
  expect(judgeDisk("/data", 20e9, 2, 500).level).toBe("warn");
  expect(judgeDisk("/data", 20e9, 200, 10).fix).toContain("SSD");
  expect(judgeDisk("/data", 1e8, 2, 1).level).toBe("fail");
});

test("a clock may be two seconds off, not thirty", () => {
  expect(judgeClock("the database", -300)).toMatchObject({ level: "ok", detail: "300 ms behind the database" });
  expect(judgeClock("the database", 2500).level).toBe("warn");
  expect(judgeClock("the database", -31_000).level).toBe("fail");
});

test("the RTP range must hold the calls, be free, and be ours", () => {
  const range = { min: 20_000, max: 29_998, busy: 0, sampled: 50, system: [32_768, 60_999], maxCalls: 500 } as const;
  expect(judgeRtpRange(range).level).toBe("ok");
  expect(judgeRtpRange({ ...range, max: 20_098 }).level).toBe("fail");
  expect(judgeRtpRange({ ...range, busy: 1 }).level).toBe("warn");
  expect(judgeRtpRange({ ...range, min: 33_000, max: 40_000 }).fix).toContain("below the system's");
});

test("an address that callers cannot reach is said", () => {
  expect(judgeAddress("127.0.0.1", "", undefined, false).level).toBe("warn");
  expect(judgeAddress("0.0.0.0", "", undefined, true).fix).toContain("SK_EXTERNAL_ADDRESS");
  expect(judgeAddress("0.0.0.0", "203.0.113.7", "203.0.113.7", true).level).toBe("ok");
  expect(judgeAddress("0.0.0.0", "203.0.113.7", "203.0.113.8", true).level).toBe("fail");
});
