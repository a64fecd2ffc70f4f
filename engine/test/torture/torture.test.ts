import { describe, expect, test } from "bun:test";
import { OfferAnswer } from "../../src/sip/negotiate.ts";
import { UserAgent } from "../../src/sip/user-agent.ts";
import { PEER, request } from "../sip/harness.ts";
import messages from "./rfc4475.json";
import { RFC_5118 } from "./rfc5118.ts";

/** All messages of RFC 4475 and RFC 5118, each with its verdict. A verdict that the RFC leaves open says why it is ours. */

/** "call": 100 and an incoming call; "dropped": no answer, no event; a number: that final answer and no event. */
type Verdict = "call" | "dropped" | number;

/** Bytes as the RFC has them. `undefined` when nothing came of it. */
function deliver(text: string): { verdict: Verdict; sdp: string | undefined; agent: UserAgent } {
  const agent = new UserAgent({ product: "torture", random: { token: () => "0123456789abcdef" } });
  agent.handle(0, { kind: "message", flow: PEER, bytes: Uint8Array.from(Buffer.from(text, "latin1")) });
  let verdict: Verdict = "dropped";
  let sdp: string | undefined;
  for (let output = agent.poll(); output !== undefined; output = agent.poll()) {
    if (output.kind === "incoming") {
      verdict = "call";
      sdp = output.sdp;
    } else if (output.kind === "send") {
      const status = Number(/^SIP\/2\.0 (\d{3}) /.exec(new TextDecoder().decode(output.bytes))?.[1]);
      if (status >= 200) verdict = status;
    }
  }
  return { verdict, sdp, agent };
}

/** After whatever came before, OPTIONS still gets 200. */
function isAlive(agent: UserAgent): boolean {
  const bytes = new TextEncoder().encode(request("OPTIONS", { branch: "z9hG4bKalive", callId: "alive" }));
  agent.handle(1, { kind: "message", flow: PEER, bytes });
  const output = agent.poll();
  return output?.kind === "send" && new TextDecoder().decode(output.bytes).startsWith("SIP/2.0 200");
}

const NO_REGISTRAR = "well-formed; we are no registrar, so 405 stands for the 200 the RFC speaks of";

const RFC_4475: Readonly<Record<keyof typeof messages, readonly [Verdict, string]>> = {
  wsinv: [481, "well-formed, with a To tag: a re-INVITE of no dialog of ours"],
  intmeth: [405, "well-formed, of an unknown method"],
  esc01: ["call", "escaped characters"],
  escnull: [405, NO_REGISTRAR],
  esc02: [405, "%47 in a method is no escape: an unknown method"],
  lwsdisp: [200, "no white space between display name and bracket"],
  longreq: ["call", "long header fields"],
  dblreq: [405, `the second request in the datagram is ignored; ${NO_REGISTRAR}`],
  semiuri: [200, "a semicolon in the user part"],
  transports: [200, "Vias of unknown transports"],
  mpart01: [405, "a multipart MESSAGE: not a method of ours"],
  unreason: ["dropped", "a response that belongs to nothing, its reason in UTF-8"],
  noreason: ["dropped", "a response that belongs to nothing, without a reason"],
  badinv01: [400, "empty parameters and list elements in Via"],
  clerr: [400, "Content-Length beyond the end"],
  ncl: [400, "a negative Content-Length"],
  scalar02: [400, "CSeq above 2^31"],
  scalarlg: ["dropped", "a response with numbers too large"],
  quotbal: [400, "an open quotation mark in To"],
  ltgtruri: [400, "a Request-URI in angle brackets"],
  lwsruri: [400, "white space in the Request-URI"],
  lwsstart: [400, "two spaces in the Request-Line; being liberal is allowed, not asked for"],
  trws: [200, "trailing white space in the Request-Line: ignored, as robust elements may"],
  escruri: ["call", "headers in the Request-URI: ignored, as liberal elements may"],
  baddate: ["call", "a Date in the wrong time zone: we do not use it"],
  regbadct: [405, "a comma in an unbracketed Contact; we are no registrar"],
  badaspec: [200, "spaces inside the brackets of To: the intent is clear, as liberal elements may take it"],
  baddn: [200, "an unquoted comma in From: the intent is clear, as liberal elements may take it"],
  badvers: [505, "SIP/7.0"],
  mismatch01: [400, "CSeq of another method"],
  mismatch02: [400, "CSeq of another method, and an unknown method"],
  bigcode: ["dropped", "a response with a status beyond 699"],
  badbranch: [200, "a branch with nothing after the magic cookie: matched as RFC 2543 has it"],
  insuf: [400, "no Call-ID, From or To"],
  unkscm: [416, "an unknown URI scheme"],
  novelsc: [416, "a known but unusual URI scheme"],
  unksm2: [405, "unknown schemes in To, From and Contact; we are no registrar"],
  bext01: [420, "unknown extensions in Require"],
  invut: [415, "an unknown body type"],
  regaut01: [405, "an unknown authorisation scheme; we are no registrar"],
  multi01: [400, "several From, To, Call-ID, CSeq"],
  mcl01: [400, "two Content-Lengths"],
  bcast: ["dropped", "a response with a second Via"],
  zeromf: [200, "Max-Forwards 0 at its target"],
  cparam01: [405, NO_REGISTRAR],
  cparam02: [405, NO_REGISTRAR],
  regescrt: [405, NO_REGISTRAR],
  sdp01: [406, "Accept without SDP: our answer could not be read"],
  inv2543: [400, "no From tag and no Contact: RFC 2543 is served for its branches, not for calls without a target"],
};

