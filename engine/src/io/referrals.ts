import type { HeaderField } from "../sip/message.ts";
import { header } from "../sip/message.ts";
import type { NegotiatedAudio, OfferAnswer } from "../sip/negotiate.ts";
import { parseReplaces } from "../sip/replaces.ts";
import type { Trunk } from "../sip/trunk-config.ts";
import type { CallEvent, LegId } from "../sip/user-agent.ts";
import { monotonicMs } from "./clock.ts";
import { OutgoingAttempts, toTarget } from "./outgoing-attempts.ts";
import type { TransferDeps } from "./transfer-deps.ts";

/**
 * REFER from the other side of a call (RFC 3515): the conversation goes on with whom it names. Only where the trunk says `referrals: follow`, and only to what the toll
 * guard dials; everybody else is refused in so many words. The call keeps its port and its media thread; the leg changes.
 *
 * | state   | REFER                                   | rings      | answered                              | refused, 45 s      | the referrer's BYE       |
 * |---------|-----------------------------------------|------------|---------------------------------------|--------------------|--------------------------|
 * | –       | 202, NOTIFY 100, INVITE; or 603, 403, 400 | –        | –                                     | –                  | –                        |
 * | calling | 500 (the dialog's own answer)           | NOTIFY 180 | NOTIFY 200, take over, BYE in 2 s     | NOTIFY its status  | goes on, held            |
 */

export interface ReferredCall {
  readonly callId: string;
  readonly port: number;
  readonly trunk: Trunk | undefined;
  /** The call goes on by this leg; `release` when it has ended. */
  readonly taken: (leg: LegId, media: OfferAnswer, audio: NegotiatedAudio, release: () => void) => void;
  /** Nobody took it; the call is as it was. */
  readonly failed: () => void;
}

const RING_MS = 45_000;
/** A referrer says goodbye itself when it hears of the success; one that does not is left. */
const REFERRER_BYE_MS = 2000;

interface Run {
  readonly call: ReferredCall;
  readonly referrer: LegId;
  readonly attempts: OutgoingAttempts;
  readonly maxCallMs: number;
  timer: ReturnType<typeof setTimeout>;
}

type Deps = Pick<TransferDeps, "dialling" | "log" | "sip" | "flowTo" | "hangUpCaller">;

export class Referrals {
  readonly #byCall = new Map<string, Run>();
  readonly #byLeg = new Map<LegId, Run>();
  readonly #goodbyes = new Map<LegId, ReturnType<typeof setTimeout>>();

  constructor(private readonly deps: Deps) {}

  get count(): number {
    return this.#byCall.size + this.#goodbyes.size;
  }

  /** Whether the call waits for somebody else to take it, so that the end of its leg is not its end. */
  isWaiting(callId: string): boolean {
    return this.#byCall.has(callId);
  }

