import { afterEach, describe, expect, test } from "bun:test";
import { header, type SipRequest } from "../../src/sip/message.ts";
import { Bench, establish, invite, nothingLeft, OFFER, PEER, parsed, request, respond } from "./harness.ts";

afterEach(nothingLeft);

/** Reliable provisionals (RFC 3262), UPDATE (RFC 3311), session timers (RFC 4028), glare, in virtual time. */

function offered(headers: string[] = [], options = {}): Bench {
  const bench = new Bench();
  bench.receive(invite({ headers, ...options }));
  bench.take();
  return bench;
}

function prack(bench: Bench, rack: string, cseq = 2): string {
  const toTag = bench.lastResponse().to.params.get("tag")!;
  return request("PRACK", { branch: `z9hG4bKprack${cseq}`, toTag, cseq, headers: [`RAck: ${rack}`] });
}

function calling(): { bench: Bench; leg: number; sent: SipRequest } {
  const bench = new Bench();
  const leg = bench.agent.allocateLeg();
  const uri = "sip:peer@192.0.2.1:5062";
  bench.input({ kind: "invite", leg, flow: PEER, uri, from: "sip:me@198.51.100.9", sdp: OFFER });
  return { bench, leg, sent: bench.lastRequest() };
}

const CONTACT = "Contact: <sip:peer@192.0.2.1:5062>";

/** A call of ours that is up; in-dialog requests of the peer come from `theirs`. */
function connected(headers: string[] = []) {
  const { bench, leg, sent } = calling();
  bench.receive(respond(sent, 200, { headers: [CONTACT, ...headers], body: "v=0\r\n" }));
  bench.take();
  const ids = { toTag: sent.from.params.get("tag")!, fromTag: "remote-tag", callId: sent.callId };
  const theirs = (method: string, cseq: number, more = {}) =>
    request(method, { ...ids, cseq, branch: `z9hG4bK${method}${cseq}`, ...more });
  return { bench, leg, theirs };
}

describe("reliable provisional responses, server", () => {
  test("183 with SDP is repeated at 0.5, 1.5, 3.5 s until its PRACK, and the 200 waits for it", () => {
    const bench = offered(["Supported: 100rel"]);
    const startedAt = bench.now;
    bench.input({ kind: "progress", leg: 1, sdp: OFFER });
    expect([header(bench.lastResponse(), "require"), header(bench.lastResponse(), "rseq")]).toEqual(["100rel", "1"]);
    bench.input({ kind: "answer", leg: 1, sdp: OFFER });
    bench.advance(4000);
    expect(bench.sent.map(({ at }) => at - startedAt)).toEqual([0, 500, 1500, 3500]);
    bench.receive(prack(bench, "1 1 INVITE"));
    expect(bench.takeSummary().slice(-2)).toEqual([200, 200]);
  });

  test("required: 180 is reliable too, and the next one waits for its PRACK", () => {
    const bench = offered(["Require: 100rel"]);
    bench.input({ kind: "ring", leg: 1 });
    bench.input({ kind: "progress", leg: 1, sdp: OFFER });
    expect(bench.sent.map(({ message }) => header(message, "rseq"))).toEqual(["1"]);
    bench.receive(prack(bench, "1 1 INVITE"));
    expect(header(bench.lastResponse(), "rseq")).toBe("2");
    expect(bench.takeSummary()).toEqual([180, 200, 183]);
  });

  test("only supported: a plain 180 stays plain", () => {
    const bench = offered(["Supported: 100rel"]);
    bench.input({ kind: "ring", leg: 1 });
    expect(header(bench.lastResponse(), "require")).toBeUndefined();
  });

  test("without the extension 183 carries the SDP once", () => {
    const bench = offered();
    bench.input({ kind: "progress", leg: 1, sdp: OFFER });
    bench.advance(5000);
    expect(bench.takeSummary()).toEqual([183]);
  });

  for (const rack of ["2 1 INVITE", "1 2 INVITE", "1 1 BYE", "nonsense"]) {
    test(`a PRACK of something else (${rack}) gets 481 and changes nothing`, () => {
      const bench = offered(["Require: 100rel"]);
      bench.input({ kind: "ring", leg: 1 });
      bench.receive(prack(bench, rack));
      bench.advance(600);
      expect(bench.takeSummary()).toEqual([180, 481, 180]);
    });
  }

  test("no PRACK in 32 s: 504 and the end", () => {
    const bench = offered(["Require: 100rel"]);
    bench.input({ kind: "ring", leg: 1 });
    bench.advance(33_000);
    expect(bench.takeSummary()).toContain(504);
    expect(bench.events.at(-1)).toMatchObject({ kind: "ended", cause: "no-ack" });
    bench.advance(40_000);
    expect([bench.agent.legCount, bench.agent.dialogCount, bench.agent.deadline()]).toEqual([0, 0, Infinity]);
  });

  test("CANCEL while one waits ends its repeats", () => {
    const bench = offered(["Require: 100rel"]);
    bench.input({ kind: "ring", leg: 1 });
    bench.receive(request("CANCEL"));
    bench.receive(request("ACK"));
    bench.take();
    bench.advance(10_000);
    expect(bench.takeSummary()).toEqual([]);
  });
});

