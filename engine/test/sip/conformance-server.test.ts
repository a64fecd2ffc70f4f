import { afterEach, describe, expect, test } from "bun:test";
import { header, headerLines, headerList } from "../../src/sip/message.ts";
import { Bench, establish, invite, nothingLeft, OFFER, PEER, request } from "./harness.ts";

afterEach(nothingLeft);

/** The server side against raw messages (RFC 3261), in virtual time. */

function offered(options: Parameters<typeof invite>[0] = {}): Bench {
  const bench = new Bench();
  bench.receive(invite(options));
  return bench;
}

describe("INVITE", () => {
  test("gets 100 without a tag, then 180 and 200 with the same To tag, Contact and Allow", () => {
    const bench = offered();
    bench.input({ kind: "ring", leg: 1 });
    bench.input({ kind: "answer", leg: 1, sdp: "v=0\r\n" });
    const [trying, ringing, ok] = bench.take().map((sent) => sent.message);
    expect([trying, ringing, ok].map((each) => each?.kind === "response" && each.status)).toEqual([100, 180, 200]);
    expect(trying!.to.params.has("tag")).toBe(false);
    expect(ok!.to.params.get("tag")).toMatch(/^tok/);
    expect(ringing!.to.params.get("tag")).toBe(ok!.to.params.get("tag")!);
    expect(header(ok!, "contact")).toBe("<sip:suki@198.51.100.9:5060>");
    expect(header(ok!, "allow")).toContain("BYE");
    expect(header(ok!, "content-type")).toBe("application/sdp");
    expect(new TextDecoder().decode(ok!.body)).toBe("v=0\r\n");
  });

  test("hands the offer to the application, or nothing for a late offer", () => {
    expect(offered().events[0]).toMatchObject({ kind: "incoming", leg: 1, sdp: OFFER, flow: PEER });
    const late = offered({ body: "" });
    expect(late.events[0]).toMatchObject({ kind: "incoming", sdp: undefined });
    late.input({ kind: "answer", leg: 1, sdp: OFFER });
    const toTag = late.lastResponse().to.params.get("tag")!;
    late.receive(request("ACK", { branch: "z9hG4bKa", toTag, body: OFFER }));
    expect(late.events.at(-1)).toEqual({ kind: "acked", leg: 1, sdp: OFFER });
  });

  test("responses carry all Vias in order, from one line or several, and note received and rport in the first", () => {
    const bench = offered({
      vias: [
        "Via: SIP/2.0/UDP 10.0.0.7:5070;branch=z9hG4bKa;rport",
        "v: SIP/2.0/TCP proxy.example.com;branch=z9hG4bKb, SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bKc",
      ],
    });
    expect(headerLines(bench.lastResponse(), "via")).toEqual([
      "SIP/2.0/UDP 10.0.0.7:5070;branch=z9hG4bKa;rport=5062;received=192.0.2.1",
      "SIP/2.0/TCP proxy.example.com;branch=z9hG4bKb",
      "SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bKc",
    ]);
  });

  test("responses go to the source port with rport, to the sent-by port without", () => {
    const asked = offered({ vias: ["Via: SIP/2.0/UDP 192.0.2.1:5099;branch=z9hG4bKa;rport"] });
    expect(asked.sent[0]!.flow).toMatchObject({ address: "192.0.2.1", port: 5062 });
    const plain = offered({ vias: ["Via: SIP/2.0/UDP 10.0.0.1:5099;branch=z9hG4bKa"] });
    expect(plain.sent[0]!.flow).toMatchObject({ address: "192.0.2.1", port: 5099 });
    const noPort = offered({ vias: ["Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa"] });
    expect(noPort.sent[0]!.flow).toMatchObject({ address: "192.0.2.1", port: 5060 });
  });

  test("Record-Route is copied in order, and our BYE goes through it", () => {
    const bench = new Bench();
    const headers = [
      "Record-Route: <sip:192.0.2.20;lr>, <sip:192.0.2.21:5099;lr>",
      "Record-Route: <sip:192.0.2.22;lr>",
    ];
    bench.receive(invite({ headers }));
    bench.input({ kind: "answer", leg: 1, sdp: "v=0\r\n" });
    const routes = ["<sip:192.0.2.20;lr>", "<sip:192.0.2.21:5099;lr>", "<sip:192.0.2.22;lr>"];
    expect(headerList(bench.lastResponse(), "record-route")).toEqual(routes);
    const toTag = bench.lastResponse().to.params.get("tag")!;
    bench.receive(request("ACK", { branch: "z9hG4bKa", toTag }));
    bench.input({ kind: "hangup", leg: 1 });
    expect(headerList(bench.lastRequest(), "route")).toEqual(routes);
    expect(bench.lastRequest().uri).toBe("sip:peer@192.0.2.1:5062");
    expect(bench.sent.at(-1)!.flow).toMatchObject({ address: "192.0.2.20", port: 5060 });
  });

  test("a strict router gets itself as Request-URI and the target as last Route", () => {
    const bench = new Bench();
    establish(bench, { headers: ["Record-Route: <sip:192.0.2.30>, <sip:192.0.2.31;lr>"] });
    bench.input({ kind: "hangup", leg: 1 });
    expect(bench.lastRequest().uri).toBe("sip:192.0.2.30");
    expect(headerList(bench.lastRequest(), "route")).toEqual(["<sip:192.0.2.31;lr>", "<sip:peer@192.0.2.1:5062>"]);
    expect(bench.sent.at(-1)!.flow.address).toBe("192.0.2.30");
  });

  test("repeats are absorbed: before the answer the last 1xx again, after it nothing", () => {
    const bench = offered();
    bench.input({ kind: "ring", leg: 1 });
    bench.take();
    bench.receive(invite());
    expect(bench.takeSummary()).toEqual([180]);
    bench.input({ kind: "answer", leg: 1, sdp: "v=0\r\n" });
    bench.take();
    bench.receive(invite());
    expect(bench.takeSummary()).toEqual([]);
    expect(bench.events.length).toBe(1);
    expect(bench.agent.counters.retransmissionsAbsorbed).toBe(2);
  });

  test("the 200 is repeated after 500, 1000, 2000, 4000, 4000 ms until the ACK", () => {
    const bench = offered();
    bench.input({ kind: "answer", leg: 1, sdp: "v=0\r\n" });
    const answeredAt = bench.now;
    const toTag = bench.lastResponse().to.params.get("tag")!;
    bench.take();
    bench.advance(12_000);
    expect(bench.take().map((sent) => sent.at - answeredAt)).toEqual([500, 1500, 3500, 7500, 11_500]);
    bench.receive(request("ACK", { branch: "z9hG4bKa", toTag }));
    bench.advance(60_000);
    expect(bench.take()).toEqual([]);
    expect(bench.events.slice(1)).toEqual([{ kind: "acked", leg: 1, sdp: undefined }]);
  });

  test("a 200 that is never acknowledged ends in BYE after 32 s", () => {
    const bench = offered();
    bench.input({ kind: "answer", leg: 1, sdp: "v=0\r\n" });
    bench.advance(31_999);
    expect(bench.takeSummary()).not.toContain("BYE");
    bench.advance(1);
    expect(bench.takeSummary()).toEqual(["BYE"]);
    expect(bench.events.at(-1)).toEqual({ kind: "ended", leg: 1, cause: "no-ack", status: 0 });
  });

  test("a refusal is repeated until its ACK, at growing intervals", () => {
    const bench = offered();
    bench.input({ kind: "reject", leg: 1, status: 486 });
    bench.advance(3600);
    expect(bench.takeSummary()).toEqual([100, 486, 486, 486, 486]);
    bench.receive(request("ACK", { toTag: "any" }));
    bench.advance(40_000);
    expect(bench.takeSummary()).toEqual([]);
    expect(bench.events.at(-1)).toEqual({ kind: "ended", leg: 1, cause: "rejected", status: 486 });
    expect(bench.agent.legCount).toBe(0);
    expect(bench.agent.transactionCount).toBe(0);
  });

  test("hangup before the answer is 480", () => {
    const bench = offered();
    bench.input({ kind: "hangup", leg: 1 });
    expect(bench.takeSummary()).toEqual([100, 480]);
    expect(bench.events.at(-1)).toMatchObject({ kind: "ended", cause: "hangup" });
  });

  test("hangup between answer and ACK waits for the ACK before its BYE", () => {
    const bench = offered();
    bench.input({ kind: "answer", leg: 1, sdp: "v=0\r\n" });
    const toTag = bench.lastResponse().to.params.get("tag")!;
    bench.input({ kind: "hangup", leg: 1 });
    expect(bench.takeSummary()).toEqual([100, 200]);
    bench.receive(request("ACK", { branch: "z9hG4bKa", toTag }));
    expect(bench.takeSummary()).toEqual(["BYE"]);
    expect(bench.events.filter((event) => event.kind === "ended").length).toBe(1);
  });
});

