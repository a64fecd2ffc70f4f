/**
 * Calls whose far end speaks something else than SIP and RTP: a WebSocket, a LiveKit room. Each gets a port on a media thread like any call; a UDP socket here is
 * its RTP peer, so the media side knows of neither.
 *
 * | state   | event                        | next                          |
 * |---------|------------------------------|-------------------------------|
 * | –       | open                         | opening: a port is asked for  |
 * | opening | opened                       | talking: she greets           |
 * | any     | end (the far end is gone)    | ended by the caller           |
 * | any     | hang-up from media           | ended by her, far end told    |
 * | any     | port or media thread lost    | ended by an error             |
 */
import type { AgentSettings, LiveCall, LiveEvent } from "@sk-voice/api/contract/index.ts";
import { ulid } from "ulid";
import type { CallInfo } from "../call/events.ts";
import { sentences } from "../call/greeting.ts";
import type { Quotas } from "../call/quotas.ts";
import { settingsFor } from "../receptionist/call-settings.ts";
import { DTMF_PAYLOAD_TYPE, PCMU_PAYLOAD_TYPE } from "../transports/stream-rtp.ts";
import { epochMs } from "./clock.ts";
import type { Log } from "./log.ts";
import type { MediaPool } from "./media-pool.ts";
import type { FromWorker } from "./messages.ts";
import type { RtpPorts } from "./rtp-ports.ts";
import type { Transfers } from "./transfers.ts";
import { openUdp, type UdpSocket } from "./udp.ts";

export type EndedBy = "caller" | "agent" | "error";

/** Who calls whom. */
export type PeerLine = Pick<CallInfo, "from" | "fromDisplay" | "to" | "carrier">;

export interface Peer {
  readonly transport: Exclude<CallInfo["transport"], "sip">;
  /** `countryOf`: the country of who is called, for numbers without a country code. */
  line(countryOf: (to: string) => string): PeerLine;
  /** One RTP packet of hers (PCMU), valid during the call. */
  onRtp(packet: Uint8Array): void;
  /** What dashboards are told of this call: its id and state at the beginning, captions, interruptions. */
  onLive(event: LiveEvent): void;
  /** The call is over: the far end is told. Figures for the log. */
  close(by: EndedBy): Record<string, unknown>;
}

export interface PeerCallsOptions {
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

interface Line {
  readonly peer: Peer;
  readonly port: number;
  rtp: UdpSocket | undefined;
  live: LiveCall | undefined;
}

export class PeerCalls {
  readonly #byCall = new Map<string, Line>();
  readonly #closing = new Map<string, number>();
  readonly #loopback: string;

  constructor(private readonly options: PeerCallsOptions) {
    this.#loopback = loopbackOf(options.mediaHost);
  }

  get callCount(): number {
    return this.#byCall.size;
  }

  get liveCalls(): LiveCall[] {
    return [...this.#byCall.values()].flatMap(({ live }) => live ?? []);
  }

  /** Whether a call would be taken now. */
  get hasRoom(): boolean {
    return this.options.room() && this.options.agent() !== undefined;
  }

  /** The call's id; `undefined` when there is no room for it. */
  open(peer: Peer): string | undefined {
    const agent = this.options.agent();
    if (!agent || !this.options.room()) return undefined;
    const { quotas, ports } = this.options;
    const { to } = peer.line((called) => settingsFor(agent, called).country);
    const port = quotas.excess(agent, to, epochMs()) ? undefined : ports.take();
    if (port === undefined) return undefined;
    const callId = `cal_${ulid()}`;
    const line: Line = { peer, port, rtp: undefined, live: undefined };
    this.#byCall.set(callId, line);
    quotas.begin(callId, agent, to, epochMs());
    void this.#openSocket(callId, line);
    return callId;
  }

  /** To the media thread; what comes before its socket is open is dropped. */
  send(callId: string, packet: Uint8Array): void {
    const line = this.#byCall.get(callId);
    line?.rtp?.send(packet, line.port, this.#loopback);
  }

  /** True when the message was about a call of ours, and for nobody else. */
  onMedia(message: FromWorker): boolean {
    if (message.type === "live") {
      if ("call_id" in message.event) this.#byCall.get(message.event.call_id)?.peer.onLive(message.event);
      return false;
    }
    if (!("callId" in message)) return false;
    const { callId } = message;
    if (!this.#byCall.has(callId) && !this.#closing.has(callId)) return false;
    switch (message.type) {
      case "opened":
        this.#start(callId);
        return true;
      case "open-failed":
        this.options.log.error({ callId, reason: message.reason }, "an RTP port could not be opened");
        this.end(callId, "error");
        this.#onClosed(callId);
        return true;
      case "hang-up":
        this.end(callId, "agent");
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
    this.end(callId, "agent");
  }

  onLost(callIds: readonly string[]): void {
    for (const callId of callIds) this.end(callId, "error");
  }

  hangUpAll(): void {
    for (const callId of [...this.#byCall.keys()]) this.hangUp(callId);
  }

  /** Once; afterwards nothing. */
  end(callId: string, by: EndedBy): void {
    const line = this.#byCall.get(callId);
    if (!line) return;
    this.#byCall.delete(callId);
    this.options.quotas.end(callId);
    this.options.transfers().callerEnded(callId);
    if (line.live) this.options.live({ type: "ended", call_id: callId });
    line.rtp?.close();
    this.options.log.info({ callId, by, ...line.peer.close(by) }, "call ended");
    if (!this.options.pool().has(callId)) return this.options.ports.give(line.port);
    this.#closing.set(callId, line.port);
    this.options.pool().send(callId, { type: "stop", callId, by });
  }

  async #openSocket(callId: string, line: Line): Promise<void> {
    line.rtp = await openUdp({ host: this.#loopback, port: 0, onPacket: (bytes) => line.peer.onRtp(bytes) });
    if (!this.#byCall.has(callId)) return line.rtp.close();
    if (!this.options.pool().assign(callId)) return this.end(callId, "error");
    this.options.pool().send(callId, { type: "open", callId, port: line.port });
    this.options.log.info({ callId, transport: line.peer.transport }, "call");
  }

  #start(callId: string): void {
    const line = this.#byCall.get(callId);
    const agent = this.options.agent();
    if (!line) return;
    if (!agent || !line.rtp) return this.end(callId, "error");
    const info = this.#info(line.peer, callId, agent);
    line.live = {
      id: callId,
      engine_id: info.engineId,
      from: info.from,
      from_display: info.fromDisplay,
      to: info.to,
      transport: info.transport,
      started_at: new Date(info.startedAtEpochMs).toISOString(),
      state: "speaking",
    };
    const started: LiveEvent = { type: "call", call: line.live };
    this.options.live(started);
    line.peer.onLive(started);
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

  #info(peer: Peer, callId: string, settings: AgentSettings): CallInfo {
    const called = peer.line((to) => settingsFor(settings, to).country);
    const agent = settingsFor(settings, called.to);
    return {
      ...called,
      callId,
      engineId: this.options.engineId,
      transport: peer.transport,
      codec: "PCMU",
      language: agent.languages[0] ?? "en",
      voice: agent.voice === "default" ? "" : agent.voice,
      greeting: sentences(agent.greeting, agent.recording_notice),
      startedAtEpochMs: epochMs(),
    };
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