describe("reliable provisional responses, client", () => {
  const reliable = (rseq: number) => ["Require: 100rel", `RSeq: ${rseq}`, CONTACT];

  test("PRACK goes out once for each, in order, and the 200's dialog goes on counting", () => {
    const { bench, leg, sent } = calling();
    bench.take();
    bench.receive(respond(sent, 183, { headers: reliable(7), body: OFFER }));
    expect(bench.lastRequest()).toMatchObject({ method: "PRACK", cseq: { number: 2 } });
    expect(header(bench.lastRequest(), "rack")).toBe("7 1 INVITE");
    bench.receive(respond(bench.lastRequest(), 200));
    bench.receive(respond(sent, 183, { headers: reliable(7), body: OFFER }));
    bench.receive(respond(sent, 180, { headers: reliable(9) }));
    bench.receive(respond(sent, 180, { headers: reliable(8) }));
    expect(bench.takeSummary()).toEqual(["PRACK", "PRACK"]);
    expect(bench.events.map(({ kind }) => kind)).toEqual(["ringing", "ringing"]);
    bench.receive(respond(sent, 200, { headers: [CONTACT], body: OFFER }));
    bench.input({ kind: "hangup", leg });
    expect(bench.lastRequest()).toMatchObject({ method: "BYE", cseq: { number: 4 } });
  });

  test("refused after it: no dialog is left", () => {
    const { bench, sent } = calling();
    bench.receive(respond(sent, 183, { headers: reliable(1), body: OFFER }));
    bench.receive(respond(bench.lastRequest(), 200));
    bench.receive(respond(sent, 486));
    expect([bench.agent.legCount, bench.agent.dialogCount]).toEqual([0, 0]);
  });

  test("UPDATE in the early session is an offer like any other", () => {
    const { bench, leg, sent } = calling();
    bench.receive(respond(sent, 183, { headers: reliable(1), body: OFFER }));
    const ids = { toTag: sent.from.params.get("tag")!, fromTag: "remote-tag", callId: sent.callId };
    bench.receive(request("UPDATE", { ...ids, cseq: 1, branch: "z9hG4bKup", body: OFFER }));
    expect(bench.events.at(-1)).toMatchObject({ kind: "reinvite", leg, sdp: OFFER });
    bench.input({ kind: "accept-reinvite", leg, sdp: OFFER });
    expect(bench.lastResponse()).toMatchObject({ status: 200, cseq: { method: "UPDATE" } });
  });
});

describe("UPDATE", () => {
  test("without SDP refreshes target and gets 200 at once", () => {
    const bench = new Bench();
    const toTag = establish(bench);
    const moved = { contact: "<sip:moved@192.0.2.77:5099>" };
    bench.receive(request("UPDATE", { branch: "z9hG4bKup", toTag, cseq: 2, ...moved }));
    expect(bench.takeSummary()).toEqual([200]);
    bench.input({ kind: "hangup", leg: 1 });
    expect(bench.lastRequest().uri).toBe("sip:moved@192.0.2.77:5099");
  });

  test("with an offer is answered without an ACK", () => {
    const bench = new Bench();
    const toTag = establish(bench);
    bench.receive(request("UPDATE", { branch: "z9hG4bKup", toTag, cseq: 2, body: OFFER }));
    bench.input({ kind: "accept-reinvite", leg: 1, sdp: OFFER });
    bench.advance(5000);
    expect(bench.takeSummary()).toEqual([200]);
  });

  test("with an offer before ours is answered gets 500, while our re-INVITE is open 491", () => {
    const early = offered();
    early.input({ kind: "ring", leg: 1 });
    const earlyTag = early.lastResponse().to.params.get("tag")!;
    early.receive(request("UPDATE", { branch: "z9hG4bKup", toTag: earlyTag, cseq: 2, body: OFFER }));
    expect(early.takeSummary()).toEqual([180, 500]);
    const bench = new Bench();
    const toTag = establish(bench);
    bench.input({ kind: "reinvite", leg: 1, sdp: OFFER });
    bench.receive(request("UPDATE", { branch: "z9hG4bKup", toTag, cseq: 2, body: OFFER }));
    expect(bench.takeSummary()).toEqual(["INVITE", 491]);
  });

  test("of an unknown dialog gets 481", () => {
    const bench = new Bench();
    bench.receive(request("UPDATE", { toTag: "nobody", cseq: 2 }));
    bench.receive(request("PRACK", { branch: "z9hG4bK2", callId: "other", cseq: 2 }));
    expect(bench.takeSummary()).toEqual([481, 481]);
  });
});