describe("CANCEL", () => {
  test("gets 200, the INVITE 487 until its ACK", () => {
    const bench = offered();
    bench.take();
    bench.receive(request("CANCEL"));
    expect(
      bench.take().map(({ message }) => [message.kind === "response" && message.status, message.cseq.method]),
    ).toEqual([
      [200, "CANCEL"],
      [487, "INVITE"],
    ]);
    bench.advance(600);
    expect(bench.takeSummary()).toEqual([487]);
    bench.receive(request("ACK"));
    bench.advance(40_000);
    expect(bench.takeSummary()).toEqual([]);
    expect(bench.events.at(-1)).toEqual({ kind: "ended", leg: 1, cause: "cancelled", status: 0 });
  });

  test("after the answer gets 200 and changes nothing", () => {
    const bench = offered();
    bench.input({ kind: "answer", leg: 1, sdp: "v=0\r\n" });
    bench.take();
    bench.receive(request("CANCEL"));
    expect(bench.takeSummary()).toEqual([200]);
    expect(bench.events.length).toBe(1);
  });

  test("of an unknown INVITE gets 481", () => {
    const bench = new Bench();
    bench.receive(request("CANCEL"));
    expect(bench.takeSummary()).toEqual([481]);
  });
});

describe("BYE", () => {
  test("of the peer ends the call; its repeat gets the 200 again, another one 481", () => {
    const bench = new Bench();
    const toTag = establish(bench);
    const bye = request("BYE", { branch: "z9hG4bKbye", toTag, cseq: 2 });
    bench.receive(bye);
    bench.receive(bye);
    bench.receive(request("BYE", { branch: "z9hG4bKbye2", toTag, cseq: 3 }));
    expect(bench.takeSummary()).toEqual([200, 200, 481]);
    expect(bench.events.at(-1)).toEqual({ kind: "ended", leg: 1, cause: "bye", status: 0 });
    bench.advance(70_000);
    expect([bench.agent.legCount, bench.agent.transactionCount]).toEqual([0, 0]);
  });

  test("of ours is repeated until its answer", () => {
    const bench = new Bench();
    establish(bench);
    bench.input({ kind: "hangup", leg: 1 });
    bench.advance(1600);
    expect(bench.takeSummary()).toEqual(["BYE", "BYE", "BYE"]);
    bench.advance(70_000);
    expect(bench.agent.counters.timeouts).toBe(1);
    expect([bench.agent.legCount, bench.agent.transactionCount]).toEqual([0, 0]);
  });

  test("that crosses ours still gets 200", () => {
    const bench = new Bench();
    const toTag = establish(bench);
    bench.input({ kind: "hangup", leg: 1 });
    bench.receive(request("BYE", { branch: "z9hG4bKbye", toTag, cseq: 2 }));
    expect(bench.takeSummary()).toEqual(["BYE", 200]);
    expect(bench.events.filter((event) => event.kind === "ended").length).toBe(1);
  });

  test("in the early dialog gets 200 and 487 to the INVITE", () => {
    const bench = offered();
    bench.input({ kind: "ring", leg: 1 });
    const toTag = bench.lastResponse().to.params.get("tag")!;
    bench.take();
    bench.receive(request("BYE", { branch: "z9hG4bKbye", toTag, cseq: 2 }));
    expect(bench.takeSummary()).toEqual([200, 487]);
    expect(bench.events.at(-1)).toMatchObject({ kind: "ended", cause: "cancelled" });
  });

  test("goes back where the INVITE came from when the peer does not know its own address", () => {
    const bench = new Bench();
    establish(bench, {
      vias: ["Via: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bKnat;rport"],
      contact: "<sip:peer@10.0.0.5>",
    });
    bench.input({ kind: "hangup", leg: 1 });
    expect(bench.sent.at(-1)!.flow).toMatchObject({ address: "192.0.2.1", port: 5062 });
  });
});

