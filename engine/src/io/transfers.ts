import { type ColdInput, ColdTransfer } from "../call/cold-transfer.ts";
import type { TransferRequest } from "../call/transfer-types.ts";
import type { DiallingPlan } from "../sip/dialling.ts";
import type { Trunk } from "../sip/trunk-config.ts";
import type { CallEvent, LegId } from "../sip/user-agent.ts";
import { monotonicMs } from "./clock.ts";
import type { HumanEvent } from "./messages.ts";
import type { TransferDeps } from "./transfer-deps.ts";
import { WarmRun } from "./warm-transfer.ts";

/** All hand-overs in progress, one for each caller's call. */
export class Transfers {
  readonly #warm = new Map<string, WarmRun>();
  readonly #cold = new Map<string, ColdRun>();
  /** Callers' legs of cold transfers and humans' legs of warm ones. */
  readonly #callOf = new Map<LegId, string>();

  constructor(private readonly deps: TransferDeps) {}

  get count(): number {
    return this.#warm.size + this.#cold.size;
  }

  /** `trunk`: the caller's own, whose `transfer` decides how. A caller without a SIP leg is always handed over warm. */
  start(callId: string, callerLeg: LegId | undefined, trunk: Trunk | undefined, request: TransferRequest): void {
    const { deps } = this;
    if (this.#warm.has(callId) || this.#cold.has(callId)) return;
    const plan = deps.dialling.plan(monotonicMs(), request.target, trunk?.name);
    if (plan.kind === "forbidden") {
      deps.log.warn({ callId, reason: plan.reason }, "a transfer is not dialled");
      return deps.tellOutcome(callId, "forbidden");
    }
    if (trunk?.transfer === "cold" && callerLeg !== undefined) this.#startCold(callId, callerLeg, plan);
    else this.#startWarm(callId, request, plan);
  }

  /** True when the event is of a human's leg, or of a REFER of ours. */
  onSip(event: CallEvent): boolean {
    const callId = this.#callOf.get(event.leg);
    if (callId === undefined) return false;
    const cold = this.#cold.get(callId);
    if (cold !== undefined) return cold.onSip(event);
    const run = this.#warm.get(callId);
    if (event.kind === "ended") this.#callOf.delete(event.leg);
    run?.onSip(event);
    return true;
  }

  onHuman(callId: string, event: HumanEvent): void {
    this.#warm.get(callId)?.onHuman(event);
  }

  /** Before the media thread is told to stop the call. */
  callerEnded(callId: string): void {
    this.#warm.get(callId)?.callerEnded();
    this.#cold.get(callId)?.stop();
  }

  #startWarm(callId: string, request: TransferRequest, plan: DiallingPlan): void {
    const { deps } = this;
    const port = deps.ports.take();
    if (port === undefined) {
      plan.release();
      deps.log.error({ callId }, "no RTP port is free for a transfer");
      return deps.tellOutcome(callId, "failed");
    }
    const onLeg = (leg: LegId): void => {
      this.#callOf.set(leg, callId);
    };
    const onDone = (): void => {
      this.#warm.delete(callId);
      deps.ports.give(port);
    };
    this.#warm.set(callId, new WarmRun(deps, callId, request, plan, port, onLeg, onDone));
  }

  #startCold(callId: string, leg: LegId, plan: DiallingPlan): void {
    const onDone = (): void => {
      plan.release();
      this.#cold.delete(callId);
      this.#callOf.delete(leg);
    };
    this.#callOf.set(leg, callId);
    this.#cold.set(callId, new ColdRun(this.deps, callId, onDone));
    this.deps.sip().command({ kind: "refer", leg, target: plan.uri });
  }
}

class ColdRun {
  readonly #core = new ColdTransfer(monotonicMs());
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly deps: TransferDeps,
    private readonly callId: string,
    private readonly onDone: () => void,
  ) {
    this.#arm();
  }

  onSip(event: CallEvent): boolean {
    if (event.kind === "refer-result") this.#run({ type: "refer-result", status: event.status });
    else if (event.kind === "refer-progress") {
      this.#run({ type: "refer-progress", status: event.status, isOver: event.isOver });
    } else return false;
    return true;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.onDone();
  }

  #run(input: ColdInput): void {
    this.#core.handle(monotonicMs(), input);
    const output = this.#core.poll();
    this.#arm();
    if (output === undefined) return;
    this.stop();
    this.deps.log.info({ callId: this.callId, outcome: output.outcome }, "transfer");
    this.deps.tellOutcome(this.callId, output.outcome);
    if (output.outcome === "referred") this.deps.hangUpCaller(this.callId);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const at = this.#core.deadline();
    if (at === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#run({ type: "tick" }), Math.max(1, at - monotonicMs()));
  }
}
