import { describe, expect, test } from "bun:test";
import { Bench, establish, invite, PEER, request } from "../../test/sip/harness.ts";
import { Admissions } from "./admission.ts";
import { AllowList } from "./cidr.ts";
import { header } from "./message.ts";
import { TrunkConfig, TrunksConfig } from "./trunk-config.ts";

const STRANGER = { ...PEER, address: "192.0.3.1" };

function setUp(trunk: object = {}, maxCalls = 10) {
  const config = TrunkConfig.parse({ name: "carrier", allow: ["192.0.2.0/24", "2001:db8::/32"], ...trunk });
  const admissions = new Admissions({ trunks: [config], maxCalls, nonceSecret: "s" });
  return { admissions, bench: new Bench({ admit: admissions.judge }) };
}

function call(bench: Bench, n: number): number | string | undefined {
  bench.receive(invite({ branch: `z9hG4bK${n}`, callId: `call-${n}`, fromTag: `f${n}` }));
  return bench.takeSummary().at(-1);
}

describe("admission", () => {
  test("is silent to strangers and scanners, and counts them", () => {
    const { admissions, bench } = setUp();
    bench.receive(invite(), STRANGER);
    bench.receive(request("OPTIONS", { branch: "z9hG4bK2" }), STRANGER);
    bench.receive(invite({ branch: "z9hG4bK3", headers: ["User-Agent: friendly-scanner"] }));
    expect(bench.take()).toEqual([]);
    expect(admissions.counters).toMatchObject({ unknownSource: 2, scanner: 1, admitted: 0 });
    expect(bench.agent.counters.dropped).toBe(3);
    expect(bench.agent.transactionCount).toBe(0);
  });

  test("answers 503 with Retry-After above a trunk's limit and the total, exactly, and admits again after a call", () => {
    for (const [{ admissions, bench }, counter] of [
      [setUp({ maxCalls: 2 }), "overTrunkLimit"],
      [setUp({}, 2), "overTotalLimit"],
    ] as const) {
      const toTag = establish(bench, { callId: "first" });
      expect([call(bench, 1), call(bench, 2)]).toEqual([100, 503]);
      bench.receive(invite({ branch: "z9hG4bKagain", callId: "again", fromTag: "g" }));
      expect(header(bench.lastResponse(), "retry-after")).toBe("5");
      expect(admissions.counters[counter]).toBe(2);
      bench.receive(request("BYE", { callId: "first", toTag, cseq: 2, branch: "z9hG4bKbye" }));
      expect(call(bench, 3)).toBe(100);
      expect(admissions.callCount).toBe(2);
    }
  });

  test("gives the place back when no call comes of an INVITE", () => {
    const { admissions, bench } = setUp();
    bench.receive(invite({ headers: ["Require: magic"] }));
    bench.receive(invite({ branch: "z9hG4bK2", callId: "b", contact: "" }));
    expect(bench.takeSummary()).toEqual([420, 400]);
    expect(admissions.callCount).toBe(0);
  });

  test("limits the rate of new calls with a burst of twice that", () => {
    const { bench } = setUp({ maxCallsPerSecond: 2 }, 100);
    expect([1, 2, 3, 4, 5].map((n) => call(bench, n))).toEqual([100, 100, 100, 100, 503]);
    bench.advance(500);
    bench.take();
    expect([6, 7].map((n) => call(bench, n))).toEqual([100, 503]);
  });

  test("challenges callers of a trunk with digest, and lets a user agent with the password in, to the BYE", () => {
    const digest = { realm: "sk", username: "alice", password: "pw" };
    for (const [password, expected] of [
      ["pw", [401, 100]],
      ["wrong", [401, 403]],
    ] as const) {
      const { bench } = setUp({ digest });
      const caller = new Bench();
      const leg = caller.agent.allocateLeg();
      const credentials = { username: "alice", password };
      const [uri, from] = ["sip:suki@192.0.2.1", "sip:alice@x"];
      caller.input({ kind: "invite", leg, flow: PEER, uri, from, sdp: "v=0\r\n", credentials });
      const seen = exchange(caller, bench);
      expect(seen.filter((each) => typeof each === "number")).toEqual([...expected]);
      const incoming = bench.events.find((event) => event.kind === "incoming");
      expect(incoming !== undefined).toBe(password === "pw");
      if (incoming === undefined) {
        expect(caller.events).toEqual([{ kind: "ended", leg, cause: "refused", status: 403 }]);
        continue;
      }
      bench.input({ kind: "answer", leg: incoming.leg, sdp: "v=0\r\n" });
      exchange(caller, bench);
      caller.input({ kind: "hangup", leg });
      const bye = caller.lastRequest();
      expect([bye.method, bye.cseq.number]).toEqual(["BYE", 3]);
      expect(header(bye, "authorization")).toContain("nc=00000002");
    }
  });

  test("100,000 INVITEs of a stranger leave nothing behind", () => {
    const { admissions, bench } = setUp();
    let listened = 0;
    for (let n = 0; n < 100_000; n++) if (admissions.isExpected("198.51.100.77")) listened += 1;
    expect([listened, admissions.counters.unknownSource, bench.agent.transactionCount]).toEqual([0, 100_000, 0]);
  });
});

/** Carries messages between two user agents until both are quiet; returns what the second one sent. */
function exchange(caller: Bench, callee: Bench): (number | string)[] {
  const seen: (number | string)[] = [];
  for (let quiet = false; !quiet; ) {
    const out = caller.sent.slice();
    caller.take();
    for (const { bytes } of out) callee.input({ kind: "message", flow: PEER, bytes });
    const back = callee.take();
    for (const { message, bytes } of back) {
      seen.push(message.kind === "response" ? message.status : message.method);
      caller.input({ kind: "message", flow: PEER, bytes });
    }
    quiet = out.length === 0 && back.length === 0;
  }
  return seen;
}

describe("trunk configuration", () => {
  test("fills in defaults and refuses what is no network, a doubled name, no source at all", () => {
    expect(TrunkConfig.parse({ name: "a", allow: ["203.0.113.7"] })).toMatchObject({ srtp: "optional", maxCalls: 100 });
    for (const allow of [["203.0.113.0/33"], ["x"], ["::1/129"], ["1.2.3.4/5/6"], []]) {
      expect(TrunkConfig.safeParse({ name: "a", allow }).success).toBe(false);
    }
    const twice = { name: "a", allow: ["::1"] };
    expect(TrunksConfig.safeParse([twice, twice]).success).toBe(false);
  });

  test("an allow-list knows addresses and networks of both families", () => {
    const list = new AllowList(["203.0.113.0/25", "198.51.100.7", "2001:db8::/48", "::ffff:10.0.0.0/104"]);
    const known = ["203.0.113.127", "198.51.100.7", "2001:db8:0:ffff::1", "::ffff:10.1.2.3"];
    const unknown = [
      "203.0.113.128",
      "198.51.100.8",
      "2001:db8:1::1",
      "rubbish",
      "",
      "203.0.113.01",
      "1::2::3",
      "2001:db8:0:1:2:3:4:5:6",
      "::fffff",
    ];
    expect(known.filter((each) => !list.has(each))).toEqual([]);
    expect(unknown.filter((each) => list.has(each))).toEqual([]);
    expect(() => new AllowList(["1.2.3"])).toThrow(RangeError);
  });
});