describe("glare", () => {
  test("491 to our re-INVITE: sent again after 2.1 to 4 s by the caller, within 2 s by the callee", () => {
    for (const isCaller of [true, false]) {
      const bench = isCaller ? connected().bench : new Bench();
      if (!isCaller) establish(bench);
      bench.input({ kind: "reinvite", leg: 1, sdp: OFFER });
      const first = bench.lastRequest();
      bench.receive(respond(first, 491));
      bench.take();
      const refusedAt = bench.now;
      bench.advance(4000);
      const again = bench.sent.find(({ message }) => message.kind === "request" && message.method === "INVITE")!;
      const waitedMs = again.at - refusedAt;
      expect(isCaller ? waitedMs >= 2100 && waitedMs <= 4000 : waitedMs >= 0 && waitedMs <= 2000).toBe(true);
      const repeated = parsed(again.bytes);
      if (repeated.kind === "request") bench.receive(respond(repeated, 200, { headers: [CONTACT], body: OFFER }));
      expect(bench.events.at(-1)).toMatchObject({ kind: "reinvite-result", status: 200 });
    }
  });

  test("a call that ends while it waits sends nothing more", () => {
    const { bench, theirs } = connected();
    bench.input({ kind: "reinvite", leg: 1, sdp: OFFER });
    bench.receive(respond(bench.lastRequest(), 491));
    bench.receive(theirs("BYE", 5));
    bench.take();
    bench.advance(40_000);
    expect([bench.takeSummary(), bench.agent.deadline()]).toEqual([[], Infinity]);
  });
});

describe("session timer", () => {
  test("too short: 422 with Min-SE", () => {
    const bench = offered(["Supported: timer", "Session-Expires: 60"]);
    bench.receive(invite({ branch: "z9hG4bK2", callId: "c2", headers: ["Supported: timer", "Session-Expires: 60"] }));
    expect([bench.lastResponse().status, header(bench.lastResponse(), "min-se")]).toEqual([422, "90"]);
  });

  test("the caller refreshes: silence ends the call with BYE and a Reason, a refresh does not", () => {
    const bench = new Bench();
    const timer = ["Supported: timer", "Session-Expires: 180"];
    const toTag = establish(bench, { headers: timer });
    bench.advance(147_000);
    bench.receive(request("UPDATE", { branch: "z9hG4bKup", toTag, cseq: 2, headers: timer }));
    expect(header(bench.lastResponse(), "session-expires")).toBe("180;refresher=uac");
    bench.take();
    bench.advance(147_000);
    expect(bench.takeSummary()).toEqual([]);
    bench.advance(2000);
    expect(header(bench.sent[0]!.message, "reason")).toBe('SIP;cause=408;text="Session expired"');
    expect(bench.events.at(-1)).toMatchObject({ kind: "ended", cause: "expired" });
  });

  test("the callee refreshes with UPDATE where the peer allows it, else with the same offer", () => {
    for (const allow of ["INVITE, ACK, BYE, UPDATE", "INVITE, ACK, BYE"]) {
      const bench = new Bench();
      const timer = ["Supported: timer", "Session-Expires: 180;refresher=uas", `Allow: ${allow}`];
      establish(bench, { headers: timer });
      bench.advance(90_500);
      const refresh = bench.lastRequest();
      const isUpdate = allow.includes("UPDATE");
      expect(refresh.method).toBe(isUpdate ? "UPDATE" : "INVITE");
      const headers = [CONTACT, "Session-Expires: 180;refresher=uac"];
      bench.receive(respond(refresh, 200, isUpdate ? { headers } : { headers, body: OFFER }));
      bench.take();
      bench.advance(89_000);
      expect(bench.takeSummary()).toEqual([]);
      bench.advance(2000);
      expect(bench.takeSummary().length).toBeGreaterThan(0);
    }
  });

  test("a refresh that is answered 481 ends the call; one that is never answered lets it expire", () => {
    const { bench } = connected(["Session-Expires: 180;refresher=uac", "Allow: UPDATE"]);
    bench.advance(90_500);
    bench.receive(respond(bench.lastRequest(), 481));
    expect(bench.events.at(-1)).toMatchObject({ kind: "ended", cause: "gone" });
    const silent = connected(["Session-Expires: 180;refresher=uac", "Allow: UPDATE"]).bench;
    silent.advance(150_000);
    expect(silent.events.at(-1)?.kind).toBe("ended");
    silent.advance(100_000);
    expect([silent.agent.legCount, silent.agent.transactionCount, silent.agent.deadline()]).toEqual([0, 0, Infinity]);
  });

  test("a peer without the extension is left alone", () => {
    const bench = new Bench();
    establish(bench);
    bench.advance(10_000_000);
    expect([bench.takeSummary(), bench.agent.legCount]).toEqual([[], 1]);
  });

  test("422 to our INVITE is followed by one that asks for longer", () => {
    const { bench, sent } = calling();
    bench.receive(respond(sent, 422, { headers: ["Min-SE: 600"] }));
    const again = bench.sent.findLast(
      ({ message }) => message.kind === "request" && message.method === "INVITE",
    )!.message;
    expect([header(again, "session-expires"), header(again, "min-se"), again.cseq.number]).toEqual(["600", "600", 2]);
  });
});