  start(event: Extract<CallEvent, { kind: "refer" }>, call: ReferredCall): void {
    const { leg } = event;
    const { callId, trunk, port } = call;
    const headers = headersOf(event);
    const target = toTarget(event.target);
    const refuse = (status: number, reason: string): void => {
      this.deps.log.warn({ callId, status, reason }, "a REFER is refused");
      this.deps.sip().command({ kind: "reject-refer", leg, status });
    };
    if (trunk?.referrals !== "follow") return refuse(603, "the trunk's `referrals` does not allow it");
    if (headers === undefined) return refuse(400, "its Replaces is none");
    const plan = this.deps.dialling.plan(monotonicMs(), target, trunk.name);
    if (plan.kind === "forbidden") return refuse(403, plan.reason);
    this.deps.sip().command({ kind: "accept-refer", leg });
    const onLeg = (to: LegId): void => void this.#byLeg.set(to, run);
    const attempts = new OutgoingAttempts(this.deps, { callId, target, port, headers, onLeg }, plan);
    const timer = setTimeout(() => this.#fail(run, 408), RING_MS);
    const run: Run = { call, referrer: leg, attempts, timer, maxCallMs: plan.outbound.maxCallMinutes * 60_000 };
    this.#byCall.set(callId, run);
    void this.#dial(run);
  }

  /** True when the event is of a leg that is being called. */
  onSip(event: CallEvent): boolean {
    if (event.kind === "ended") this.#endGoodbye(event.leg);
    const run = this.#byLeg.get(event.leg);
    if (run === undefined) return false;
    if (event.kind === "ringing") this.#notify(run, 180);
    else if (event.kind === "answered") this.#onAnswered(run, event.leg, event.sdp);
    else if (event.kind === "ended") {
      this.#byLeg.delete(event.leg);
      if (!this.#byCall.has(run.call.callId)) return true;
      if (run.attempts.onEnded(event)) void this.#dial(run);
      else this.#fail(run, event.cause === "refused" ? event.status : 503);
    }
    return true;
  }

  /** The call is over for another reason. */
  callEnded(callId: string): void {
    const run = this.#byCall.get(callId);
    if (run === undefined) return;
    run.attempts.hangUp("the call is over");
    this.#forget(run);
    run.attempts.release();
  }

  async #dial(run: Run): Promise<void> {
    const result = await run.attempts.dial(() => this.#byCall.has(run.call.callId));
    if (result === "failed") this.#fail(run, 503);
  }

  #onAnswered(run: Run, leg: LegId, sdp: string | undefined): void {
    const { attempts, referrer, call, maxCallMs } = run;
    const { media } = attempts;
    const audio = attempts.accept(sdp);
    if (audio === undefined || media === undefined) return attempts.hangUp("no common codec");
    this.#forget(run);
    this.#byLeg.delete(leg);
    attempts.handOver();
    this.#notify(run, 200);
    this.#goodbyes.set(
      referrer,
      setTimeout(() => {
        this.#endGoodbye(referrer);
        this.deps.sip().command({ kind: "hangup", leg: referrer });
      }, REFERRER_BYE_MS),
    );
    const limit = setTimeout(() => this.deps.hangUpCaller(call.callId), maxCallMs);
    this.deps.log.info({ callId: call.callId, trunk: attempts.trunk.name }, "the call goes on with somebody else");
    call.taken(leg, media, audio, () => {
      clearTimeout(limit);
      attempts.release();
    });
  }

  #fail(run: Run, status: number): void {
    if (this.#byCall.get(run.call.callId) !== run) return;
    this.deps.log.info({ callId: run.call.callId, status }, "nobody took the call of a REFER");
    run.attempts.hangUp("not taken");
    this.#forget(run);
    run.attempts.release();
    this.#notify(run, status);
    run.call.failed();
  }

  #forget(run: Run): void {
    clearTimeout(run.timer);
    this.#byCall.delete(run.call.callId);
  }

  #notify({ referrer }: Run, status: number): void {
    this.deps.sip().command({ kind: "notify-refer", leg: referrer, status });
  }

  #endGoodbye(leg: LegId): void {
    clearTimeout(this.#goodbyes.get(leg));
    this.#goodbyes.delete(leg);
  }
}

const PRINTABLE = /^[\x20-\x7e]{1,512}$/;

/** What of the REFER goes into the INVITE: whose call it replaces, and who asked. `undefined` for a Replaces that is none: it may hide other headers. */
function headersOf({ replaces, request }: Extract<CallEvent, { kind: "refer" }>): readonly HeaderField[] | undefined {
  const by = header(request, "referred-by");
  const referredBy = by !== undefined && PRINTABLE.test(by) ? [{ name: "referred-by", value: by }] : [];
  if (replaces === undefined) return referredBy;
  if (!PRINTABLE.test(replaces) || parseReplaces(replaces) === undefined) return undefined;
  return [{ name: "replaces", value: replaces }, { name: "require", value: "replaces" }, ...referredBy];
}
