import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type AnswerResult, type Direction, type LocalMedia, type NegotiatedAudio, OfferAnswer } from "./negotiate.ts";

const LOCAL: LocalMedia = { address: "198.51.100.9", port: 30_000, sessionId: "42" };

/** An offer with the given m= line and what follows it. */
function offer(media: readonly string[], session: readonly string[] = ["c=IN IP4 192.0.2.1"]): string {
  return ["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", ...session, "t=0 0", ...media, ""].join("\r\n");
}

function answer(text: string, local: LocalMedia = LOCAL): AnswerResult {
  return new OfferAnswer(local).answer(text);
}

function agreed(text: string, local: LocalMedia = LOCAL): { sdp: string; audio: NegotiatedAudio; lines: string[] } {
  const result = answer(text, local);
  if (!result.ok) throw new Error(result.reason);
  return { ...result, lines: result.sdp.split("\r\n") };
}

const TELEPHONE_EVENT = ["a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16"];

describe("the answer", () => {
  test("is complete and mirrors the payload types of the offer", () => {
    const { sdp, audio } = agreed(offer(["m=audio 20000 RTP/AVP 0 8 101", ...TELEPHONE_EVENT]));
    expect(sdp).toBe(
      [
        "v=0",
        "o=- 42 1 IN IP4 198.51.100.9",
        "s=-",
        "c=IN IP4 198.51.100.9",
        "t=0 0",
        "m=audio 30000 RTP/AVP 0 101",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-15",
        "a=ptime:20",
        "a=sendrecv",
        "",
      ].join("\r\n"),
    );
    expect(audio).toEqual({
      codec: "PCMU",
      payloadType: 0,
      telephoneEventPayloadType: 101,
      comfortNoisePayloadType: undefined,
      srtp: undefined,
      ptimeMs: 20,
      direction: "sendrecv",
      remoteAddress: "192.0.2.1",
      remotePort: 20_000,
      remoteRtcpPort: 20_001,
    });
  });

  const accepted: [string, string, Partial<NegotiatedAudio>][] = [
    ["PCMA first", offer(["m=audio 2 RTP/AVP 8 0"]), { codec: "PCMA", payloadType: 8 }],
    ["PCMU after codecs we lack", offer(["m=audio 2 RTP/AVP 18 3 0"]), { codec: "PCMU" }],
    ["G.722 where it stands first", offer(["m=audio 2 RTP/AVP 9 0"]), { codec: "G722", payloadType: 9 }],
    ["static payload types with rtpmap", offer(["m=audio 2 RTP/AVP 8", "a=rtpmap:8 PCMA/8000/1"]), { codec: "PCMA" }],
    ["one payload type only", offer(["m=audio 2 RTP/AVP 0"]), { telephoneEventPayloadType: undefined }],
    ["a dynamic PCMU", offer(["m=audio 2 RTP/AVP 110", "a=rtpmap:110 PCMU/8000"]), { codec: "PCMU", payloadType: 110 }],
    ["lower case", offer(["m=audio 2 RTP/AVP 97", "a=rtpmap:97 pcma/8000"]), { codec: "PCMA", payloadType: 97 }],
    ["wideband PCMU is not PCMU", offer(["m=audio 2 RTP/AVP 96 8", "a=rtpmap:96 PCMU/16000"]), { codec: "PCMA" }],
    [
      "telephone-events at two rates",
      offer(["m=audio 2 RTP/AVP 0 96 97", "a=rtpmap:96 telephone-event/48000", "a=rtpmap:97 telephone-event/8000"]),
      { telephoneEventPayloadType: 97 },
    ],
    ["comfort noise", offer(["m=audio 2 RTP/AVP 13 0"]), { payloadType: 0, comfortNoisePayloadType: 13 }],
    [
      "the address of the media level",
      offer(["m=audio 2 RTP/AVP 0", "c=IN IP4 192.0.2.9"]),
      { remoteAddress: "192.0.2.9" },
    ],
    ["an IPv6 address", offer(["m=audio 2 RTP/AVP 0"], ["c=IN IP6 2001:db8::1"]), { remoteAddress: "2001:db8::1" }],
    ["rtcp at another port", offer(["m=audio 20000 RTP/AVP 0", "a=rtcp:20009"]), { remoteRtcpPort: 20_009 }],
    ["ptime 30", offer(["m=audio 2 RTP/AVP 0", "a=ptime:30"]), { ptimeMs: 30 }],
    ["an absurd ptime", offer(["m=audio 2 RTP/AVP 0", "a=ptime:4000"]), { ptimeMs: 60 }],
    ["maxptime below 20", offer(["m=audio 2 RTP/AVP 0", "a=maxptime:10"]), { ptimeMs: 10 }],
    ["bare LF", offer(["m=audio 20000 RTP/AVP 8"]).replaceAll("\r\n", "\n"), { codec: "PCMA", remotePort: 20_000 }],
    [
      "an encryption that is only offered",
      offer(["m=audio 2 RTP/AVP 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x"]),
      {},
    ],
  ];
  for (const [name, text, expected] of accepted) {
    test(`takes ${name}`, () => expect(agreed(text).audio).toMatchObject(expected));
  }

  const directions: [string, Direction, string?][] = [
    ["sendrecv", "sendrecv"],
    ["sendonly", "recvonly"],
    ["recvonly", "sendonly"],
    ["inactive", "inactive"],
    ["sendrecv", "recvonly", "0.0.0.0"],
    ["recvonly", "inactive", "0.0.0.0"],
  ];
  for (const [offered, answered, address = "192.0.2.1"] of directions) {
    test(`to ${offered} at ${address} is ${answered}`, () => {
      const { audio, lines } = agreed(offer(["m=audio 2 RTP/AVP 0", `a=${offered}`], [`c=IN IP4 ${address}`]));
      expect(audio.direction).toBe(answered);
      expect(lines).toContain(`a=${answered}`);
    });
  }

  test("heeds a direction of the session level", () => {
    const text = offer(["m=audio 2 RTP/AVP 0"], ["c=IN IP4 192.0.2.1", "a=sendonly"]);
    expect(agreed(text).audio.direction).toBe("recvonly");
  });

  test("says what our Opus is like, where the trunk takes Opus", () => {
    const text = offer(["m=audio 2 RTP/AVP 107 0 13", "a=rtpmap:107 opus/48000/2"]);
    expect(agreed(text).audio.codec).toBe("PCMU");
    const { audio, lines } = agreed(text, { ...LOCAL, codecs: ["PCMU", "opus"] });
    expect(audio).toMatchObject({ codec: "opus", payloadType: 107, comfortNoisePayloadType: undefined });
    expect(lines).toContain("a=rtpmap:107 opus/48000/2");
    expect(lines.some((line) => line.startsWith("a=fmtp:107 maxplaybackrate=8000"))).toBe(true);
  });

  test("names comfort noise where it was offered", () => {
    const { lines } = agreed(offer(["m=audio 2 RTP/AVP 0 13 101", ...TELEPHONE_EVENT, "a=rtpmap:13 CN/8000"]));
    expect(lines).toContain("m=audio 30000 RTP/AVP 0 13 101");
    expect(lines).toContain("a=rtpmap:13 CN/8000");
  });

  test("refuses other streams with port 0, in their place", () => {
    const { lines } = agreed(
      offer(["m=video 4000 RTP/AVP 96 97", "m=audio 2 RTP/AVP 0", "m=audio 6 RTP/AVP 0", "m=image 8 udptl t38"]),
    );
    expect(lines.filter((line) => line.startsWith("m="))).toEqual([
      "m=video 0 RTP/AVP 96 97",
      "m=audio 30000 RTP/AVP 0",
      "m=audio 0 RTP/AVP 0",
      "m=image 0 udptl t38",
    ]);
  });

  test("takes the RTP/AVP line when an encrypted one stands before it", () => {
    const { lines } = agreed(offer(["m=audio 2 RTP/SAVP 0", "m=audio 4 RTP/AVP 0"]));
    expect(lines.filter((line) => line.startsWith("m="))).toEqual(["m=audio 0 RTP/SAVP 0", "m=audio 30000 RTP/AVP 0"]);
  });

  test("multiplexes RTCP only when both ends can", () => {
    const text = offer(["m=audio 20000 RTP/AVP 0", "a=rtcp-mux"]);
    expect(agreed(text).lines).not.toContain("a=rtcp-mux");
    expect(agreed(text).audio.remoteRtcpPort).toBe(20_001);
    const mux = agreed(text, { ...LOCAL, rtcpMux: true });
    expect(mux.lines).toContain("a=rtcp-mux");
    expect(mux.audio.remoteRtcpPort).toBe(20_000);
  });

  test("repeats the t= line of the offer", () => {
    expect(agreed(offer(["m=audio 2 RTP/AVP 0"]).replace("t=0 0", "t=3724394400 3724398000")).lines).toContain(
      "t=3724394400 3724398000",
    );
  });

  test("raises its version exactly when it changes", () => {
    const negotiation = new OfferAnswer(LOCAL);
    const version = (text: string) => {
      const result = negotiation.answer(text);
      return result.ok ? result.sdp.split("\r\n")[1] : result.reason;
    };
    const normal = offer(["m=audio 2 RTP/AVP 0"]);
    const hold = offer(["m=audio 2 RTP/AVP 0", "a=sendonly"]);
    expect([normal, normal, hold, normal].map(version)).toEqual(
      [1, 1, 2, 3].map((number) => `o=- 42 ${number} IN IP4 198.51.100.9`),
    );
  });

  const refused: [string, string, number][] = [
    ["no text", "", 400],
    ["words", "hello", 400],
    ["no media", offer([]), 400],
    ["G.729 only", offer(["m=audio 2 RTP/AVP 18"]), 488],
    ["fax only", offer(["m=image 2 udptl t38"]), 488],
    ["SRTP only", offer(["m=audio 2 RTP/SAVP 0"]), 488],
    ["DTLS only", offer(["m=audio 2 UDP/TLS/RTP/SAVPF 0"]), 488],
    ["a stream switched off", offer(["m=audio 0 RTP/AVP 0"]), 488],
    ["no address", offer(["m=audio 2 RTP/AVP 0"], []), 488],
    ["a name as address", offer(["m=audio 2 RTP/AVP 0"], ["c=IN IP4 host.example.com"]), 488],
    ["a port that is none", offer(["m=audio 70000 RTP/AVP 0"]), 488],
    ["a hundred streams", offer(Array.from({ length: 100 }, () => "m=audio 2 RTP/AVP 0")), 400],
  ];
  for (const [name, text, status] of refused) {
    test(`refuses ${name} with ${status}`, () => expect(answer(text)).toMatchObject({ ok: false, status }));
  }
});

