/**
 * Joins signalling and media: an INVITE becomes a call with a port on a media thread, its ACK starts her greeting, its BYE ends it. Admission is here:
 * above a limit, without ports or while draining a caller gets 503, exactly.
 *
 * | event            | does                                                        |
 * |------------------|-------------------------------------------------------------|
 * | incoming         | admission, answer the offer, 180, open the port             |
 * | opened           | 200                                                         |
 * | acked            | start the session (a late offer's answer is read here)      |
 * | reinvite         | new terms to the media thread                               |
 * | refer            | goes on with somebody else, or not (`referrals.ts`)         |
 * | transfer (media) | the caller is handed over (`transfers.ts`)                  |
 * | ended            | stop the session, keep the port until the socket is closed  |
 * | hang-up (media)  | BYE                                                         |
 */
import { randomBytes } from "node:crypto";
import type { AgentSettings, LiveCall, LiveEvent } from "@sk-voice/api/contract/index.ts";
import { ulid } from "ulid";
import { callerNumber } from "../call/caller-number.ts";
import type { Quotas } from "../call/quotas.ts";
import { termsOf } from "../call/terms.ts";
import type { TransferRequest } from "../call/transfer-types.ts";
import { settingsFor } from "../receptionist/call-settings.ts";
import { CallVelocity } from "../screening/velocity.ts";
import { readCallHeaders } from "../sip/call-headers.ts";
import type { SipRequest } from "../sip/message.ts";
import { type NegotiatedAudio, OfferAnswer } from "../sip/negotiate.ts";
import type { StirVerdict } from "../sip/stir/verify.ts";
import type { Trunk } from "../sip/trunk-config.ts";
import type { CallEvent, EndCause, LegId, UserAgentCommand } from "../sip/user-agent-types.ts";
import { epochMs, monotonicMs } from "./clock.ts";
import type { Log } from "./log.ts";
import type { MediaPool } from "./media-pool.ts";
import type { FromWorker, MediaThreadFigures } from "./messages.ts";
import type { PrintFile } from "./print-file.ts";
import type { Publisher } from "./publisher.ts";
import type { Referrals } from "./referrals.ts";
import { answerReoffer } from "./reoffer.ts";
import type { RtpPorts } from "./rtp-ports.ts";
import { callInfo, carrierOf, type Line, liveCall } from "./sip-line.ts";
import type { Transfers } from "./transfers.ts";

export interface SwitchboardOptions {
  readonly engineId: string;
  readonly maxCalls: number;
  /** Calls that did not come by SIP; they count too. */
  readonly otherCalls?: () => number;
  /** Asked whether the business may have one more; told of each call that begins and ends. */
  readonly quotas: Pick<Quotas, "excess" | "begin" | "end">;
  readonly ports: RtpPorts;
  readonly publisher: Publisher;
  readonly prints: PrintFile;
  readonly log: Log;
  readonly command: (command: UserAgentCommand) => void;
  readonly pool: () => MediaPool;
  /** The trunk a peer's address belongs to. */
  readonly trunkOf: (address: string) => Trunk | undefined;
  readonly transfers: () => Transfers;
  readonly referrals: () => Referrals;
  /** Absent: Identity headers are not checked. Never rejects. */
  readonly checkIdentity?: (request: SipRequest) => Promise<StirVerdict>;
  /** `undefined` until the api has told them once. */
  readonly agent: () => AgentSettings | undefined;
  /** For dashboards. */
  readonly live: (event: LiveEvent) => void;
}

export class Switchboard {
  readonly #byLeg = new Map<LegId, Line>();
  readonly #byCall = new Map<string, Line>();
  readonly #velocity = new CallVelocity();
  readonly #closing = new Map<string, number>();
  /** Calls that take another's place (RFC 3891), until their ACK. */
  readonly #replacing = new Map<LegId, { readonly line: Line; readonly audio: NegotiatedAudio }>();
  refusedCalls = 0;
  answeredCalls = 0;
  /** The last figures of each media thread. */
  readonly mediaFigures: Record<number, MediaThreadFigures> = {};