describe("re-INVITE", () => {
  test("is handed over, answered, and its 200 repeated until the ACK", () => {
    const bench = new Bench();
    const toTag = establish(bench);
    bench.receive(invite({ branch: "z9hG4bKre", toTag, cseq: 2, contact: "<sip:moved@192.0.2.77:5099>" }));
    expect(bench.events.at(-1)).toEqual({ kind: "reinvite", leg: 1, sdp: OFFER });
    bench.input({ kind: "accept-reinvite", leg: 1, sdp: "v=0\r\n" });
    bench.advance(600);
    expect(bench.takeSummary()).toEqual([100, 200, 200]);
    bench.receive(request("ACK", { branch: "z9hG4bKreack", toTag, cseq: 2 }));
    expect(bench.events.at(-1)).toEqual({ kind: "reinvite-acked", leg: 1, sdp: undefined });
    bench.advance(5000);
    bench.input({ kind: "hangup", leg: 1 });
    expect(bench.lastRequest().uri).toBe("sip:moved@192.0.2.77:5099");
    expect(bench.sent.at(-1)!.flow).toMatchObject({ address: "192.0.2.77", port: 5099 });
  });

  test("refused leaves the call as it was", () => {
    const bench = new Bench();
    const toTag = establish(bench);
    bench.receive(invite({ branch: "z9hG4bKre", toTag, cseq: 2 }));
    bench.input({ kind: "reject-reinvite", leg: 1, status: 488 });
    expect(bench.takeSummary()).toEqual([100, 488]);
    expect(bench.agent.legCount).toBe(1);
  });

  test("while one is open gets 500 with Retry-After, while ours is open 491", () => {
    const bench = new Bench();
    const toTag = establish(bench);
    bench.receive(invite({ branch: "z9hG4bKr1", toTag, cseq: 2 }));
    bench.receive(invite({ branch: "z9hG4bKr2", toTag, cseq: 3 }));
    expect(header(bench.lastResponse(), "retry-after")).toBe("1");
    bench.input({ kind: "reject-reinvite", leg: 1, status: 488 });
    bench.input({ kind: "reinvite", leg: 1, sdp: OFFER });
    bench.receive(invite({ branch: "z9hG4bKr3", toTag, cseq: 4 }));
    expect(bench.takeSummary()).toEqual([100, 500, 488, "INVITE", 491]);
  });

  test("with a CSeq that is not higher gets 500", () => {
    const bench = new Bench();
    const toTag = establish(bench, { cseq: 10 });
    bench.receive(invite({ branch: "z9hG4bKre", toTag, cseq: 9 }));
    bench.receive(invite({ branch: "z9hG4bKre2", toTag, cseq: 10 }));
    expect(bench.takeSummary()).toEqual([500, 500]);
  });

  test("is not confirmed by a late ACK of the INVITE before it", () => {
    const bench = new Bench();
    const toTag = establish(bench);
    bench.receive(invite({ branch: "z9hG4bKre", toTag, cseq: 2 }));
    bench.input({ kind: "accept-reinvite", leg: 1, sdp: "v=0\r\n" });
    bench.receive(request("ACK", { branch: "z9hG4bKlate", toTag, cseq: 1 }));
    bench.advance(600);
    expect(bench.takeSummary()).toEqual([100, 200, 200]);
    expect(bench.events.at(-1)?.kind).toBe("reinvite");
  });

  test("that is open when the call ends, by either side, gets 487", () => {
    for (const isOurs of [true, false]) {
      const bench = new Bench();
      const toTag = establish(bench);
      bench.receive(invite({ branch: "z9hG4bKre", toTag, cseq: 2 }));
      if (isOurs) bench.input({ kind: "hangup", leg: 1 });
      else bench.receive(request("BYE", { branch: "z9hG4bKbye", toTag, cseq: 3 }));
      expect(bench.takeSummary()).toEqual(isOurs ? [100, 487, "BYE"] : [100, 200, 487]);
    }
  });

  test("that is cancelled gets 487, and the call goes on", () => {
    const bench = new Bench();
    const toTag = establish(bench);
    bench.receive(invite({ branch: "z9hG4bKre", toTag, cseq: 2 }));
    bench.receive(request("CANCEL", { branch: "z9hG4bKre", toTag, cseq: 2 }));
    bench.input({ kind: "accept-reinvite", leg: 1, sdp: "v=0\r\n" });
    expect(bench.takeSummary()).toEqual([100, 200, 487]);
    expect(bench.agent.legCount).toBe(1);
  });

  test("of an unknown dialog gets 481", () => {
    const bench = new Bench();
    bench.receive(invite({ toTag: "nobody" }));
    expect(bench.takeSummary()).toEqual([481]);
  });
});

