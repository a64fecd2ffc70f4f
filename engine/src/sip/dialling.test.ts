import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Dialling } from "./dialling.ts";
import { TrunkConfig } from "./trunk-config.ts";

const trunk = (name: string, allowedPrefixes: string[], more = {}) =>
  TrunkConfig.parse({
    name,
    allow: ["203.0.113.1"],
    outbound: { proxy: "sip:gw.example:5070;transport=tls", from: "+914400000000", allowedPrefixes, ...more },
  });

describe("what may be dialled", () => {
  const dialling = new Dialling([trunk("india", ["+91", "0"]), trunk("pbx", ["sip:200@10.0.0.5"])]);
  const cases: [string, boolean][] = [
    ["+914422334455", true],
    ["+91 44 2233-4455", true],
    ["tel:+914422334455", true],
    ["04422334455", true],
    ["+9", false],
    ["+4790012345", false],
    ["914422334455", false],
    ["sip:200@10.0.0.5", true],
    ["SIP:200@10.0.0.5", true],
    ["sip:201@10.0.0.5", false],
    ["sip:200@10.0.0.50", false],
    ["sip:+914422334455@evil.example", false],
    ["sip:200@10.0.0.5?Replaces=x", false],
    ["+91;phone-context=x", false],
    ["+9144\r\nRoute: x", false],
    ["", false],
  ];
  for (const [target, isAllowed] of cases) {
    test(`${JSON.stringify(target)}: ${isAllowed ? "yes" : "no"}`, () => {
      const plan = dialling.plan(0, target, undefined);
      expect(plan.kind).toBe(isAllowed ? "ok" : "forbidden");
      if (plan.kind === "ok") plan.release();
    });
  }

  test("there is room until a trunk's limit is reached, and again when a call has ended", () => {
    const one = new Dialling([trunk("india", ["+91"], { maxCalls: 1 })]);
    expect(new Dialling([]).hasRoom(0)).toBe(false);
    const plan = one.plan(0, "+914422334455", undefined);
    expect(one.hasRoom(0)).toBe(false);
    if (plan.kind === "ok") plan.release();
    expect(one.hasRoom(0)).toBe(true);
  });

  test("whatever is asked, a number dialled begins with an allowed prefix", () => {
    fc.assert(
      fc.property(fc.string(), (target) => {
        const plan = dialling.plan(0, target, undefined);
        if (plan.kind === "ok") {
          plan.release();
          expect(plan.uri).toMatch(/^sip:(\+91|0)\d+@gw\.example:5070$|^sip:200@10\.0\.0\.5$/i);
        }
      }),
    );
  });
});

describe("limits", () => {
  test("calls at once, and in an hour", () => {
    const dialling = new Dialling([trunk("a", ["+1"], { maxCalls: 2, maxCallsPerHour: 3 })]);
    const dial = (now: number) => dialling.plan(now, "+12015550123", undefined);
    const [first] = [dial(0), dial(0)];
    expect(dial(0).kind).toBe("forbidden");
    if (first?.kind === "ok") {
      first.release();
      first.release();
    }
    expect([dial(1000).kind, dialling.callCount]).toEqual(["ok", 2]);
    expect(dial(2000).kind).toBe("forbidden");
    expect(dial(3_700_000).kind).toBe("forbidden");
  });

  test("the preferred trunk first, another when it is at its limit or asks for a pause", () => {
    const dialling = new Dialling([trunk("a", ["+1"]), trunk("b", ["+1"], { maxCalls: 1 })]);
    const name = (now: number) => {
      const plan = dialling.plan(now, "+12015550123", "b");
      return plan.kind === "ok" ? plan.trunk.name : plan.kind;
    };
    expect([name(0), name(0)]).toEqual(["b", "a"]);
    dialling.unavailable(0, "a", 30);
    expect([name(1000), name(31_000)]).toEqual(["forbidden", "a"]);
  });
});
