import { afterEach, describe, expect, test } from "bun:test";
import { bodyText, header, type SipRequest } from "../../src/sip/message.ts";
import { Bench, establish, invite, nothingLeft, OFFER, PEER, request, respond } from "./harness.ts";

afterEach(nothingLeft);

/** REFER (RFC 3515, 4488), Replaces (RFC 3891), 3xx, Retry-After and Reason (RFC 3326), in virtual time. */

function up(headers: string[] = []): {
  bench: Bench;
  toTag: string;
  refer: (more?: string[], cseq?: number) => string;
} {
  const bench = new Bench();
  const toTag = establish(bench, { headers });
  const refer = (more = ["Refer-To: <sip:agent@192.0.2.50>"], cseq = 2) =>
    request("REFER", { branch: `z9hG4bKrefer${cseq}`, toTag, cseq, headers: more });
  return { bench, toTag, refer };
}

/** Answers every request of ours that waits. */
function answerAll(bench: Bench, status = 200): SipRequest[] {
  const requests = bench.take().flatMap(({ message }) => (message.kind === "request" ? [message] : []));
  for (const each of requests) if (each.method !== "ACK") bench.receive(respond(each, status));
  return requests;
}

describe("REFER of the peer", () => {
  test("is handed over, accepted with 202 and a NOTIFY, and told until the final status", () => {
    const { bench, refer } = up();
    bench.receive(refer());
    expect(bench.events.at(-1)).toMatchObject({ kind: "refer", leg: 1, target: "sip:agent@192.0.2.50" });
    bench.input({ kind: "accept-refer", leg: 1 });
    bench.input({ kind: "notify-refer", leg: 1, status: 180 });
    bench.input({ kind: "notify-refer", leg: 1, status: 200 });
    bench.input({ kind: "notify-refer", leg: 1, status: 200 });
    const notifies = answerAll(bench);
    expect(notifies.map((each) => bodyText(each))).toEqual([
      "SIP/2.0 100 Trying\r\n",
      "SIP/2.0 180 Ringing\r\n",
      "SIP/2.0 200 OK\r\n",
    ]);
    expect(notifies.map((each) => header(each, "event"))).toEqual(["refer;id=2", "refer;id=2", "refer;id=2"]);
    expect(header(notifies[2]!, "subscription-state")).toBe("terminated;reason=noresource");
    expect(header(notifies[0]!, "content-type")).toBe("message/sipfrag;version=2.0");
  });

  test("an attended one says which dialog to replace", () => {
    const { bench, refer } = up();
    bench.receive(refer(["Refer-To: <sip:a@192.0.2.50?Replaces=abc%40x%3Bto-tag%3D1%3Bfrom-tag%3D2>"]));
    expect(bench.events.at(-1)).toMatchObject({ target: "sip:a@192.0.2.50", replaces: "abc@x;to-tag=1;from-tag=2" });
  });

  test("refused, malformed, a second one at once", () => {
    const { bench, refer } = up();
    bench.receive(refer(["Refer-To: <nonsense>"]));
    bench.receive(refer([], 3));
    bench.receive(refer(undefined, 4));
    bench.receive(refer(undefined, 5));
    bench.input({ kind: "reject-refer", leg: 1, status: 603 });
    expect(bench.takeSummary()).toEqual([400, 400, 500, 603]);
  });

  test("Refer-Sub: false brings no NOTIFY", () => {
    const { bench, refer } = up();
    bench.receive(refer(["Refer-To: <sip:a@192.0.2.50>", "Refer-Sub: false", "Require: norefersub"]));
    bench.input({ kind: "accept-refer", leg: 1 });
    bench.input({ kind: "notify-refer", leg: 1, status: 200 });
    expect(header(bench.lastResponse(), "refer-sub")).toBe("false");
    expect(bench.takeSummary()).toEqual([202]);
  });

  test("outside a call is forbidden: nobody makes us dial", () => {
    const bench = new Bench();
    bench.receive(request("REFER", { headers: ["Refer-To: <sip:+4790012345@192.0.2.50>"] }));
    expect([bench.takeSummary(), bench.events]).toEqual([[403], []]);
  });

  test("that is open when the call ends gets 487", () => {
    const { bench, refer, toTag } = up();
    bench.receive(refer());
    bench.receive(request("BYE", { branch: "z9hG4bKbye", toTag, cseq: 3 }));
    expect(bench.takeSummary()).toEqual([200, 487]);
  });
});

describe("REFER of ours", () => {
  const notify = (toTag: string, status: string, state: string, cseq: number) =>
    request("NOTIFY", {
      branch: `z9hG4bKn${cseq}`,
      toTag,
      cseq,
      headers: ["Event: refer", `Subscription-State: ${state}`],
      body: `SIP/2.0 ${status}\r\n`,
    }).replace("application/sdp", "message/sipfrag");

  test("says whom, and what the target answers is reported", () => {
    const { bench, toTag } = up();
    bench.input({ kind: "refer", leg: 1, target: "sip:+914422334455@192.0.2.1" });
    const sent = bench.lastRequest();
    expect([sent.method, header(sent, "refer-to")]).toEqual(["REFER", "<sip:+914422334455@192.0.2.1>"]);
    bench.receive(respond(sent, 202));
    bench.receive(notify(toTag, "100 Trying", "active;expires=60", 2));
    bench.receive(notify(toTag, "200 OK", "terminated;reason=noresource", 3));
    bench.receive(notify(toTag, "200 OK", "terminated", 4));
    expect(bench.events.slice(-3)).toEqual([
      { kind: "refer-result", leg: 1, status: 202 },
      { kind: "refer-progress", leg: 1, status: 100, isOver: false },
      { kind: "refer-progress", leg: 1, status: 200, isOver: true },
    ]);
    expect(bench.takeSummary()).toEqual(["REFER", 200, 200, 481]);
  });

  test("refused: the result says so, and another may follow", () => {
    const { bench } = up();
    bench.input({ kind: "refer", leg: 1, target: "sip:a@192.0.2.1" });
    bench.input({ kind: "refer", leg: 1, target: "sip:b@192.0.2.1" });
    bench.receive(respond(bench.lastRequest(), 405));
    bench.input({ kind: "refer", leg: 1, target: "sip:c@192.0.2.1" });
    expect(bench.events.slice(-2)).toEqual([
      { kind: "refer-result", leg: 1, status: 491 },
      { kind: "refer-result", leg: 1, status: 405 },
    ]);
    expect(bench.takeSummary()).toEqual(["REFER", "REFER"]);
  });

  test("NOTIFY of another event gets 489, without any REFER 481", () => {
    const { bench, toTag } = up();
    bench.receive(notify(toTag, "200 OK", "terminated", 2));
    bench.input({ kind: "refer", leg: 1, target: "sip:a@192.0.2.1" });
    bench.receive(notify(toTag, "200 OK", "active", 3).replace("Event: refer", "Event: presence"));
    expect(bench.takeSummary()).toEqual([481, "REFER", 489]);
  });
});

