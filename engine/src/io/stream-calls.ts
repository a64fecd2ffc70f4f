/**
 * Calls that come as media streams over a WebSocket: from Twilio (signed) and from browsers (with a ticket the api announced). Each gets a port on a media thread like any call;
 * a UDP socket here is its RTP peer, so the media side knows nothing of WebSockets.
 *
 * | state    | event                     | next                                     |
 * |----------|---------------------------|------------------------------------------|
 * | waiting  | start message             | opening: a port is asked for             |
 * | opening  | opened                    | talking: she greets                      |
 * | talking  | stop, socket closed       | ended by the caller                      |
 * | talking  | hang-up from media        | ended by her, socket closed              |
 * | any      | no start within 10 s      | closed                                   |
 */
import { randomInt } from "node:crypto";
import type { AgentSettings, EngineCommand, LiveCall, LiveEvent } from "@sk-voice/api/contract/index.ts";
import { ulid } from "ulid";
import { toE164 } from "../call/caller-number.ts";
import type { CallInfo } from "../call/events.ts";
import { sentences } from "../call/greeting.ts";
import type { Quotas } from "../call/quotas.ts";
import { settingsFor } from "../receptionist/call-settings.ts";
import { DTMF_PAYLOAD_TYPE, MediaStream, PCMU_PAYLOAD_TYPE, type StreamEvent } from "../transports/media-stream.ts";
import { isSignedByTwilio } from "../transports/twilio-signature.ts";
import { epochMs, monotonicMs } from "./clock.ts";
import type { Log } from "./log.ts";
import type { MediaPool } from "./media-pool.ts";
import type { FromWorker } from "./messages.ts";
import type { RtpPorts } from "./rtp-ports.ts";
import type { Transfers } from "./transfers.ts";
import { openUdp, type UdpSocket } from "./udp.ts";

export interface StreamCallsOptions {
  readonly host: string;
  readonly port: number;
  /** Address clients were given, such as `wss://voice.example.com`: Twilio signs it. */
  readonly publicUrl: string;
  /** Empty: Twilio is refused. */
  readonly twilioAuthToken: string;
  readonly engineId: string;
  /** Where the media threads' sockets are. */
  readonly mediaHost: string;
  readonly ports: RtpPorts;
  readonly pool: () => MediaPool;
  readonly agent: () => AgentSettings | undefined;
  /** Whether one more call fits. */
  readonly room: () => boolean;
  /** Asked whether the business may have one more; told of each call that begins and ends. */
  readonly quotas: Pick<Quotas, "excess" | "begin" | "end">;
  readonly transfers: () => Transfers;
  readonly live: (event: LiveEvent) => void;
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
  rtp: UdpSocket | undefined;
  rtpPort: number | undefined;
  live: LiveCall | undefined;
  parameters: Readonly<Record<string, string>>;
}

interface StreamData {
  readonly admitted: Admitted;
  line: StreamLine | undefined;
}

const START_WITHIN_MS = 10_000;
const MAX_MESSAGE_BYTES = 16 * 1024;
/** Two seconds of her voice the client has not taken: it is gone. */
const MAX_WAITING_BYTES = 64 * 1024;
const MAX_TICKETS = 1000;

export class StreamCalls {
  readonly #byCall = new Map<string, StreamLine>();
  readonly #closing = new Map<string, number>();
  readonly #tickets = new Map<string, Expected>();
  readonly #server: Bun.Server<StreamData>;
  readonly #loopback: string;
  refusedStreams = 0;

