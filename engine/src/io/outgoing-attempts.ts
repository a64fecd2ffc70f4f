import { randomBytes } from "node:crypto";
import type { DiallingPlan } from "../sip/dialling.ts";
import type { HeaderField } from "../sip/message.ts";
import { type NegotiatedAudio, OfferAnswer } from "../sip/negotiate.ts";
import { parseUri } from "../sip/uri.ts";
import type { CallEvent, LegId } from "../sip/user-agent.ts";
import { epochMs, monotonicMs } from "./clock.ts";
import { answerReoffer } from "./reoffer.ts";
import type { TransferDeps } from "./transfer-deps.ts";

/** Trunks and redirections tried for one call. */
const MAX_ATTEMPTS = 3;
/** How long a trunk rests that answers 503 without Retry-After. */
const DEFAULT_PAUSE_S = 5;

export interface OutgoingCall {
  readonly callId: string;
  /** Number or SIP URI, as the plan was asked for it. */
  readonly target: string;
  /** Our RTP port. */
  readonly port: number;
  /** Beside the trunk's own. */
  readonly headers?: readonly HeaderField[];
  readonly onLeg: (leg: LegId) => void;
}

/** An INVITE of ours with its offer; where it is refused, another one to where a 3xx points, or by another trunk when one is overloaded. */
export class OutgoingAttempts {
  #media: OfferAnswer | undefined;
  #leg: LegId | undefined;
  #count = 0;

  constructor(
    private readonly deps: Pick<TransferDeps, "dialling" | "log" | "sip" | "flowTo">,
    private readonly call: OutgoingCall,
    private plan: DiallingPlan,
  ) {}

  /** `undefined` before the INVITE and after its end. */
  get leg(): LegId | undefined {
    return this.#leg;
  }

  get media(): OfferAnswer | undefined {
    return this.#media;
  }

  get trunk(): DiallingPlan["trunk"] {
    return this.plan.trunk;
  }

  /** `isWanted` is asked when the name has been resolved, which takes a while. */
  async dial(isWanted: () => boolean): Promise<"dialled" | "unwanted" | "failed"> {
    const { deps, plan } = this;
    const { callId, port } = this.call;
    const { trunk, outbound, uri, from } = plan;
    this.#count++;
    try {
      const flow = await deps.flowTo(outbound.proxy);
      if (!isWanted()) return "unwanted";
      this.#media = new OfferAnswer({
        address: flow.localHost,
        port,
        sessionId: String(epochMs()),
        codecs: trunk.codecs,
        rtcpMux: true,
        srtp: trunk.srtp,
        randomBytes,
      });
      const { username, password } = outbound;
      const credentials =
        username === undefined || password === undefined ? {} : { credentials: { username, password } };
      const own = Object.entries(trunk.headers).map(([name, value]) => ({ name: name.toLowerCase(), value }));
      const headers = [...own, ...(this.call.headers ?? [])];
      const sdp = this.#media.offer();
      this.#leg = deps.sip().invite({ flow, uri, from, sdp: () => sdp, headers, ...credentials });
      this.call.onLeg(this.#leg);
      deps.log.info({ callId, trunk: trunk.name }, "calling");
      return "dialled";
    } catch (error) {
      deps.log.error({ callId, trunk: trunk.name, err: error }, "a call cannot be dialled; does the proxy resolve?");
      return "failed";
    }
  }

  /** Of an answer; `undefined` when it does not fit our offer. */
  accept(sdp: string | undefined): NegotiatedAudio | undefined {
    const accepted = this.#media?.accept(sdp ?? "");
    return accepted?.ok === true ? accepted.audio : undefined;
  }

  /** The peer changes the session: answered; the new terms where there are any. */
  onReinvite(leg: LegId, sdp: string | undefined): NegotiatedAudio | undefined {
    if (this.#media === undefined) return undefined;
    const { command, audio } = answerReoffer(this.#media, leg, sdp);
    this.deps.sip().command(command);
    return audio;
  }

  /** The leg is over. True when another way is open: `dial` again. */
  onEnded({ cause, status, contacts, retryAfterS }: Extract<CallEvent, { kind: "ended" }>): boolean {
    this.#leg = undefined;
    if (cause !== "refused") return false;
    const now = monotonicMs();
    const { dialling } = this.deps;
    const { trunk } = this.plan;
    if (status === 503) dialling.unavailable(now, trunk.name, retryAfterS ?? DEFAULT_PAUSE_S);
    if (this.#count >= MAX_ATTEMPTS) return false;
    const targets = status < 400 ? (contacts ?? []).map(toTarget) : status === 503 ? [this.call.target] : [];
    for (const target of targets) {
      const plan = dialling.plan(now, target, status < 400 ? trunk.name : undefined);
      if (plan.kind === "forbidden") continue;
      this.plan.release();
      this.plan = plan;
      return true;
    }
    return false;
  }

  hangUp(why: string): void {
    if (this.#leg === undefined) return;
    const reason = { name: "reason", value: `SIP;cause=200;text="${why}"` };
    this.deps.sip().command({ kind: "hangup", leg: this.#leg, headers: [reason] });
  }

  /** The leg goes on as somebody else's. */
  handOver(): void {
    this.#leg = undefined;
  }

  /** Gives back the place on the trunk. */
  release(): void {
    this.plan.release();
  }
}

/** A redirection to a number is dialled as a number, through the trunk; one to an address must be allowed as it is written. */
export function toTarget(contact: string): string {
  const user = parseUri(contact)?.user ?? "";
  return /^\+?\d+$/.test(user) ? user : contact;
}
