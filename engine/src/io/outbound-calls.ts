/**
 * Calls that she places: each takes a port, is dialled through a trunk that may (`sip/dialling`), and is a call like any other once it is answered. What comes of
 * one that is not is reported as `call.failed`. The table of one call is in `call/dial-out.ts`.
 */
import type { AgentSettings, CallFailure, CallOverrides, LiveCall, LiveEvent } from "@sk-voice/api/contract/index.ts";
import { ulid } from "ulid";
import { toE164 } from "../call/caller-number.ts";
import { DialOut, type DialOutInput, type DialOutOutput } from "../call/dial-out.ts";
import { sentences } from "../call/greeting.ts";
import { termsOf } from "../call/terms.ts";
import { settingsFor } from "../receptionist/call-settings.ts";
import type { DiallingPlan } from "../sip/dialling.ts";
import type { NegotiatedAudio } from "../sip/negotiate.ts";
import type { CallEvent, LegId } from "../sip/user-agent.ts";
import { reasonPhrase } from "../sip/write.ts";
import { PHRASES } from "../talk/phrases.ts";
import { epochMs, monotonicMs } from "./clock.ts";
import type { MediaPool } from "./media-pool.ts";
import type { FromWorker } from "./messages.ts";
import { OutgoingAttempts } from "./outgoing-attempts.ts";
import type { Publisher } from "./publisher.ts";
import type { TransferDeps } from "./transfer-deps.ts";
import type { Transfers } from "./transfers.ts";

export interface OutboundCallsOptions extends Pick<TransferDeps, "dialling" | "ports" | "log" | "sip" | "flowTo"> {
  readonly engineId: string;
  readonly pool: () => Pick<MediaPool, "assign" | "send" | "has" | "release">;
  readonly agent: () => AgentSettings | undefined;
  readonly transfers: () => Pick<Transfers, "start" | "callerEnded">;
  readonly publisher: Pick<Publisher, "publish">;
  /** Whether one more call fits. */
  readonly room: () => boolean;
  /** The telephone rings. */
  readonly rings: (testCallId: string, callId: string) => void;
  readonly live: (event: LiveEvent) => void;
}

export interface CallToPlace {
  /** E.164. */
  readonly to: string;
  readonly testCallId: string;
  /** For this call alone. */
  readonly options: CallOverrides | null;
}

interface Line {
  readonly callId: string;
  readonly asked: CallToPlace;
  readonly from: string | null;
  readonly placedAtEpochMs: number;
  readonly core: DialOut;
  /** Absent where nothing may be dialled. */
  readonly attempts: OutgoingAttempts;
  timer: ReturnType<typeof setTimeout> | undefined;
  audio: NegotiatedAudio | undefined;
  live: LiveCall | undefined;
}

export class OutboundCalls {
  readonly #byCall = new Map<string, Line>();
  readonly #byLeg = new Map<LegId, Line>();
  /** Ports of calls that are over, until their socket is closed. */
  readonly #closing = new Map<string, number>();
  readonly #ports = new Map<string, number>();

  constructor(private readonly options: OutboundCallsOptions) {}

  get callCount(): number {
    return this.#byCall.size;
  }