describe("our offer", () => {
  test("is answered by ourselves, and both ends agree", () => {
    const caller = new OfferAnswer({ address: "192.0.2.7", port: 20_000, sessionId: "1", codecs: ["PCMA", "PCMU"] });
    const callee = new OfferAnswer(LOCAL);
    const result = callee.answer(caller.offer());
    if (!result.ok) throw new Error(result.reason);
    expect(result.audio).toMatchObject({ codec: "PCMA", remoteAddress: "192.0.2.7", telephoneEventPayloadType: 101 });
    expect(caller.accept(result.sdp)).toMatchObject({ ok: true, audio: { codec: "PCMA", remotePort: 30_000 } });
  });

  test("can put the peer on hold", () => {
    expect(new OfferAnswer(LOCAL).offer("sendonly")).toContain("a=sendonly");
  });

  test("refused in the answer is a reason, not an exception", () => {
    expect(new OfferAnswer(LOCAL).accept(offer(["m=audio 0 RTP/AVP 0"]))).toMatchObject({ ok: false });
    expect(new OfferAnswer(LOCAL).accept("rubbish")).toMatchObject({ ok: false });
  });
});

describe("hostile descriptions", () => {
  const whole = offer([
    "m=audio 20000 RTP/AVP 0 8 101",
    ...TELEPHONE_EVENT,
    "a=rtcp:20001 IN IP4 192.0.2.1",
    "a=ptime:20",
  ]);

  test("never throw, and what is answered has no line of the sender's making", () => {
    const mutated = fc
      .array(fc.tuple(fc.nat(whole.length), fc.nat(12), fc.string({ unit: "binary", maxLength: 12 })), { maxLength: 6 })
      .map((edits) => edits.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), whole));
    fc.assert(
      fc.property(fc.oneof(mutated, fc.string({ unit: "binary" })), (text) => {
        const result = answer(text);
        if (!result.ok) return;
        for (const line of result.sdp.trimEnd().split("\r\n")) expect(line).toMatch(/^[vosctma]=[\x20-\x7e]+$/);
        expect(result.audio.remotePort).toBeWithin(1, 65_536);
        expect(result.audio.ptimeMs).toBeWithin(10, 61);
      }),
      { numRuns: 600 },
    );
  });
});