describe("refusals", () => {
  const cases: [string, string, number, string?, RegExp?][] = [
    ["an unknown method", request("SUBSCRIBE"), 405, "allow", /INVITE, ACK, BYE/],
    ["a required extension", invite({ headers: ["Require: 100rel, foo"] }), 420, "unsupported", /^foo$/],
    ["another URI scheme", invite({ uri: "mailto:a@b.c" }), 416],
    ["a malformed SIP URI", invite({ uri: "sip:suki@[::1" }), 400],
    [
      "another body type",
      invite({ headers: ["Content-Type: text/plain"], body: "" }).replace(
        "Content-Length: 0\r\n\r\n",
        "Content-Length: 2\r\n\r\nhi",
      ),
      415,
      "accept",
      /sdp/,
    ],
    ["a compressed body", invite({ headers: ["Content-Encoding: gzip"] }), 415, "accept-encoding", /identity/],
    ["an INVITE without Contact", invite({ contact: "" }), 400],
    ["an INVITE with a broken Contact", invite({ contact: "<<<" }), 400],
    ["a CSeq of another method", invite({ cseqMethod: "BYE" }), 400],
    ["two Call-IDs", invite({ headers: ["Call-ID: second"] }), 400],
    ["another SIP version", invite().replace("SIP/2.0\r\n", "SIP/7.0\r\n"), 505],
    ["a body shorter than it says", invite().replace(/Content-Length: \d+/, "Content-Length: 9999"), 400],
    ["a BYE of no call", request("BYE"), 481],
  ];
  for (const [name, text, status, headerName, value] of cases) {
    test(`${name}: ${status}`, () => {
      const bench = new Bench();
      bench.receive(text);
      expect(bench.lastResponse().status).toBe(status);
      expect(bench.lastResponse().to.params.has("tag")).toBe(true);
      if (headerName !== undefined) expect(header(bench.lastResponse(), headerName)).toMatch(value!);
      expect(bench.events).toEqual([]);
    });
  }

  test("a request that came by two ways: 482", () => {
    const bench = offered();
    bench.take();
    bench.receive(invite({ branch: "z9hG4bKother" }));
    expect(bench.takeSummary()).toEqual([482]);
  });

  test("more calls than allowed: 503 with Retry-After", () => {
    const bench = new Bench({ maxLegs: 1 });
    bench.receive(invite());
    bench.receive(invite({ branch: "z9hG4bK2", callId: "call-2", fromTag: "b" }));
    expect(bench.lastResponse().status).toBe(503);
    expect(header(bench.lastResponse(), "retry-after")).toBe("5");
  });

  test("more transactions than allowed: 503 without keeping state", () => {
    const bench = new Bench({ maxTransactions: 1 });
    bench.receive(invite());
    bench.receive(request("OPTIONS", { branch: "z9hG4bK2", callId: "call-2" }));
    expect(bench.lastResponse().status).toBe(503);
    expect(bench.agent.transactionCount).toBe(1);
    expect(bench.agent.counters.overloaded).toBe(1);
  });

  test("while draining: 503 for new calls and OPTIONS, calls go on", () => {
    const bench = new Bench();
    const toTag = establish(bench);
    bench.input({ kind: "drain", on: true });
    bench.receive(invite({ branch: "z9hG4bK2", callId: "call-2" }));
    bench.receive(request("OPTIONS", { branch: "z9hG4bK3", callId: "call-3" }));
    bench.receive(request("BYE", { branch: "z9hG4bK4", toTag, cseq: 2 }));
    expect(bench.takeSummary()).toEqual([503, 503, 200]);
  });
});

