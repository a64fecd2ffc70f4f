import { termsOf } from "../call/terms.ts";
import type { TransferRequest } from "../call/transfer-types.ts";
import { WARM_TIMES, type WarmInput, type WarmOutput, WarmTransfer } from "../call/warm-transfer.ts";
import type { DiallingPlan } from "../sip/dialling.ts";
import type { NegotiatedAudio } from "../sip/negotiate.ts";
import type { CallEvent, LegId } from "../sip/user-agent.ts";
import { monotonicMs } from "./clock.ts";
import type { HumanEvent } from "./messages.ts";
import { OutgoingAttempts } from "./outgoing-attempts.ts";
import type { TransferDeps } from "./transfer-deps.ts";

/** One warm transfer: moves what its core decides between the human's leg, the media thread and the caller's call. */
export class WarmRun {
  readonly #core: WarmTransfer;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #attempts: OutgoingAttempts;
  #audio: NegotiatedAudio | undefined;
  #isMediaClosed = false;
  #isClosing = false;

  constructor(
    private readonly deps: TransferDeps,
    private readonly callId: string,
    private readonly request: TransferRequest,
    plan: DiallingPlan,
    port: number,
    onLeg: (leg: LegId) => void,
    /** Nothing is left of it. */
    private readonly onDone: () => void,
  ) {
    this.#attempts = new OutgoingAttempts(deps, { callId, target: request.target, port, onLeg }, plan);
    const maxBridgedMs = plan.outbound.maxCallMinutes * 60_000;
    this.#core = new WarmTransfer(monotonicMs(), { ...WARM_TIMES, maxBridgedMs });
    this.#arm();
    if (!deps.tellHuman(callId, { type: "open", port })) this.#run({ type: "caller-ended" });
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
        return this.#attempts.hangUp("no media");
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
        this.#change(this.#attempts.onReinvite(event.leg, event.sdp));
        return;
      case "reinvite-acked":
      case "reinvite-result":
        if (event.sdp !== undefined) this.#change(this.#attempts.accept(event.sdp));
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
    const result = await this.#attempts.dial(() => this.#core.state === "ringing");
    if (result === "unwanted") this.#maybeDone();
    else if (result === "failed") this.#run({ type: "human-ended", status: 503 });
  }

  #onAnswered(sdp: string | undefined): void {
    if (this.#change(this.#attempts.accept(sdp))) this.#run({ type: "answered" });
    else this.#attempts.hangUp("no common codec");
  }

  #change(audio: NegotiatedAudio | undefined): boolean {
    if (audio === undefined) return false;
    this.#audio = audio;
    this.deps.tellHuman(this.callId, { type: "update", terms: termsOf(audio) });
    return true;
  }

  #onLegEnded(event: Extract<CallEvent, { kind: "ended" }>): void {
    if (this.#core.state === "ringing" && this.#attempts.onEnded(event)) return void this.#dial();
    this.#attempts.handOver();
    this.#run({ type: "human-ended", status: event.cause === "refused" ? event.status : 0 });
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
        return this.#attempts.hangUp("transfer over");
      case "end-caller":
        return deps.hangUpCaller(callId);
      case "outcome":
        deps.log.info({ callId, outcome: output.outcome }, "transfer");
        return deps.tellOutcome(callId, output.outcome);
    }
  }

  #close(): void {
    if (this.#isClosing) return this.#maybeDone();
    this.#isClosing = true;
    if (!this.deps.tellHuman(this.callId, { type: "close" })) this.#isMediaClosed = true;
    this.#maybeDone();
  }

  #maybeDone(): void {
    if (this.#core.state !== "over" || this.#attempts.leg !== undefined || !this.#isMediaClosed) return;
    clearTimeout(this.#timer);
    this.#attempts.release();
    this.onDone();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const at = this.#core.deadline();
    if (at === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#run({ type: "tick" }), Math.max(1, at - monotonicMs()));
  }
}