  constructor(private readonly options: SwitchboardOptions) {}

  get callCount(): number {
    return this.#byCall.size;
  }

  /** The calls that run, for a dashboard that has just connected. */
  get liveCalls(): LiveCall[] {
    return [...this.#byCall.values()].flatMap(({ live }) => live ?? []);
  }

  onSip(event: CallEvent): void {
    if (this.options.transfers().onSip(event) || this.options.referrals().onSip(event)) return;
    switch (event.kind) {
      case "incoming":
        return this.#onIncoming(event);
      case "acked":
        return this.#onAcked(event.leg, event.sdp);
      case "reinvite":
        return this.#onReinvite(event.leg, event.sdp);
      case "reinvite-acked":
      case "reinvite-result":
        return this.#onReinviteAnswer(event.leg, event.sdp);
      case "refer":
        return this.#onRefer(event);
      case "ended":
        return this.#onEnded(event.leg, event.cause);
    }
  }

  onMedia(message: FromWorker): void {
    switch (message.type) {
      case "opened":
        return this.#onOpened(message.callId);
      case "open-failed":
        return this.#onOpenFailed(message.callId, message.reason);
      case "hang-up":
        return this.hangUp(message.callId);
      case "transfer":
        return this.#transfer(message.callId, message.request);
      case "human":
        return this.options.transfers().onHuman(message.callId, message.event);
      case "closed":
        return this.#onClosed(message.callId);
      case "draft":
        return this.options.publisher.draft(message.outcome);
      case "report":
        return this.options.publisher.publish(message.report);
      case "live":
        return this.options.live(message.event);
      case "print":
        this.options.prints.add(message.print);
        return this.options.pool().broadcast(message);
      case "figures":
        this.mediaFigures[message.index] = message.figures;
        return;
    }
  }

  /** The calls' media thread died. */
  onLost(callIds: readonly string[]): void {
    this.options.publisher.recover(callIds);
    for (const callId of callIds) this.hangUp(callId);
  }

  /** Ends every call, as at shutdown. */
  hangUpAll(): void {
    for (const callId of [...this.#byCall.keys()]) this.hangUp(callId);
  }

  #onIncoming(event: Extract<CallEvent, { kind: "incoming" }>): void {
    if (event.replaces !== undefined) return this.#onReplacing(event, event.replaces);
    const { leg, request, flow } = event;
    const { command, log, ports, maxCalls } = this.options;
    const agent = this.options.agent();
    const hasRoom = this.#byCall.size + (this.options.otherCalls?.() ?? 0) < maxCalls;
    if (!agent || !hasRoom) return this.#refuse(leg, 503, "no capacity");
    const excess = this.options.quotas.excess(agent, request.uri, epochMs());
    if (excess) return this.#refuse(leg, 503, `too many ${excess.limit}`, excess.retryAfterS);
    const port = ports.take();
    if (port === undefined) return this.#refuse(leg, 503, "no capacity");
    const trunk = this.options.trunkOf(flow.address);
    const media = new OfferAnswer({
      address: flow.localHost,
      port,
      sessionId: String(epochMs()),
      ...(trunk === undefined ? {} : { codecs: trunk.codecs, srtp: trunk.srtp }),
      rtcpMux: true,
      randomBytes,
    });
    const answer = event.sdp === undefined ? undefined : media.answer(event.sdp);
    if (answer && !answer.ok) {
      ports.give(port);
      return this.#refuse(leg, answer.status, answer.reason);
    }
    const callId = `cal_${ulid()}`;
    const headers = readCallHeaders(request);
    const line: Line = {
      leg,
      callId,
      port,
      media,
      from: callerNumber(request, agent.country, trunk?.trustIdentity ?? false),
      to: request.uri,
      trunk,
      carrier: trunk && carrierOf(trunk, headers),
      checked: undefined,
      sdp: answer?.sdp ?? media.offer(),
      audio: answer?.audio,
      live: undefined,
    };
    if (!this.options.pool().assign(callId)) {
      ports.give(port);
      return this.#refuse(leg, 503, "no media thread is running");
    }
    line.checked = this.options.checkIdentity?.(request).then((stir) => {
      line.carrier = trunk && carrierOf(trunk, headers, stir);
      if (stir.status === "failed")
        log.warn({ callId, fault: stir.fault, reason: stir.reason }, "identity not verified");
    });
    this.#byLeg.set(leg, line);
    this.#byCall.set(callId, line);
    this.options.quotas.begin(callId, agent, line.to, epochMs());
    command({ kind: "ring", leg });
    this.options.pool().send(callId, { type: "open", callId, port });
    log.info({ callId, transport: flow.transport, trunk: trunk?.name }, "call");
  }

  /** The caller goes on from another telephone: same conversation, same port, another leg. */
  #onReplacing({ leg, sdp }: Extract<CallEvent, { kind: "incoming" }>, replaced: LegId): void {
    const line = this.#byLeg.get(replaced);
    const answer = sdp === undefined ? undefined : line?.media.answer(sdp);
    if (!line || !answer?.ok) return this.#refuse(leg, line ? 488 : 481, "it replaces nothing that can be replaced");
    this.#replacing.set(leg, { line, audio: answer.audio });
    this.options.command({ kind: "answer", leg, sdp: answer.sdp });
  }

  #takeOver(leg: LegId, line: Line, audio: NegotiatedAudio): void {
    this.#replacing.delete(leg);
    const before = line.leg;
    this.#moveTo(leg, line);
    this.options.command({ kind: "hangup", leg: before });
    this.#change(line, audio);
  }

