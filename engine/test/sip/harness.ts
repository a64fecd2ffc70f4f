import type { SipMessage, SipRequest, SipResponse } from "../../src/sip/message.ts";
import { parseMessage, SipParseError } from "../../src/sip/parse.ts";
import {
  type CallEvent,
  type Flow,
  UserAgent,
  type UserAgentInput,
  type UserAgentOptions,
} from "../../src/sip/user-agent.ts";

/** One user agent in virtual time, spoken to with raw text. A test file says `afterEach(nothingLeft)`. */

const encoder = new TextEncoder();

/** The peer as the user agent sees it. */
export const PEER: Flow = {
  transport: "udp",
  address: "192.0.2.1",
  port: 5062,
  connectionId: 0,
  localHost: "198.51.100.9",
  localPort: 5060,
};

export const OFFER = [
  "v=0",
  "o=- 1 1 IN IP4 192.0.2.1",
  "s=-",
  "c=IN IP4 192.0.2.1",
  "t=0 0",
  "m=audio 20000 RTP/AVP 0 8 101",
  "a=rtpmap:101 telephone-event/8000",
  "",
].join("\r\n");

/** Tokens that tests can predict and that never repeat. */
export function countingTokens(prefix: string): { token(): string } {
  let count = 0;
  return {
    token() {
      count += 1;
      return `${prefix}${String(count).padStart(15, "0")}`;
    },
  };
}

export interface Sent {
  readonly at: number;
  readonly flow: Flow;
  readonly bytes: Uint8Array;
  readonly message: SipMessage;
}

export function parsed(bytes: Uint8Array): SipMessage {
  const message = parseMessage(bytes);
  if (message instanceof SipParseError) throw message;
  return message;
}

/** Parses bytes that must be a response. */
export function parsedResponse(text: string): SipResponse {
  const message = parsed(encoder.encode(text));
  if (message.kind !== "response") throw new Error("not a response");
  return message;
}

const benches = new Set<Bench>();
/** A re-INVITE's and a BYE's 64*T1, one after the other, and timer C of a call that only rings. */
const LAST_WORDS_MS = 300_000;

/**
 * When every call has been hung up and nobody answers any more, nothing may be held: no leg, dialog, transaction or timer.
 * @throws Error that says what is left.
 */
export function nothingLeft(): void {
  const left = [...benches].flatMap((bench) => bench.end());
  benches.clear();
  if (left.length > 0) throw new Error(`left after the test: ${left.join(", ")}`);
}

export class Bench {
  now = 1000;
  readonly sent: Sent[] = [];
  readonly events: CallEvent[] = [];
  readonly agent: UserAgent;

  constructor(options: Partial<UserAgentOptions> = {}) {
    this.agent = new UserAgent({ product: "test", random: countingTokens("tok"), ...options });
    benches.add(this);
  }

  /** Hangs up and lets all time pass; what is held after that. */
  end(): string[] {
    const last = this.agent.allocateLeg();
    for (let leg = 1; leg < last; leg++) this.input({ kind: "hangup", leg });
    this.advance(LAST_WORDS_MS);
    const { legCount, dialogCount, transactionCount } = this.agent;
    const timers = Number.isFinite(this.agent.deadline()) ? 1 : 0;
    const held = { legs: legCount, dialogs: dialogCount, transactions: transactionCount, timers };
    return Object.entries(held).flatMap(([what, count]) => (count === 0 ? [] : [`${count} ${what}`]));
  }

  input(input: UserAgentInput): void {
    this.agent.handle(this.now, input);
    for (let output = this.agent.poll(); output !== undefined; output = this.agent.poll()) {
      if (output.kind !== "send") this.events.push(output);
      else this.sent.push({ at: this.now, flow: output.flow, bytes: output.bytes, message: parsed(output.bytes) });
    }
  }

  receive(text: string, flow: Flow = PEER): void {
    this.input({ kind: "message", flow, bytes: encoder.encode(text) });
  }

