import { afterEach, describe, expect, test } from "bun:test";
import { header, headerList } from "../../src/sip/message.ts";
import { Bench, invite, nothingLeft, OFFER, PEER, request, respond } from "./harness.ts";

afterEach(nothingLeft);

/** The client side against raw messages (RFC 3261), in virtual time. */

function calling(): { bench: Bench; leg: number } {
  const bench = new Bench();
  const leg = bench.agent.allocateLeg();
  bench.input({
    kind: "invite",
    leg,
    flow: PEER,
    uri: "sip:peer@192.0.2.1:5062",
    from: "sip:me@198.51.100.9",
    sdp: OFFER,
  });
  return { bench, leg };
}

const CONTACT = ["Contact: <sip:peer@192.0.2.1:5062>"];

function connected(headers = CONTACT): { bench: Bench; leg: number; ourTag: string; callId: string } {
  const { bench, leg } = calling();
  const sent = bench.lastRequest();
  bench.receive(respond(sent, 200, { headers, body: "v=0\r\n" }));
  return { bench, leg, ourTag: sent.from.params.get("tag")!, callId: sent.callId };
}

/** A request of the peer in a dialog that we started. */
function inDialog(method: string, ourTag: string, callId: string, branch: string, cseq: number): string {
  const options = { toTag: ourTag, fromTag: "remote-tag", callId, branch, cseq };
  return method === "INVITE" ? invite(options) : request(method, options);
}

