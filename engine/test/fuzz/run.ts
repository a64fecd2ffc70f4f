import { buildRtcp, parseRtcp } from "@sk-voice/media/rtcp/packet.ts";
import { createRtpHeader, parseRtp } from "@sk-voice/media/rtp/packet.ts";
import { OfferAnswer } from "../../src/sip/negotiate.ts";
import { parseMessage, SipParseError } from "../../src/sip/parse.ts";
import { UserAgent } from "../../src/sip/user-agent.ts";
import { OFFER, PEER } from "../sip/harness.ts";
import messages from "../torture/rfc4475.json";
import { RFC_5118 } from "../torture/rfc5118.ts";
import { Mutator } from "./mutate.ts";

/** Damaged input for every parser that the network reaches. A result is a value or the one error, never a throw. */

export interface FuzzResult {
  readonly inputs: number;
  /** Inputs that were understood: a fuzzer that nothing survives tests nothing. */
  readonly accepted: number;
}

const encoder = new TextEncoder();
const SPICES = [
  "\r\n",
  "\r\n\r\n",
  " ",
  ";",
  ",",
  "<",
  ">",
  '"',
  "\\",
  "%00",
  ":",
  "@",
  "[",
  "]",
  "\0",
  "é",
  "9999999999",
];
const SIP_WORDS = [
  "Via: ",
  "v:",
  "Content-Length: 0",
  "Require: 100rel",
  "RAck: 1 1 INVITE",
  "Replaces: a;to-tag=b;from-tag=c",
];
const SDP_WORDS = [
  "m=audio 1 RTP/SAVP 0",
  "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:",
  "c=IN IP6 ::",
  "a=rtpmap:0 PCMU/8000",
];

function sipCorpus(): Uint8Array[] {
  const torture = Object.values(messages).map((text) => Uint8Array.from(Buffer.from(text, "latin1")));
  return [...torture, ...Object.values(RFC_5118).map((text) => encoder.encode(text))];
}

/** Parser and, every time, a whole user agent behind it, whose legs are answered; a new one each 2,000 inputs. */
export function fuzzSip(seed: number, count: number): FuzzResult {
  const mutator = new Mutator(seed, sipCorpus(), [...SPICES, ...SIP_WORDS]);
  let accepted = 0;
  let agent = freshAgent();
  for (let index = 0; index < count; index++) {
    const bytes = mutator.next();
    if (!(parseMessage(bytes) instanceof SipParseError)) accepted++;
    agent.handle(index, { kind: "message", flow: PEER, bytes });
    for (let output = agent.poll(); output !== undefined; output = agent.poll()) {
      if (output.kind === "incoming") agent.handle(index, { kind: "answer", leg: output.leg, sdp: OFFER });
    }
    if (index % 2000 === 1999) {
      drain(agent, index);
      agent = freshAgent();
    }
  }
  return { inputs: count, accepted };
}

function freshAgent(): UserAgent {
  let count = 0;
  return new UserAgent({ product: "fuzz", random: { token: () => `${++count}`.padStart(20, "t") }, maxLegs: 10_000 });
}

/** Nothing may be left when every timer has run. @throws when something is. */
function drain(agent: UserAgent, from: number): void {
  for (let at = agent.deadline(), steps = 0; at !== Number.POSITIVE_INFINITY; at = agent.deadline()) {
    agent.handle(Math.max(from, at), { kind: "tick" });
    while (agent.poll() !== undefined);
    if (++steps > 1_000_000) throw new Error("a timer never ends");
  }
  const left = [agent.legCount, agent.dialogCount, agent.transactionCount];
  if (left.some((each) => each !== 0)) throw new Error(`legs, dialogs, transactions left: ${left.join(", ")}`);
}

export function fuzzSdp(seed: number, count: number): FuzzResult {
  const offers = [
    OFFER,
    OFFER.replace("RTP/AVP", "RTP/SAVP").concat(
      "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4\r\n",
    ),
    OFFER.concat("a=rtcp:20001 IN IP4 192.0.2.1\r\na=rtcp-mux\r\na=ptime:20\r\na=sendonly\r\n"),
    OFFER.replace(/IP4 192\.0\.2\.1/g, "IP6 2001:db8::1"),
  ];
  const mutator = new Mutator(
    seed,
    offers.map((offer) => encoder.encode(offer)),
    [...SPICES, ...SDP_WORDS],
  );
  const randomBytes = (length: number) => new Uint8Array(length).fill(7);
  let accepted = 0;
  for (let index = 0; index < count; index++) {
    const text = new TextDecoder().decode(mutator.next());
    const media = { address: "192.0.2.9", port: 4000, sessionId: "1", srtp: "optional", randomBytes } as const;
    const answer = new OfferAnswer(media).answer(text);
    if (answer.ok) accepted++;
    const offering = new OfferAnswer(media);
    offering.offer();
    offering.accept(text);
  }
  return { inputs: count, accepted };
}

export function fuzzRtp(seed: number, count: number): FuzzResult {
  const packet = new Uint8Array(172);
  packet.set([0x80, 0x00, 0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, 2]);
  const extended = Uint8Array.from([
    0xb1, 0x65, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 9, 0xbe, 0xde, 0, 1, 1, 2, 3, 4, 9, 9, 2, 2,
  ]);
  const mutator = new Mutator(seed, [packet, extended], []);
  const header = createRtpHeader();
  let accepted = 0;
  for (let index = 0; index < count; index++) {
    const bytes = mutator.next();
    if (parseRtp(bytes, header) !== "ok") continue;
    accepted++;
    const end = header.payloadOffset + header.payloadLength;
    if (header.payloadOffset < 12 || end > bytes.length) throw new Error(`payload outside the packet, input ${index}`);
  }
  return { inputs: count, accepted };
}

export function fuzzRtcp(seed: number, count: number): FuzzResult {
  const block = {
    ssrc: 2,
    fractionLost: 9,
    cumulativeLost: 3,
    extendedSequence: 9,
    jitterTicks: 4,
    lastSenderReport: 5,
    delaySinceLastSenderReport: 6,
  };
  const compound = buildRtcp([
    { type: "receiver-report", ssrc: 1, blocks: [block] },
    { type: "description", ssrc: 1, cname: "fuzz" },
    { type: "bye", ssrcs: [1], reason: "end" },
  ]);
  const mutator = new Mutator(seed, [compound], []);
  let accepted = 0;
  for (let index = 0; index < count; index++) if (parseRtcp(mutator.next()) !== undefined) accepted++;
  return { inputs: count, accepted };
}
