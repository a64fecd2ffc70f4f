/**
 * Calls that come as media streams over a WebSocket: from Twilio (signed) and from browsers (with a ticket the api announced). What happens after the start
 * message is `PeerCalls`' business.
 *
 * | state    | event                     | next                                     |
 * |----------|---------------------------|------------------------------------------|
 * | waiting  | start message             | a call                                   |
 * | a call   | stop, socket closed       | ended by the caller                      |
 * | a call   | it ends                   | socket closed                            |
 * | any      | no start within 10 s      | closed                                   |
 */
import type { EngineCommand } from "@sk-voice/api/contract/index.ts";
import { toE164 } from "../call/caller-number.ts";
import { MediaStream, type StreamEvent } from "../transports/media-stream.ts";
import { isSignedByTwilio } from "../transports/twilio-signature.ts";
import { rtpRandom } from "./call-start.ts";
import { epochMs, monotonicMs } from "./clock.ts";
import type { Log } from "./log.ts";
import type { PeerCalls, PeerLine } from "./peer-calls.ts";

export interface StreamCallsOptions {
  readonly host: string;
  readonly port: number;
  /** Address clients were given, such as `wss://voice.example.com`: Twilio signs it. */
  readonly publicUrl: string;
  /** Empty: Twilio is refused. */
  readonly twilioAuthToken: string;
  readonly calls: PeerCalls;
  /** Answers what comes to `/livekit…`; absent: nobody does. */
  readonly liveKit: ((request: Request) => Promise<Response>) | undefined;
  readonly log: Log;
}

type Expected = Extract<EngineCommand, { type: "expect_stream" }>;
type Kind = "twilio" | "browser";

interface Admitted {
  readonly kind: Kind;
  readonly expected: Expected | undefined;
}

interface StreamLine {
  readonly kind: Kind;
  readonly expected: Expected | undefined;
  readonly stream: MediaStream;
  readonly socket: Bun.ServerWebSocket<StreamData>;
  readonly startTimer: ReturnType<typeof setTimeout>;
  callId: string | undefined;
}

interface StreamData {
  readonly admitted: Admitted;
  line: StreamLine | undefined;
}

const START_WITHIN_MS = 10_000;
const MAX_MESSAGE_BYTES = 16 * 1024;
/** A webhook's is a few kilobytes. */
const MAX_BODY_BYTES = 256 * 1024;
/** Two seconds of her voice the client has not taken: it is gone. */
const MAX_WAITING_BYTES = 64 * 1024;
const MAX_TICKETS = 1000;

export class StreamCalls {
  readonly #tickets = new Map<string, Expected>();
  readonly #server: Bun.Server<StreamData>;
  refusedStreams = 0;