  #moveTo(leg: LegId, line: Line): void {
    this.#byLeg.delete(line.leg);
    line.leg = leg;
    this.#byLeg.set(leg, line);
  }

  #onRefer(event: Extract<CallEvent, { kind: "refer" }>): void {
    const line = this.#byLeg.get(event.leg);
    if (!line) return this.options.command({ kind: "reject-refer", leg: event.leg, status: 481 });
    this.options.referrals().start(event, {
      callId: line.callId,
      port: line.port,
      trunk: line.trunk,
      taken: (leg, media, audio, release) => {
        line.release?.();
        Object.assign(line, { media, release });
        this.#moveTo(leg, line);
        this.#change(line, audio);
      },
      failed: () => {
        if (!this.#byLeg.has(line.leg)) this.#finish(line, "bye");
      },
    });
  }

  #onOpened(callId: string): void {
    const line = this.#byCall.get(callId);
    if (line?.checked) void line.checked.then(() => this.#answer(line));
    else if (line) this.#answer(line);
    else this.options.pool().send(callId, { type: "stop", callId, by: "caller" });
  }

  #answer({ leg, sdp }: Line): void {
    this.options.command({ kind: "answer", leg, sdp });
  }

  #onOpenFailed(callId: string, reason: string): void {
    const line = this.#byCall.get(callId);
    this.options.log.error({ callId, reason }, "an RTP port could not be opened");
    if (line) this.#refuse(line.leg, 503, "no RTP port");
    this.#onClosed(callId);
  }

  #onAcked(leg: LegId, sdp: string | undefined): void {
    const replacing = this.#replacing.get(leg);
    if (replacing) return this.#takeOver(leg, replacing.line, replacing.audio);
    const line = this.#byLeg.get(leg);
    const settings = this.options.agent();
    if (!line || !settings) return;
    const agent = settingsFor(settings, line.to);
    const accepted = line.audio ? undefined : line.media.accept(sdp ?? "");
    line.audio ??= accepted?.ok ? accepted.audio : undefined;
    if (!line.audio) return this.hangUp(line.callId);
    this.answeredCalls++;
    const startedAtEpochMs = epochMs();
    const { callId, from } = line;
    line.live = liveCall(line, this.options.engineId, startedAtEpochMs);
    this.options.live({ type: "call", call: line.live });
    const callsLastHour = from.number === null ? 0 : this.#velocity.called(monotonicMs(), from.number);
    const info = {
      ...callInfo(line, line.audio, agent, startedAtEpochMs),
      engineId: this.options.engineId,
      callsLastHour,
    };
    this.options.pool().send(callId, { type: "start", info, terms: termsOf(line.audio) });
  }

  #onReinvite(leg: LegId, sdp: string | undefined): void {
    const line = this.#byLeg.get(leg);
    if (!line) return;
    const { command, audio } = answerReoffer(line.media, leg, sdp);
    if (audio) this.#change(line, audio);
    this.options.command(command);
  }

  #onReinviteAnswer(leg: LegId, sdp: string | undefined): void {
    const line = this.#byLeg.get(leg);
    if (!line || sdp === undefined) return;
    const accepted = line.media.accept(sdp);
    if (accepted.ok) this.#change(line, accepted.audio);
  }

  #change(line: Line, audio: NegotiatedAudio): void {
    line.audio = audio;
    const { callId } = line;
    this.options.pool().send(callId, { type: "update", callId, terms: termsOf(audio) });
  }

  #onEnded(leg: LegId, cause: EndCause): void {
    this.#replacing.delete(leg);
    const line = this.#byLeg.get(leg);
    if (!line) return;
    this.#byLeg.delete(leg);
    if (cause !== "bye" || !line.audio || !this.options.referrals().isWaiting(line.callId))
      return this.#finish(line, cause);
    // It has sent her on and left: she says nothing until somebody takes the call.
    const terms = { ...termsOf(line.audio), sending: false };
    this.options.pool().send(line.callId, { type: "update", callId: line.callId, terms });
  }

  #finish(line: Line, cause: EndCause): void {
    const { callId, port } = line;
    this.#byCall.delete(callId);
    this.options.quotas.end(callId);
    line.release?.();
    this.options.referrals().callEnded(callId);
    if (line.live) this.options.live({ type: "ended", call_id: callId });
    this.options.transfers().callerEnded(callId);
    if (!this.options.pool().has(callId)) return this.options.ports.give(port);
    this.#closing.set(callId, port);
    const by = cause === "hangup" ? "agent" : cause === "no-ack" || cause === "gone" ? "error" : "caller";
    this.options.pool().send(callId, { type: "stop", callId, by });
    this.options.log.info({ callId, cause }, "call ended");
  }

  /** The socket is closed: its port may serve another call. */
  #onClosed(callId: string): void {
    this.options.pool().release(callId);
    const port = this.#closing.get(callId) ?? this.#byCall.get(callId)?.port;
    this.#closing.delete(callId);
    if (port !== undefined) this.options.ports.give(port);
  }

  #transfer(callId: string, request: TransferRequest): void {
    const line = this.#byCall.get(callId);
    if (line) this.options.transfers().start(callId, line.leg, line.trunk, request);
  }

  /** Ends a call by BYE. */
  hangUp(callId: string): void {
    const line = this.#byCall.get(callId);
    if (!line) return;
    if (this.#byLeg.has(line.leg)) this.options.command({ kind: "hangup", leg: line.leg });
    else this.#finish(line, "hangup");
  }

  #refuse(leg: LegId, status: number, reason: string, retryAfterS = 5): void {
    this.refusedCalls++;
    this.options.log.warn({ status, reason }, "call refused");
    const headers = status === 503 ? [{ name: "Retry-After", value: String(retryAfterS) }] : [];
    this.options.command({ kind: "reject", leg, status, headers });
  }
}
