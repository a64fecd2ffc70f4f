import { randomBytes } from "node:crypto";
import { termsOf } from "../call/terms.ts";
import type { TransferRequest } from "../call/transfer-types.ts";
import { WARM_TIMES, type WarmInput, type WarmOutput, WarmTransfer } from "../call/warm-transfer.ts";
import type { DiallingPlan } from "../sip/dialling.ts";
import { type NegotiatedAudio, OfferAnswer } from "../sip/negotiate.ts";
import { parseUri } from "../sip/uri.ts";
import type { CallEvent, LegId } from "../sip/user-agent.ts";
import { epochMs, monotonicMs } from "./clock.ts";
import type { HumanEvent } from "./messages.ts";
import { answerReoffer } from "./reoffer.ts";
import type { TransferDeps } from "./transfer-deps.ts";

/** Trunks and redirections tried for one transfer. */
const MAX_ATTEMPTS = 3;
/** How long a trunk rests that answers 503 without Retry-After. */
const DEFAULT_PAUSE_S = 5;

/** One warm transfer: moves what its core decides between the human's leg, the media thread and the caller's call. */
export class WarmRun {
  readonly #core: WarmTransfer;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #media: OfferAnswer | undefined;
  #audio: NegotiatedAudio | undefined;
  #leg: LegId | undefined;
  #attempts = 0;
  #isMediaClosed = false;
  #isClosing = false;

  constructor(
    private readonly deps: TransferDeps,
    private readonly callId: string,
    private readonly request: TransferRequest,
    private plan: DiallingPlan,
    private readonly port: number,
    private readonly onLeg: (leg: LegId) => void,
    /** Nothing is left of it. */
    private readonly onDone: () => void,
  ) {
    const maxBridgedMs = plan.outbound.maxCallMinutes * 60_000;
    this.#core = new WarmTransfer(monotonicMs(), { ...WARM_TIMES, maxBridgedMs });
    this.#arm();
    if (!deps.tellHuman(callId, { type: "open", port })) this.#run({ type: "caller-ended" });
  }

  get leg(): LegId | undefined {
    return this.#leg;
  }

  onHuman(event: HumanEvent): void {
    switch (event.type) {
      case "opened":
        void this.#dial();
        return;
      case "open-failed":
        this.#isMediaClosed = true;
        this.deps.log.error({ callId: this.callId, reason: event.reason }, "no RTP port for a transfer");
        return this.#run({ type: "human-ended", status: 500 });
      case "answered":
        return this.#run({ type: event.accepts ? "accepts" : "declines" });
      case "lost":
        return this.#hangUp("no media");
      case "closed":
        this.#isMediaClosed = true;
        return this.#maybeDone();
    }
  }

  onSip(event: CallEvent): void {
    switch (event.kind) {
      case "answered":
        return this.#onAnswered(event.sdp);
      case "reinvite":
        return this.#onReinvite(event.leg, event.sdp);
      case "reinvite-acked":
      case "reinvite-result":
        if (event.sdp !== undefined) this.#accept(event.sdp);
        return;
      case "refer":
        return this.deps.sip().command({ kind: "reject-refer", leg: event.leg, status: 603 });
      case "ended":
        return this.#onLegEnded(event);
    }
  }

  callerEnded(): void {
    this.#run({ type: "caller-ended" });
    this.#close();
  }