describe("RFC 4475", () => {
  for (const [name, [verdict, why]] of Object.entries(RFC_4475)) {
    test(`${name}: ${verdict}, ${why}`, () => {
      const result = deliver(messages[name as keyof typeof messages]);
      expect(result.verdict).toBe(verdict);
      expect(isAlive(result.agent)).toBe(true);
    });
  }

  test("all 49 messages have a verdict", () => {
    expect(Object.keys(RFC_4475).sort()).toEqual(Object.keys(messages).sort());
    expect(Object.keys(messages).length).toBe(49);
  });
});

describe("RFC 5118", () => {
  const verdicts: Readonly<Record<string, readonly [Verdict, string?]>> = {
    "4.1 a reference in brackets": [405],
    "4.2 an address without brackets": [405],
    "4.3 a port inside the brackets": [405],
    "4.4 a port after the brackets": [405],
    "4.5 received in brackets": [481],
    "4.5 received without brackets": [481],
    "4.6 IPv6 in SDP": ["call", "2001:db8::20"],
    "4.7 several Vias of both families": [481],
    "4.8 addresses of both families in SDP": ["call", "192.0.2.1"],
    "4.9 IPv4-mapped addresses": ["call", "::ffff:192.0.2.2"],
    "4.10 two colons": [200],
    "4.10 three colons": [400],
  };
  for (const [name, [verdict, address]] of Object.entries(verdicts)) {
    test(`${name}: ${verdict}${address === undefined ? "" : `, media to ${address}`}`, () => {
      const result = deliver(RFC_5118[name]!);
      expect(result.verdict).toBe(verdict);
      if (address !== undefined) {
        const media = new OfferAnswer({ address: "2001:db8::1", port: 4000, sessionId: "1" }).answer(result.sdp ?? "");
        expect(media).toMatchObject({ ok: true, audio: { remoteAddress: address } });
      }
      expect(isAlive(result.agent)).toBe(true);
    });
  }

  test("REGISTER, which we refuse by method, does not hide the difference between 4.2 and the valid ones", () => {
    const uriOf = (name: string) => /^REGISTER (\S+)/.exec(RFC_5118[name]!)![1]!;
    const isTaken = (name: string) => {
      const text = RFC_5118[name]!.replace(/REGISTER/g, "OPTIONS");
      return [uriOf(name), deliver(text).verdict] as const;
    };
    expect(isTaken("4.1 a reference in brackets")).toEqual(["sip:[2001:db8::10]", 200]);
    expect(isTaken("4.2 an address without brackets")).toEqual(["sip:2001:db8::10", 400]);
    expect(isTaken("4.3 a port inside the brackets")).toEqual(["sip:[2001:db8::10:5070]", 200]);
    expect(isTaken("4.4 a port after the brackets")).toEqual(["sip:[2001:db8::10]:5070", 200]);
  });

  test("every message has a verdict", () => {
    expect(Object.keys(verdicts).sort()).toEqual(Object.keys(RFC_5118).sort());
  });
});
