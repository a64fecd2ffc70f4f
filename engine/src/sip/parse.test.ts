import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { invite, OFFER, request } from "../../test/sip/harness.ts";
import { bodyText, header, headerLines, headerList, splitList } from "./message.ts";
import { parseMessage, SipParseError } from "./parse.ts";
import { UserAgent } from "./user-agent.ts";

const encoder = new TextEncoder();

function parse(text: string) {
  return parseMessage(encoder.encode(text));
}

function parsed(text: string) {
  const message = parse(text);
  if (message instanceof SipParseError) throw message;
  return message;
}

describe("a valid message", () => {
  test("keeps the order and the duplicates of its headers", () => {
    const message = parsed(
      invite({ headers: ["X-A: 1", "Diversion: <sip:a@b>, <sip:c@d>", "x-a: 2", "Diversion: <sip:e@f>"] }),
    );
    expect(headerLines(message, "x-a")).toEqual(["1", "2"]);
    expect(headerList(message, "diversion")).toEqual(["<sip:a@b>", "<sip:c@d>", "<sip:e@f>"]);
    expect(header(message, "x-none")).toBeUndefined();
    expect(bodyText(message)).toBe(OFFER);
  });

  /** The "short tortuous INVITE" of RFC 4475 section 3.1.1.1, in its essentials. */
  test("may be tortuous", () => {
    const message = parsed(
      [
        "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0",
        "TO :",
        " sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n",
        'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>',
        "  ;",
        "  tag = 98asjd8",
        "MaX-fOrWaRdS: 0068",
        "Call-ID: intmeth.example.com",
        "cseq: 0009",
        "  INVITE",
        "Via  : SIP  /   2.0",
        " /UDP",
        "    192.0.2.2;branch=390skdjuw",
        "s :",
        "NewFangledHeader:   newfangled value",
        " continued newfangled value",
        "UnknownHeaderWithUnusualValue: ;;,,;;,;",
        "v:  SIP  / 2.0  / TCP     spindle.example.com   ;",
        "  branch  =   z9hG4bK9ikj8  ,",
        " SIP  /    2.0   / UDP  192.168.255.111   ; branch=",
        " z9hG4bK30239",
        'm:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =',
        "      newvalue ;",
        "  secondparam ; q = 0.33",
        "",
        "",
      ].join("\r\n"),
    );
    expect(message.cseq).toEqual({ number: 9, method: "INVITE" });
    expect(message.to.params.get("tag")).toBe("1918181833n");
    expect(message.from).toMatchObject({ displayName: 'J Rosenberg \\"', uri: "sip:jdrosen@example.com" });
    expect(message.vias.map((via) => [via.transport, via.host, via.params.get("branch")])).toEqual([
      ["UDP", "192.0.2.2", "390skdjuw"],
      ["TCP", "spindle.example.com", "z9hG4bK9ikj8"],
      ["UDP", "192.168.255.111", "z9hG4bK30239"],
    ]);
    expect(header(message, "newfangledheader")).toBe("newfangled value continued newfangled value");
  });

  test("may have a body longer than it says, or line ends before it", () => {
    expect(bodyText(parsed(`\r\n\r\n${request("INVITE", { body: "abc" })}extra`))).toBe("abc");
  });

  test("may be a response without a reason phrase", () => {
    const text = invite().replace(/^.*\r\n/, "SIP/2.0 200\r\n");
    expect(parsed(text)).toMatchObject({ kind: "response", status: 200, reason: "" });
  });

  test("may carry an unknown method with unusual characters", () => {
    // RFC 4475 section 3.1.1.2 wants a method as unusual as this one understood.
    const method = "!interesting-Method0123456789_*+`.%'~";
    expect(parsed(request(method))).toMatchObject({ method });
    const long = `M${"x".repeat(64)}`;
    expect(parse(request(long))).toBeInstanceOf(SipParseError);
  });
});