describe("INVITE", () => {
  test("has all mandatory headers, a Contact and the offer", () => {
    const sent = calling().bench.lastRequest();
    expect(sent).toMatchObject({
      method: "INVITE",
      uri: "sip:peer@192.0.2.1:5062",
      cseq: { number: 1, method: "INVITE" },
    });
    expect(sent.vias[0]!.params.get("branch")).toStartWith("z9hG4bK");
    expect(sent.from.params.get("tag")).toBeDefined();
    expect(sent.to.params.has("tag")).toBe(false);
    expect(header(sent, "max-forwards")).toBe("70");
    expect(header(sent, "contact")).toBe("<sip:me@198.51.100.9:5060>");
    expect(new TextDecoder().decode(sent.body)).toBe(OFFER);
  });

  test("is repeated at 500, 1500, 3500 ms ... and given up after 32 s as 408", () => {
    const { bench, leg } = calling();
    const startedAt = bench.now;
    bench.take();
    bench.advance(40_000);
    expect(bench.take().map((sent) => sent.at - startedAt)).toEqual([500, 1500, 3500, 7500, 15_500, 31_500]);
    expect(bench.events).toEqual([{ kind: "ended", leg, cause: "refused", status: 408 }]);
    expect([bench.agent.legCount, bench.agent.transactionCount]).toEqual([0, 0]);
  });

  test("is no longer repeated after a 1xx, and 180 is reported", () => {
    const { bench, leg } = calling();
    const sent = bench.lastRequest();
    bench.receive(respond(sent, 100));
    bench.receive(respond(sent, 180));
    bench.take();
    bench.advance(100_000);
    expect(bench.take()).toEqual([]);
    expect(bench.events).toEqual([{ kind: "ringing", leg, status: 180, sdp: undefined }]);
    bench.advance(80_000);
    expect(bench.takeSummary()).toEqual(["CANCEL"]);
    expect(bench.events.at(-1)).toEqual({ kind: "ended", leg, cause: "refused", status: 408 });
  });

  test("answered: ACK at once, outside the transaction, and again for every repeat of the 200", () => {
    const { bench, leg } = calling();
    const sent = bench.lastRequest();
    const ok = respond(sent, 200, { headers: CONTACT, body: "v=0\r\n" });
    bench.take();
    bench.receive(ok);
    bench.receive(ok);
    const acks = bench.take();
    expect(acks.map(({ message }) => message.kind === "request" && message.method)).toEqual(["ACK", "ACK"]);
    expect(acks[0]!.bytes).toEqual(acks[1]!.bytes);
    expect(acks[0]!.message.vias[0]!.params.get("branch")).not.toBe(sent.vias[0]!.params.get("branch"));
    expect(acks[0]!.message.cseq.number).toBe(1);
    expect(bench.events).toMatchObject([{ kind: "answered", leg, sdp: "v=0\r\n" }]);
  });

  test("a second branch of a fork that answers gets ACK and BYE", () => {
    const { bench } = connected();
    const sent = bench.sent[0]!.message;
    bench.take();
    if (sent.kind === "request") bench.receive(respond(sent, 200, { tag: "other-branch", headers: CONTACT }));
    const [ack, bye] = bench.take().map(({ message }) => message);
    expect([ack, bye].map((each) => each?.kind === "request" && each.method)).toEqual(["ACK", "BYE"]);
    expect(bye!.to.params.get("tag")).toBe("other-branch");
  });

  test("refused: ACK in the transaction, again for repeats, and the status reported", () => {
    const { bench, leg } = calling();
    const sent = bench.lastRequest();
    bench.take();
    bench.receive(respond(sent, 486));
    bench.receive(respond(sent, 486));
    const acks = bench.take().map(({ message }) => message);
    expect(acks.length).toBe(2);
    expect(acks[0]!.vias[0]!.params.get("branch")).toBe(sent.vias[0]!.params.get("branch")!);
    expect(acks[0]!.to.params.get("tag")).toBe("remote-tag");
    expect(bench.events).toEqual([{ kind: "ended", leg, cause: "refused", status: 486 }]);
    bench.advance(33_000);
    expect(bench.agent.transactionCount).toBe(0);
  });

  test("a peer that cannot be reached is a refusal with 503", () => {
    const { bench, leg } = calling();
    bench.input({ kind: "unreachable", flow: PEER });
    expect(bench.events).toEqual([{ kind: "ended", leg, cause: "refused", status: 503 }]);
    expect([bench.agent.legCount, bench.agent.transactionCount]).toEqual([0, 0]);
  });

  test("a response with a second Via is not ours", () => {
    const { bench } = calling();
    const ok = respond(bench.lastRequest(), 200).replace("\r\nfrom:", "\r\nVia: SIP/2.0/UDP 192.0.2.5\r\nfrom:");
    bench.receive(ok);
    expect(bench.agent.counters.unmatched).toBe(1);
  });
});

describe("hangup before the answer", () => {
  test("waits for a 1xx, then sends CANCEL with the branch of the INVITE; 487 is acknowledged", () => {
    const { bench, leg } = calling();
    const sent = bench.lastRequest();
    bench.input({ kind: "hangup", leg });
    expect(bench.takeSummary()).toEqual(["INVITE"]);
    expect(bench.events).toEqual([{ kind: "ended", leg, cause: "hangup", status: 0 }]);
    bench.receive(respond(sent, 180));
    bench.receive(respond(sent, 180));
    const cancel = bench.lastRequest();
    expect(cancel).toMatchObject({ method: "CANCEL", uri: sent.uri, cseq: { number: 1, method: "CANCEL" } });
    expect(cancel.vias[0]!.text).toBe(sent.vias[0]!.text);
    expect(cancel.to.params.has("tag")).toBe(false);
    bench.receive(respond(cancel, 200));
    bench.receive(respond(sent, 487));
    expect(bench.takeSummary()).toEqual(["CANCEL", "ACK"]);
    expect(bench.agent.legCount).toBe(0);
    expect(bench.events.length).toBe(1);
  });

  test("an answer that crosses the CANCEL is acknowledged and ended with BYE", () => {
    const { bench, leg } = calling();
    const sent = bench.lastRequest();
    bench.receive(respond(sent, 180));
    bench.input({ kind: "hangup", leg });
    bench.receive(respond(sent, 200, { headers: CONTACT }));
    expect(bench.takeSummary()).toEqual(["INVITE", "CANCEL", "ACK", "BYE"]);
    expect(bench.events.map((event) => event.kind)).toEqual(["ringing", "ended"]);
  });

  test("a peer that never ends the INVITE is forgotten after 32 s", () => {
    const { bench, leg } = calling();
    bench.receive(respond(bench.lastRequest(), 180));
    bench.input({ kind: "hangup", leg });
    bench.advance(33_000);
    expect([bench.agent.legCount, bench.agent.transactionCount]).toEqual([0, 0]);
  });
});