  async #dial(): Promise<void> {
    const { deps, plan } = this;
    const { trunk, outbound, uri, from } = plan;
    this.#attempts++;
    try {
      const flow = await deps.flowTo(outbound.proxy);
      if (this.#core.state !== "ringing") return this.#maybeDone();
      this.#media = new OfferAnswer({
        address: flow.localHost,
        port: this.port,
        sessionId: String(epochMs()),
        codecs: trunk.codecs,
        rtcpMux: true,
        srtp: trunk.srtp,
        randomBytes,
      });
      const { username, password } = outbound;
      const credentials =
        username === undefined || password === undefined ? {} : { credentials: { username, password } };
      const headers = Object.entries(trunk.headers).map(([name, value]) => ({ name: name.toLowerCase(), value }));
      const sdp = this.#media.offer();
      this.#leg = deps.sip().invite({ flow, uri, from, sdp: () => sdp, headers, ...credentials });
      this.onLeg(this.#leg);
      deps.log.info({ callId: this.callId, trunk: trunk.name }, "calling a human for a transfer");
    } catch (error) {
      deps.log.error({ callId: this.callId, trunk: trunk.name, err: error }, "a transfer cannot be dialled");
      this.#run({ type: "human-ended", status: 503 });
    }
  }

  #onAnswered(sdp: string | undefined): void {
    if (this.#accept(sdp ?? "")) this.#run({ type: "answered" });
    else this.#hangUp("no common codec");
  }

  #onReinvite(leg: LegId, sdp: string | undefined): void {
    if (this.#media === undefined) return;
    const { command, audio } = answerReoffer(this.#media, leg, sdp);
    if (audio !== undefined) this.#change(audio);
    this.deps.sip().command(command);
  }

  #accept(sdp: string): boolean {
    const accepted = this.#media?.accept(sdp);
    if (accepted?.ok !== true) return false;
    this.#change(accepted.audio);
    return true;
  }

  #change(audio: NegotiatedAudio): void {
    this.#audio = audio;
    this.deps.tellHuman(this.callId, { type: "update", terms: termsOf(audio) });
  }

  #onLegEnded(event: Extract<CallEvent, { kind: "ended" }>): void {
    this.#leg = undefined;
    if (event.cause === "refused" && this.#tryAnother(event)) return;
    this.#run({ type: "human-ended", status: event.cause === "refused" ? event.status : 0 });
  }

  /** A 3xx to where we may dial, or another trunk when this one is overloaded. */
  #tryAnother({ status, contacts, retryAfterS }: Extract<CallEvent, { kind: "ended" }>): boolean {
    const now = monotonicMs();
    const { trunk } = this.plan;
    if (status === 503) this.deps.dialling.unavailable(now, trunk.name, retryAfterS ?? DEFAULT_PAUSE_S);
    const targets = status < 400 ? (contacts ?? []).map(toTarget) : status === 503 ? [this.request.target] : [];
    if (this.#attempts >= MAX_ATTEMPTS || this.#core.state !== "ringing") return false;
    for (const target of targets) {
      const plan = this.deps.dialling.plan(now, target, status < 400 ? trunk.name : undefined);
      if (plan.kind === "forbidden") continue;
      this.plan.release();
      this.plan = plan;
      void this.#dial();
      return true;
    }
    return false;
  }

  #run(input: WarmInput): void {
    this.#core.handle(monotonicMs(), input);
    for (let output = this.#core.poll(); output; output = this.#core.poll()) this.#do(output);
    if (this.#core.state === "over") this.#close();
    this.#arm();
  }

  #do(output: WarmOutput): void {
    const { deps, callId } = this;
    switch (output.type) {
      case "whisper":
        if (this.#audio === undefined) return;
        deps.tellHuman(callId, { type: "whisper", terms: termsOf(this.#audio), text: this.request.whisper });
        return;
      case "bridge":
        deps.tellHuman(callId, { type: "bridge" });
        return;
      case "end-human":
        return this.#hangUp("transfer over");
      case "end-caller":
        return deps.hangUpCaller(callId);
      case "outcome":
        deps.log.info({ callId, outcome: output.outcome }, "transfer");
        return deps.tellOutcome(callId, output.outcome);
    }
  }

  #hangUp(why: string): void {
    if (this.#leg === undefined) return;
    const reason = { name: "reason", value: `SIP;cause=200;text="${why}"` };
    this.deps.sip().command({ kind: "hangup", leg: this.#leg, headers: [reason] });
  }

  #close(): void {
    if (this.#isClosing) return this.#maybeDone();
    this.#isClosing = true;
    if (!this.deps.tellHuman(this.callId, { type: "close" })) this.#isMediaClosed = true;
    this.#maybeDone();
  }

  #maybeDone(): void {
    if (this.#core.state !== "over" || this.#leg !== undefined || !this.#isMediaClosed) return;
    clearTimeout(this.#timer);
    this.plan.release();
    this.onDone();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const at = this.#core.deadline();
    if (at === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#run({ type: "tick" }), Math.max(1, at - monotonicMs()));
  }
}

/** A redirection to a number is dialled as a number, through the trunk; one to an address must be allowed as it is written. */
function toTarget(contact: string): string {
  const user = parseUri(contact)?.user ?? "";
  return /^\+?\d+$/.test(user) ? user : contact;
}