  get liveCalls(): LiveCall[] {
    return [...this.#byCall.values()].flatMap(({ live }) => live ?? []);
  }

  /** Never throws; what cannot be dialled is reported as failed. */
  place(asked: CallToPlace): void {
    const { dialling, ports, log, pool, agent, room } = this.options;
    const callId = `cal_${ulid()}`;
    const plan = dialling.plan(monotonicMs(), asked.to, undefined);
    if (plan.kind === "forbidden") {
      log.warn({ callId, reason: plan.reason }, "a call is not dialled");
      return this.#report(callId, asked, null, epochMs(), {
        sip_status: null,
        reason: "forbidden",
        detail: plan.reason,
      });
    }
    const port = room() && agent() !== undefined ? ports.take() : undefined;
    if (port === undefined || !pool().assign(callId)) {
      plan.release();
      if (port !== undefined) ports.give(port);
      const failure: CallFailure = {
        sip_status: null,
        reason: "failed",
        detail: "the engine has no room for another call",
      };
      return this.#report(callId, asked, null, epochMs(), failure);
    }
    this.#ports.set(callId, port);
    this.#byCall.set(callId, this.#newLine(callId, asked, plan, port));
    pool().send(callId, { type: "open", callId, port });
  }

  /** True when the event is of a call of ours. */
  onSip(event: CallEvent): boolean {
    const line = this.#byLeg.get(event.leg);
    if (line === undefined) return false;
    switch (event.kind) {
      case "ringing":
        this.#run(line, { type: "rings" });
        break;
      case "answered":
        line.audio = line.attempts.accept(event.sdp);
        if (line.audio) this.#run(line, { type: "answered" });
        else line.attempts.hangUp("no common codec");
        break;
      case "reinvite":
        this.#change(line, line.attempts.onReinvite(event.leg, event.sdp));
        break;
      case "reinvite-acked":
      case "reinvite-result":
        if (event.sdp !== undefined) this.#change(line, line.attempts.accept(event.sdp));
        break;
      case "refer":
        this.options.sip().command({ kind: "reject-refer", leg: event.leg, status: 603 });
        break;
      case "ended":
        this.#byLeg.delete(event.leg);
        this.#onEnded(line, event);
    }
    return true;
  }

  /** True when the message was about a call of ours. */
  onMedia(message: FromWorker): boolean {
    if (!("callId" in message)) return false;
    const { callId } = message;
    const line = this.#byCall.get(callId);
    if (!line && !this.#closing.has(callId)) return false;
    switch (message.type) {
      case "opened":
        if (line) this.#run(line, { type: "opened" });
        return true;
      case "open-failed":
        if (line) this.#run(line, { type: "ended", status: 0, detail: "no RTP port could be opened", by: "error" });
        this.#onClosed(callId);
        return true;
      case "hang-up":
        this.hangUp(callId);
        return true;
      case "transfer":
        if (line) this.options.transfers().start(callId, line.attempts.leg, line.attempts.trunk, message.request);
        return true;
      case "closed":
        this.#onClosed(callId);
        return true;
      default:
        return false;
    }
  }

  hangUp(callId: string): void {
    const line = this.#byCall.get(callId);
    if (line) this.#run(line, { type: "hang-up" });
  }

  hangUpAll(): void {
    for (const callId of [...this.#byCall.keys()]) this.hangUp(callId);
  }

  /** The calls' media thread died. */
  onLost(callIds: readonly string[]): void {
    for (const callId of callIds) this.hangUp(callId);
  }

  #newLine(callId: string, asked: CallToPlace, plan: DiallingPlan, port: number): Line {
    const line: Line = {
      callId,
      asked,
      from: toE164(plan.outbound.from, this.options.agent()?.country),
      placedAtEpochMs: epochMs(),
      core: new DialOut(plan.outbound.maxCallMinutes * 60_000),
      attempts: new OutgoingAttempts(
        this.options,
        { callId, target: asked.to, port, onLeg: (leg) => this.#byLeg.set(leg, line) },
        plan,
      ),
      timer: undefined,
      audio: undefined,
      live: undefined,
    };
    return line;
  }

  #onEnded(line: Line, event: Extract<CallEvent, { kind: "ended" }>): void {
    const goesOn = line.attempts.onEnded(event);
    if (goesOn && line.core.state === "calling") return void this.#dial(line);
    const { cause, status, reason } = event;
    const by = cause === "hangup" ? "agent" : cause === "bye" ? "caller" : "error";
    const detail = reason?.text ?? (status === 0 ? cause : reasonPhrase(status));
    this.#run(line, { type: "ended", status, detail, by });
  }

  #change(line: Line, audio: NegotiatedAudio | undefined): void {
    if (audio === undefined) return;
    line.audio = audio;
    this.options.pool().send(line.callId, { type: "update", callId: line.callId, terms: termsOf(audio) });
  }

  async #dial(line: Line): Promise<void> {
    const result = await line.attempts.dial(() => line.core.state === "calling");
    if (result === "failed")
      this.#run(line, { type: "ended", status: 0, detail: "the trunk's proxy cannot be reached", by: "error" });
  }

  #run(line: Line, input: DialOutInput): void {
    const { core } = line;
    core.handle(monotonicMs(), input);
    for (let output = core.poll(); output; output = core.poll()) this.#do(line, output);
    clearTimeout(line.timer);
    const at = core.deadline();
    if (at === Number.POSITIVE_INFINITY) return;
    line.timer = setTimeout(() => this.#run(line, { type: "tick" }), Math.max(1, at - monotonicMs()));
  }

  #do(line: Line, output: DialOutOutput): void {
    const { callId, asked } = line;
    switch (output.type) {
      case "dial":
        return void this.#dial(line);
      case "rings":
        return this.options.rings(asked.testCallId, callId);
      case "start":
        return this.#start(line);
      case "end-leg":
        return line.attempts.hangUp("she hangs up");
      case "failed":
        return this.#report(callId, asked, line.from, line.placedAtEpochMs, output.failure);
      case "stop":
        return this.#stop(line, output.by);
    }
  }

  /** In the conversation the person is the caller, whoever dialled. */
  #start(line: Line): void {
    const { options } = this;
    const settings = options.agent();
    const { callId, audio, asked, from } = line;
    if (!settings || !audio) return line.attempts.hangUp("not ready");
    const agent = settingsFor(settings, from ?? "", asked.options);
    const startedAtEpochMs = epochMs();
    line.live = {
      id: callId,
      engine_id: options.engineId,
      from,
      from_display: null,
      to: asked.to,
      direction: "outbound",
      transport: "sip",
      started_at: new Date(startedAtEpochMs).toISOString(),
      state: "speaking",
    };
    options.live({ type: "call", call: line.live });
    options.pool().send(callId, {
      type: "start",
      info: {
        callId,
        engineId: options.engineId,
        direction: "outbound",
        testCallId: asked.testCallId,
        options: asked.options,
        from: asked.to,
        fromDisplay: null,
        to: from ?? "",
        transport: "sip",
        codec: audio.codec,
        language: agent.languages[0] ?? "en",
        languages: agent.languages,
        voice: agent.voice === "default" ? "" : agent.voice,
        greeting: [PHRASES.testCall, ...sentences(agent.greeting, agent.recording_notice)],
        startedAtEpochMs,
      },
      terms: termsOf(audio),
    });
    options.log.info({ callId, trunk: line.attempts.trunk.name }, "call answered");
  }

  #stop(line: Line, by: "caller" | "agent" | "error"): void {
    const { callId } = line;
    const { pool, transfers, live, log } = this.options;
    this.#byCall.delete(callId);
    if (line.live) live({ type: "ended", call_id: callId });
    transfers().callerEnded(callId);
    line.attempts.release();
    this.#closing.set(callId, this.#ports.get(callId) ?? 0);
    if (pool().has(callId)) pool().send(callId, { type: "stop", callId, by });
    else this.#onClosed(callId);
    log.info({ callId, by }, "call ended");
  }

  /** The media thread's socket is closed: its port may serve another call. */
  #onClosed(callId: string): void {
    this.options.pool().release(callId);
    const port = this.#ports.get(callId);
    this.#closing.delete(callId);
    this.#ports.delete(callId);
    if (port !== undefined) this.options.ports.give(port);
  }

  #report(
    callId: string,
    asked: CallToPlace,
    from: string | null,
    placedAtEpochMs: number,
    failure: CallFailure,
  ): void {
    this.options.publisher.publish({
      type: "call.failed",
      call_id: callId,
      engine_id: this.options.engineId,
      started_at: new Date(placedAtEpochMs).toISOString(),
      ended_at: new Date(epochMs()).toISOString(),
      from,
      to: asked.to,
      test_call_id: asked.testCallId,
      failure,
    });
  }
}