describe("tolerance", () => {
  test("OPTIONS gets 200 with Allow and Accept, outside and inside a dialog", () => {
    const bench = new Bench();
    bench.receive(request("OPTIONS", { branch: "z9hG4bKo1", contact: "" }));
    expect(header(bench.lastResponse(), "allow")).toBe(
      "INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, UPDATE, REFER, NOTIFY",
    );
    expect(header(bench.lastResponse(), "accept")).toBe("application/sdp");
    const toTag = establish(bench);
    bench.receive(request("OPTIONS", { branch: "z9hG4bKo2", toTag, cseq: 2 }));
    expect(bench.takeSummary()).toEqual([200]);
  });

  test("tel: and sips: Request-URIs are taken", () => {
    for (const uri of ["tel:+15550100", "sips:suki@198.51.100.9"])
      expect(offered({ uri }).events[0]?.kind).toBe("incoming");
  });

  test("compact headers, folded lines and bare LF are read", () => {
    const bench = new Bench();
    const lines = [
      "INVITE sip:suki@198.51.100.9 SIP/2.0",
      "v: SIP/2.0/UDP 192.0.2.1:5062",
      "  ;branch=z9hG4bKcompact",
      "f: sip:peer@example.com;tag=a",
      "t: sip:suki@example.com",
      "i: compact",
      "CSeq: 1",
      " INVITE",
      "m: sip:peer@192.0.2.1",
      "k: timer",
      "l: 0",
      "",
      "",
    ];
    bench.receive(lines.join("\n"));
    expect(bench.events[0]?.kind).toBe("incoming");
    expect(bench.lastResponse().vias[0]!.params.get("branch")).toBe("z9hG4bKcompact");
  });

  test("a client of RFC 2543 (no magic cookie) is served and its repeats absorbed", () => {
    const bench = new Bench();
    const old = { vias: ["Via: SIP/2.0/UDP 192.0.2.1:5062"] };
    bench.receive(invite(old));
    bench.receive(invite(old));
    expect(bench.takeSummary()).toEqual([100, 100]);
    bench.input({ kind: "reject", leg: 1, status: 486 });
    bench.receive(request("ACK", { ...old, toTag: "x" }));
    bench.advance(10_000);
    expect(bench.takeSummary()).toEqual([486]);
  });

  test("rubbish, stray responses and stray ACKs are counted and not answered", () => {
    const bench = new Bench();
    bench.receive("hello");
    bench.receive("\r\n\r\n");
    bench.receive(request("ACK", { toTag: "x" }));
    bench.receive(`SIP/2.0 200 OK\r\n${invite().split("\r\n").slice(1).join("\r\n")}`);
    expect(bench.take()).toEqual([]);
    expect(bench.agent.counters).toMatchObject({ malformed: 2, unmatched: 2 });
  });

  test("over TCP nothing is repeated but the 200, and finished transactions go at once", () => {
    const flow = { ...PEER, transport: "tcp" as const, connectionId: 7 };
    const bench = new Bench();
    bench.receive(invite(), flow);
    bench.input({ kind: "reject", leg: 1, status: 486 });
    bench.advance(5000);
    expect(bench.takeSummary()).toEqual([100, 486]);
    bench.receive(request("ACK"), flow);
    bench.advance(0);
    expect(bench.agent.transactionCount).toBe(0);
  });

  test("our BYE uses the open connection, or a new one when the peer's Contact is elsewhere", () => {
    const flow = { ...PEER, transport: "tcp" as const, connectionId: 7, port: 33_333 };
    const same = new Bench();
    same.receive(invite({ contact: "<sip:peer@192.0.2.1:5062;transport=tcp>" }), flow);
    same.input({ kind: "answer", leg: 1, sdp: "v=0\r\n" });
    const tag = same.lastResponse().to.params.get("tag")!;
    same.receive(request("ACK", { branch: "z9hG4bKa", toTag: tag }), flow);
    same.input({ kind: "hangup", leg: 1 });
    expect(same.sent.at(-1)!.flow).toMatchObject({ connectionId: 7, port: 33_333 });
    const elsewhere = new Bench();
    elsewhere.receive(
      invite({ vias: ["Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKt"], contact: "<sip:peer@192.0.2.9;transport=tcp>" }),
      flow,
    );
    elsewhere.input({ kind: "answer", leg: 1, sdp: "v=0\r\n" });
    const otherTag = elsewhere.lastResponse().to.params.get("tag")!;
    elsewhere.receive(request("ACK", { branch: "z9hG4bKa", toTag: otherTag }), flow);
    elsewhere.input({ kind: "hangup", leg: 1 });
    expect(elsewhere.sent.at(-1)!.flow).toMatchObject({ connectionId: 0, address: "192.0.2.9", port: 5060 });
  });

  test("commands for a leg that is gone do nothing", () => {
    const bench = new Bench();
    for (const kind of ["ring", "hangup"] as const) bench.input({ kind, leg: 99 });
    expect(bench.take()).toEqual([]);
    expect(bench.agent.counters.unmatched).toBe(2);
  });
});