  /** Runs the timers of the next `ms` at their exact times. */
  advance(ms: number): void {
    const until = this.now + ms;
    for (let at = this.agent.deadline(); at <= until; at = this.agent.deadline()) {
      this.now = Math.max(this.now, at);
      this.input({ kind: "tick" });
    }
    this.now = until;
  }

  /** What was sent since the last call, as status numbers and methods. */
  take(): Sent[] {
    return this.sent.splice(0);
  }

  takeSummary(): (number | string)[] {
    return this.take().map(({ message }) => (message.kind === "response" ? message.status : message.method));
  }

  lastResponse(): SipResponse {
    const last = this.sent.at(-1)?.message;
    if (last?.kind !== "response") throw new Error("the last message is no response");
    return last;
  }

  lastRequest(): SipRequest {
    const last = this.sent.at(-1)?.message;
    if (last?.kind !== "request") throw new Error("the last message is no request");
    return last;
  }
}

export interface RequestOptions {
  readonly uri?: string;
  readonly branch?: string;
  /** Header lines that stand instead of the one Via. */
  readonly vias?: readonly string[];
  readonly cseq?: number;
  readonly cseqMethod?: string;
  readonly toTag?: string;
  readonly fromTag?: string;
  readonly callId?: string;
  readonly headers?: readonly string[];
  readonly contact?: string;
  readonly body?: string;
}

/** A request of the peer as text. */
export function request(method: string, options: RequestOptions = {}): string {
  const {
    branch = "z9hG4bKpeer1",
    toTag = "",
    fromTag = "peer-tag",
    callId = "call-1@peer",
    cseq = 1,
    body = "",
  } = options;
  const contact = options.contact ?? "<sip:peer@192.0.2.1:5062>";
  return [
    `${method} ${options.uri ?? "sip:suki@198.51.100.9"} SIP/2.0`,
    ...(options.vias ?? [`Via: SIP/2.0/UDP 192.0.2.1:5062;branch=${branch};rport`]),
    "Max-Forwards: 70",
    `From: "Peer" <sip:peer@example.com>;tag=${fromTag}`,
    `To: <sip:suki@example.com>${toTag === "" ? "" : `;tag=${toTag}`}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${options.cseqMethod ?? method}`,
    ...(contact === "" ? [] : [`Contact: ${contact}`]),
    ...(options.headers ?? []),
    ...(body === "" ? [] : ["Content-Type: application/sdp"]),
    `Content-Length: ${Buffer.byteLength(body)}`,
    "",
    body,
  ].join("\r\n");
}

export function invite(options: RequestOptions = {}): string {
  return request("INVITE", { body: OFFER, ...options });
}

/** The peer's response to a request that the user agent sent. */
export function respond(
  to: SipRequest,
  status: number,
  options: { tag?: string; headers?: string[]; body?: string } = {},
): string {
  const { tag = "remote-tag", headers = [], body = "" } = options;
  const lines = to.headers.flatMap(({ name, value }) => {
    if (name === "to") return [`To: ${value}${value.includes("tag=") || status === 100 ? "" : `;tag=${tag}`}`];
    return ["via", "from", "call-id", "cseq", "record-route"].includes(name) ? [`${name}: ${value}`] : [];
  });
  return [
    `SIP/2.0 ${status} Whatever`,
    ...lines,
    ...headers,
    ...(body === "" ? [] : ["Content-Type: application/sdp"]),
    `Content-Length: ${Buffer.byteLength(body)}`,
    "",
    body,
  ].join("\r\n");
}

/** Brings an incoming call to its established state; returns our tag. */
export function establish(bench: Bench, options: RequestOptions = {}): string {
  bench.receive(invite(options));
  const leg = bench.events.findLast((event) => event.kind === "incoming")?.leg ?? 0;
  bench.input({ kind: "answer", leg, sdp: "v=0\r\n" });
  const toTag = bench.lastResponse().to.params.get("tag") ?? "";
  bench.receive(request("ACK", { ...options, body: "", branch: "z9hG4bKack", toTag }));
  bench.take();
  return toTag;
}