describe("the established call", () => {
  test("our BYE follows the Record-Route backwards, with the next CSeq", () => {
    const { bench, leg } = connected([...CONTACT, "Record-Route: <sip:192.0.2.20;lr>, <sip:192.0.2.21;lr>"]);
    bench.input({ kind: "hangup", leg });
    const bye = bench.lastRequest();
    expect(bye).toMatchObject({ method: "BYE", cseq: { number: 2 }, uri: "sip:peer@192.0.2.1:5062" });
    expect(headerList(bye, "route")).toEqual(["<sip:192.0.2.21;lr>", "<sip:192.0.2.20;lr>"]);
    expect(bench.sent.at(-1)!.flow.address).toBe("192.0.2.21");
    bench.receive(respond(bye, 200));
    expect(bench.agent.legCount).toBe(0);
  });

  test("the peer's BYE ends it", () => {
    const { bench, leg, ourTag, callId } = connected();
    bench.take();
    bench.receive(inDialog("BYE", ourTag, callId, "z9hG4bKbye", 5));
    expect(bench.takeSummary()).toEqual([200]);
    expect(bench.events.at(-1)).toEqual({ kind: "ended", leg, cause: "bye", status: 0 });
  });

  test("our re-INVITE is acknowledged and its answer reported", () => {
    const { bench, leg } = connected();
    bench.input({ kind: "reinvite", leg, sdp: "v=0\r\na=hold\r\n" });
    const sent = bench.lastRequest();
    expect(sent).toMatchObject({ method: "INVITE", cseq: { number: 2 } });
    bench.receive(respond(sent, 200, { headers: ["Contact: <sip:moved@192.0.2.8>"], body: "v=0\r\n" }));
    expect(bench.lastRequest()).toMatchObject({ method: "ACK", uri: "sip:moved@192.0.2.8", cseq: { number: 2 } });
    expect(bench.events.at(-1)).toEqual({ kind: "reinvite-result", leg, status: 200, sdp: "v=0\r\n" });
  });

  test("our re-INVITE refused leaves the call, 481 ends it", () => {
    const { bench, leg } = connected();
    bench.input({ kind: "reinvite", leg, sdp: OFFER });
    bench.receive(respond(bench.lastRequest(), 488));
    expect(bench.events.at(-1)).toEqual({ kind: "reinvite-result", leg, status: 488, sdp: undefined });
    bench.input({ kind: "reinvite", leg, sdp: OFFER });
    bench.receive(respond(bench.lastRequest(), 481));
    expect(bench.events.at(-1)).toEqual({ kind: "ended", leg, cause: "gone", status: 0 });
  });

  test("the peer's re-INVITE is answered in a call that we made, too", () => {
    const { bench, leg, ourTag, callId } = connected();
    bench.take();
    bench.receive(inDialog("INVITE", ourTag, callId, "z9hG4bKre", 1));
    bench.input({ kind: "accept-reinvite", leg, sdp: OFFER });
    bench.receive(inDialog("ACK", ourTag, callId, "z9hG4bKreack", 1));
    expect(bench.takeSummary()).toEqual([100, 200]);
    expect(bench.events.at(-1)).toEqual({ kind: "reinvite-acked", leg, sdp: undefined });
  });
});