  constructor(private readonly options: StreamCallsOptions) {
    this.#server = Bun.serve<StreamData>({
      hostname: options.host,
      port: options.port,
      reusePort: false,
      maxRequestBodySize: MAX_BODY_BYTES,
      fetch: (request, server) => this.#onRequest(request, server),
      websocket: {
        data: {} as StreamData,
        maxPayloadLength: MAX_MESSAGE_BYTES,
        backpressureLimit: MAX_WAITING_BYTES,
        closeOnBackpressureLimit: true,
        idleTimeout: 30,
        open: (socket) => this.#onOpen(socket),
        message: (socket, message) => this.#onMessage(socket.data.line, message),
        close: (socket) => this.#onGone(socket.data.line),
      },
    });
  }

  get port(): number {
    return this.#server.port ?? 0;
  }

  /** A browser will come with this ticket. */
  expect(expected: Expected): void {
    const now = epochMs();
    for (const [ticket, { expires_at }] of this.#tickets)
      if (Date.parse(expires_at) <= now) this.#tickets.delete(ticket);
    if (this.#tickets.size < MAX_TICKETS) this.#tickets.set(expected.ticket, expected);
    else this.options.log.warn("too many browser calls are expected; one more is not");
  }

  /** Takes nobody more; running calls are their owner's to end. */
  async close(): Promise<void> {
    await this.#server.stop(true);
  }

  #onRequest(request: Request, server: Bun.Server<StreamData>): Response | Promise<Response> | undefined {
    const url = new URL(request.url);
    if (this.options.liveKit && url.pathname.startsWith("/livekit")) return this.options.liveKit(request);
    const admitted = this.#admit(url, request);
    if (!admitted) {
      this.refusedStreams++;
      return new Response("This address takes signed media streams, or a browser with a ticket.\n", { status: 403 });
    }
    if (!this.options.calls.hasRoom) {
      this.refusedStreams++;
      return new Response("No capacity.\n", { status: 503, headers: { "retry-after": "5" } });
    }
    if (server.upgrade(request, { data: { admitted, line: undefined } })) return undefined;
    return new Response("Connect with a WebSocket.\n", { status: 426, headers: { upgrade: "websocket" } });
  }

  #admit({ pathname, search, searchParams }: URL, request: Request): Admitted | undefined {
    if (pathname === "/twilio") {
      const { publicUrl, twilioAuthToken } = this.options;
      const signature = request.headers.get("x-twilio-signature");
      const isSigned = isSignedByTwilio(twilioAuthToken, `${publicUrl}${pathname}${search}`, signature);
      return isSigned ? { kind: "twilio", expected: undefined } : undefined;
    }
    if (pathname !== "/stream") return undefined;
    const ticket = searchParams.get("ticket") ?? "";
    const expected = this.#tickets.get(ticket);
    this.#tickets.delete(ticket);
    if (!expected || Date.parse(expected.expires_at) <= epochMs()) return undefined;
    return { kind: "browser", expected };
  }

  #onOpen(socket: Bun.ServerWebSocket<StreamData>): void {
    const toMedia = (packet: Uint8Array) => {
      if (line.callId !== undefined) this.options.calls.send(line.callId, packet);
    };
    const line: StreamLine = {
      ...socket.data.admitted,
      socket,
      stream: new MediaStream(rtpRandom(), toMedia),
      startTimer: setTimeout(() => socket.close(1002, "no start message"), START_WITHIN_MS),
      callId: undefined,
    };
    socket.data.line = line;
  }

  #onMessage(line: StreamLine | undefined, message: string | Buffer): void {
    if (!line) return;
    const event = line.stream.receive(monotonicMs(), String(message));
    if (event?.type === "start") this.#start(line, event);
    else if (event?.type === "stop") line.socket.close(1000);
  }

  #start(line: StreamLine, { parameters }: Extract<StreamEvent, { type: "start" }>): void {
    const { kind, expected, stream, socket } = line;
    clearTimeout(line.startTimer);
    line.callId = this.options.calls.open({
      transport: kind,
      line: (countryOf) => lineOf(kind, expected, parameters, countryOf),
      onRtp: (packet) => {
        for (const message of stream.send(monotonicMs(), packet)) socket.sendText(message);
      },
      onLive: (event) => {
        if (event.type !== "barge_in" || event.kind !== "stopped") return;
        // She stopped: what the client has not played it forgets.
        const clear = stream.clear();
        if (clear !== undefined) socket.sendText(clear);
      },
      close: (by) => {
        if (socket.readyState === WebSocket.OPEN) socket.close(by === "error" ? 1011 : 1000);
        return { ...stream.figures };
      },
    });
    if (line.callId === undefined) socket.close(1013, "no capacity");
  }

  #onGone(line: StreamLine | undefined): void {
    if (!line) return;
    clearTimeout(line.startTimer);
    if (line.callId !== undefined) this.options.calls.end(line.callId, "caller");
  }
}

/** Twilio says who calls in `<Parameter name="from" value="{{From}}"/>`; a browser's caller is whom the api announced. */
function lineOf(
  kind: Kind,
  expected: Expected | undefined,
  parameters: Readonly<Record<string, string>>,
  countryOf: (to: string) => string,
): PeerLine {
  const to = parameters["to"]?.slice(0, 200) ?? kind;
  return {
    from: expected ? expected.from : toE164(parameters["from"] ?? "", countryOf(to)),
    fromDisplay: expected?.from_display ?? parameters["from_name"]?.slice(0, 200) ?? null,
    to,
  };
}