  constructor(private readonly options: StreamCallsOptions) {
    this.#loopback = loopbackOf(options.mediaHost);
    this.#server = Bun.serve<StreamData>({
      hostname: options.host,
      port: options.port,
      reusePort: false,
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

  get callCount(): number {
    return this.#byCall.size;
  }

  get liveCalls(): LiveCall[] {
    return [...this.#byCall.values()].flatMap(({ live }) => live ?? []);
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

  /** True when the message was about a call of ours. */
  onMedia(message: FromWorker): boolean {
    if (message.type === "live") return this.#onLive(message.event);
    if (!("callId" in message)) return false;
    const { callId } = message;
    const line = this.#byCall.get(callId);
    if (!line && !this.#closing.has(callId)) return false;
    switch (message.type) {
      case "opened":
        if (line) this.#start(line, callId);
        return true;
      case "open-failed":
        this.options.log.error({ callId, reason: message.reason }, "an RTP port could not be opened");
        this.#end(callId, "error");
        this.#onClosed(callId);
        return true;
      case "hang-up":
        this.#end(callId, "agent");
        return true;
      case "closed":
        this.#onClosed(callId);
        return true;
      case "transfer":
        this.options.transfers().start(callId, undefined, undefined, message.request);
        return true;
      default:
        return false;
    }
  }

  /** Somebody at a dashboard, or the end of the process. */
  hangUp(callId: string): void {
    this.#end(callId, "agent");
  }

  onLost(callIds: readonly string[]): void {
    for (const callId of callIds) this.#end(callId, "error");
  }

  async close(): Promise<void> {
    for (const callId of [...this.#byCall.keys()]) this.#end(callId, "agent");
    await this.#server.stop(true);
  }

  #onRequest(request: Request, server: Bun.Server<StreamData>): Response | undefined {
    const url = new URL(request.url);
    const admitted = this.#admit(url, request);
    if (!admitted) {
      this.refusedStreams++;
      return new Response("This address takes signed media streams, or a browser with a ticket.\n", { status: 403 });
    }
    if (!this.options.room() || !this.options.agent()) {
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
    const random = {
      ssrc: randomInt(2 ** 32),
      firstSequence: randomInt(2 ** 15),
      firstTimestampTicks: randomInt(2 ** 32),
    };
    const line: StreamLine = {
      ...socket.data.admitted,
      socket,
      stream: new MediaStream(random, (packet) => line.rtp?.send(packet, line.rtpPort ?? 0, this.#loopback)),
      startTimer: setTimeout(() => socket.close(1002, "no start message"), START_WITHIN_MS),
      callId: undefined,
      rtp: undefined,
      rtpPort: undefined,
      live: undefined,
      parameters: {},
    };
    socket.data.line = line;
  }

  #onMessage(line: StreamLine | undefined, message: string | Buffer): void {
    if (!line) return;
    const event = line.stream.receive(monotonicMs(), String(message));
    if (event?.type === "start") void this.#open(line, event);
    else if (event?.type === "stop") line.socket.close(1000);
  }

  async #open(line: StreamLine, start: Extract<StreamEvent, { type: "start" }>): Promise<void> {
    clearTimeout(line.startTimer);
    const { quotas } = this.options;
    const agent = this.options.agent();
    const to = start.parameters["to"] ?? "";
    const hasRoom = agent && this.options.room() && !quotas.excess(agent, to, epochMs());
    const port = hasRoom ? this.options.ports.take() : undefined;
    if (port === undefined || !agent) return line.socket.close(1013, "no capacity");
    const callId = `cal_${ulid()}`;
    line.callId = callId;
    line.rtpPort = port;
    line.parameters = start.parameters;
    this.#byCall.set(callId, line);
    quotas.begin(callId, agent, to, epochMs());
    line.rtp = await openUdp({ host: this.#loopback, port: 0, onPacket: (bytes) => this.#onRtp(line, bytes) });
    if (!this.#byCall.has(callId)) return line.rtp.close();
    if (!this.options.pool().assign(callId)) return this.#end(callId, "error");
    this.options.pool().send(callId, { type: "open", callId, port });
    this.options.log.info({ callId, transport: line.kind }, "call");
  }

  #onRtp(line: StreamLine, packet: Uint8Array): void {
    for (const message of line.stream.send(monotonicMs(), packet)) line.socket.sendText(message);
  }

  #start(line: StreamLine, callId: string): void {
    const agent = this.options.agent();
    if (!agent || !line.rtp) return this.#end(callId, "error");
    const info = this.#info(line, callId, agent);
    line.live = {
      id: callId,
      engine_id: info.engineId,
      from: info.from,
      from_display: info.fromDisplay,
      to: info.to,
      transport: line.kind,
      started_at: new Date(info.startedAtEpochMs).toISOString(),
      state: "speaking",
    };
    this.options.live({ type: "call", call: line.live });
    this.options.pool().send(callId, {
      type: "start",
      info,
      terms: {
        codec: "PCMU",
        payloadType: PCMU_PAYLOAD_TYPE,
        dtmfPayloadType: DTMF_PAYLOAD_TYPE,
        remote: { address: this.#loopback, port: line.rtp.port },
        sending: true,
      },
    });
  }

  /** Twilio says who calls in `<Parameter name="from" value="{{From}}"/>`; a browser's caller is whom the api announced. */
  #info({ kind, expected, parameters }: StreamLine, callId: string, settings: AgentSettings): CallInfo {
    const to = parameters["to"]?.slice(0, 200) ?? kind;
    const agent = settingsFor(settings, to);
    const from = expected ? expected.from : toE164(parameters["from"] ?? "", agent.country);
    return {
      callId,
      engineId: this.options.engineId,
      from,
      fromDisplay: expected?.from_display ?? parameters["from_name"]?.slice(0, 200) ?? null,
      to,
      transport: kind,
      codec: "PCMU",
      language: agent.languages[0] ?? "en",
      voice: agent.voice === "default" ? "" : agent.voice,
      greeting: sentences(agent.greeting, agent.recording_notice),
      startedAtEpochMs: epochMs(),
    };
  }

  /** She stopped: what the client has not played it forgets. */
  #onLive(event: LiveEvent): boolean {
    if (event.type === "barge_in" && event.kind === "stopped") {
      const line = this.#byCall.get(event.call_id);
      const clear = line?.stream.clear();
      if (clear !== undefined) line?.socket.sendText(clear);
    }
    return false;
  }

  #onGone(line: StreamLine | undefined): void {
    if (!line) return;
    clearTimeout(line.startTimer);
    if (line.callId !== undefined) this.#end(line.callId, "caller");
  }

  #end(callId: string, by: "caller" | "agent" | "error"): void {
    const line = this.#byCall.get(callId);
    if (!line) return;
    this.#byCall.delete(callId);
    this.options.quotas.end(callId);
    this.options.transfers().callerEnded(callId);
    if (line.live) this.options.live({ type: "ended", call_id: callId });
    line.rtp?.close();
    const { badMessages, roundTripMs } = line.stream.figures;
    this.options.log.info({ callId, by, badMessages, roundTripMs }, "call ended");
    if (line.socket.readyState === WebSocket.OPEN) line.socket.close(by === "error" ? 1011 : 1000);
    const port = line.rtpPort;
    if (port === undefined) return;
    if (!this.options.pool().has(callId)) return this.options.ports.give(port);
    this.#closing.set(callId, port);
    this.options.pool().send(callId, { type: "stop", callId, by });
  }

  /** The media thread's socket is closed: its port may serve another call. */
  #onClosed(callId: string): void {
    this.options.pool().release(callId);
    const port = this.#closing.get(callId);
    this.#closing.delete(callId);
    if (port !== undefined) this.options.ports.give(port);
  }
}

/** An address at which a socket bound to `host` is reached from this machine. */
function loopbackOf(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}