describe("Replaces", () => {
  const replacing = (value: string, callId = "second") =>
    invite({ callId, branch: `z9hG4bK${callId}`, fromTag: "consultant", headers: [`Replaces: ${value}`] });

  test("of a call that is up is a new call that names the old one", () => {
    const { bench, toTag } = up();
    bench.receive(replacing(`call-1@peer;to-tag=${toTag};from-tag=peer-tag`));
    expect(bench.events.at(-1)).toMatchObject({ kind: "incoming", leg: 2, replaces: 1 });
  });

  const refusals: [string, (toTag: string) => string, number][] = [
    ["of an unknown dialog", () => "call-9@peer;to-tag=a;from-tag=b", 481],
    ["early-only of a confirmed one", (tag) => `call-1@peer;to-tag=${tag};from-tag=peer-tag;early-only`, 486],
    ["that is malformed", () => "call-1@peer", 400],
    ["twice", (tag) => `call-1@peer;to-tag=${tag};from-tag=peer-tag, b;to-tag=1;from-tag=2`, 400],
  ];
  for (const [what, value, status] of refusals) {
    test(`${what}: ${status}`, () => {
      const { bench, toTag } = up();
      const before = bench.events.length;
      bench.receive(replacing(value(toTag)));
      expect([bench.lastResponse().status, bench.events.length]).toEqual([status, before]);
    });
  }

  test("of a call that only rings: 481", () => {
    const bench = new Bench();
    bench.receive(invite());
    bench.input({ kind: "ring", leg: 1 });
    const toTag = bench.lastResponse().to.params.get("tag");
    bench.receive(replacing(`call-1@peer;to-tag=${toTag};from-tag=peer-tag`));
    expect(bench.lastResponse().status).toBe(481);
  });
});

describe("what the peer says about the end", () => {
  function calling() {
    const bench = new Bench();
    const leg = bench.agent.allocateLeg();
    const uri = "sip:peer@192.0.2.1:5062";
    bench.input({ kind: "invite", leg, flow: PEER, uri, from: "sip:me@198.51.100.9", sdp: OFFER });
    return { bench, leg, sent: bench.lastRequest() };
  }

  test("302 names other targets and is not followed by itself", () => {
    const { bench, sent } = calling();
    const contact = "Contact: <sip:other@192.0.2.60>;q=0.9, <sip:third@192.0.2.61>";
    bench.receive(respond(sent, 302, { headers: [contact] }));
    expect(bench.events.at(-1)).toMatchObject({
      cause: "refused",
      status: 302,
      contacts: ["sip:other@192.0.2.60", "sip:third@192.0.2.61"],
    });
    expect(bench.takeSummary()).toEqual(["INVITE", "ACK"]);
  });

  test("503 with Retry-After", () => {
    const { bench, sent } = calling();
    bench.receive(respond(sent, 503, { headers: ["Retry-After: 120 (maintenance)"] }));
    expect(bench.events.at(-1)).toMatchObject({ status: 503, retryAfterS: 120 });
  });

  test("the Reason of a BYE and of a CANCEL", () => {
    const { bench, toTag } = up();
    const headers = ['Reason: Q.850;cause=16;text="Normal call clearing"'];
    bench.receive(request("BYE", { branch: "z9hG4bKbye", toTag, cseq: 2, headers }));
    const reason = { protocol: "Q.850", cause: 16, text: "Normal call clearing" };
    expect(bench.events.at(-1)).toMatchObject({ cause: "bye", reason });
    const cancelled = new Bench();
    cancelled.receive(invite());
    const elsewhere = ['Reason: SIP;cause=200;text="Call completed elsewhere"'];
    cancelled.receive(request("CANCEL", { headers: elsewhere }));
    expect(cancelled.events.at(-1)).toMatchObject({ cause: "cancelled", reason: { protocol: "SIP", cause: 200 } });
  });

  test("a Reason of ours goes out with BYE and CANCEL", () => {
    const headers = [{ name: "reason", value: 'SIP;cause=200;text="Call completed elsewhere"' }];
    const { bench } = up();
    bench.input({ kind: "hangup", leg: 1, headers });
    expect(header(bench.lastRequest(), "reason")).toBe(headers[0]!.value);
    const call = calling();
    call.bench.receive(respond(call.sent, 180));
    call.bench.input({ kind: "hangup", leg: call.leg, headers });
    expect(call.bench.lastRequest().method).toBe("CANCEL");
    expect(header(call.bench.lastRequest(), "reason")).toBe(headers[0]!.value);
  });
});