describe("an invalid message is a SipParseError", () => {
  const cases: [string, string, number?][] = [
    ["empty", ""],
    [
      "spaces in the start line",
      invite().replace("INVITE sip", "INVITE  sip").replace(" SIP/2.0\r\n", "  SIP/2.0\r\n"),
    ],
    ["an URI in brackets", invite({ uri: "<sip:suki@198.51.100.9>" })],
    ["a space in the URI", invite({ uri: "sip:suki@198.51.100.9; lr" })],
    ["another version", invite().replace("SIP/2.0\r\n", "SIP/7.0\r\n"), 505],
    ["a negative Content-Length", invite().replace(/Content-Length: \d+/, "Content-Length: -9")],
    ["a Content-Length too long", invite().replace(/Content-Length: \d+/, "Content-Length: 99999")],
    ["a CSeq number of 2^31", invite().replace("CSeq: 1 ", "CSeq: 2147483648 ")],
    ["a CSeq of another method", invite({ cseqMethod: "BYE" })],
    ["an absurd Max-Forwards", invite().replace("Max-Forwards: 70", "Max-Forwards: 700000")],
    ["a To without end of quote", invite().replace("To: <", 'To: "Mr. J <')],
    ["no From", invite().replace(/From: .*\r\n/, "")],
    ["no Via", invite({ vias: [] })],
    ["a broken second Via", invite({ vias: ["Via: SIP/2.0/UDP a;branch=1, rubbish"] })],
    ["two To headers", invite({ headers: ["To: <sip:a@b>"] })],
    ["a line without a colon", invite({ headers: ["rubbish"] })],
    ["300 headers", invite({ headers: Array.from({ length: 300 }, () => "X: y") })],
    ["a header of 20 kB", invite({ headers: [`X: ${"y".repeat(20_000)}`] })],
    ["no end of the headers", invite().split("\r\n\r\n")[0]!],
    ["a status of 4294967301", invite().replace(/^.*\r\n/, "SIP/2.0 4294967301 better not break the receiver\r\n")],
  ];
  for (const [name, text, status = 400] of cases) {
    test(name, () => {
      const error = parse(text);
      expect(error).toBeInstanceOf(SipParseError);
      expect(error).toMatchObject({ status });
    });
  }
});

describe("whatever the bytes", () => {
  const seeds = [
    invite({
      headers: ["Record-Route: <sip:p1;lr>, <sip:p2;lr>", "Require: 100rel", 'Contact: "x" <sip:a@[::1]:9;x=y>;q=1'],
    }),
    invite({ vias: ["v: SIP/2.0/TCP [2001:db8::1]:5060;branch=z9hG4bKx;rport;received=1.2.3.4"] }),
    request("BYE", { toTag: "x" }),
    request("CANCEL"),
    request("ACK"),
    request("OPTIONS", { uri: "tel:+1-555-0100;phone-context=x" }),
    invite().replace(/^.*\r\n/, "SIP/2.0 200 OK\r\n"),
  ];
  const mutated = fc
    .tuple(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(1000), fc.nat(20), fc.uint8Array({ maxLength: 8 })), { minLength: 1, maxLength: 8 }),
    )
    .map(([text, edits]) => {
      let bytes: Uint8Array = encoder.encode(text);
      for (const [at, cut, put] of edits) bytes = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)]);
      return bytes;
    });
  const hostile = fc.oneof(
    { weight: 4, arbitrary: mutated },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }) },
  );

  test("the result is a message or a SipParseError", () => {
    fc.assert(
      fc.property(hostile, (bytes) => {
        const result = parseMessage(bytes);
        expect(result instanceof SipParseError || result.kind === "request" || result.kind === "response").toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  test("a user agent answers with well-formed messages or not at all, and is left clean", () => {
    const flow = {
      transport: "udp",
      address: "192.0.2.1",
      port: 5062,
      connectionId: 0,
      localHost: "h",
      localPort: 5060,
    } as const;
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 8 }), (messages) => {
        let count = 0;
        const agent = new UserAgent({ product: "fuzz", random: { token: () => `t${count++}` } });
        for (const bytes of messages) agent.handle(0, { kind: "message", flow, bytes });
        for (let leg = 1; leg <= 8; leg++) agent.handle(0, { kind: leg % 2 ? "hangup" : "ring", leg });
        for (let output = agent.poll(); output !== undefined; output = agent.poll()) {
          if (output.kind !== "send" || !(parseMessage(output.bytes) instanceof SipParseError)) continue;
          // Only the refusal of what could not be read repeats its unreadable headers.
          expect(new TextDecoder().decode(output.bytes)).toMatch(/^SIP\/2\.0 (400|505) /);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test("lists split at commas outside of quotes and brackets", () => {
  expect(splitList('"a, b" <sip:x,y@z>;p="q,r" , second,,')).toEqual(['"a, b" <sip:x,y@z>;p="q,r"', "second"]);
  expect(splitList('"never closed, at all')).toEqual(['"never closed, at all']);
});
