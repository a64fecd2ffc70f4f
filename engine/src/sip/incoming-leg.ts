import { Dialog } from "./dialog.ts";
import type { ServerExchange } from "./exchange.ts";
import { details, Leg } from "./leg.ts";
import type { LegHost } from "./leg-parts.ts";
import { bodyText, type HeaderField, headerList, type SipRequest } from "./message.ts";
import { withTag } from "./name-addr.ts";
import { ReliableProvisionals } from "./reliable.ts";
import { isBehindNat } from "./routing.ts";
import { ALLOW, isSdp, SUPPORTED } from "./screening.ts";
import { supports } from "./session-timer.ts";
import type { LegId, UserAgentCommand } from "./user-agent-types.ts";

/**
 * A call that came in: the server's half of the table in `leg.ts`. Provisional responses are reliable (RFC 3262) when the caller
 * requires it, and with an SDP also when the caller only supports it. What cannot go out before a PRACK waits for it.
 */
export class IncomingLeg extends Leg {
  readonly #localTag: string;
  readonly #inviteSequence: number;
  readonly #reliable = new ReliableProvisionals(1);
  #invite: ServerExchange | undefined;
  /** The 183 or 200 that waits for a PRACK; only the newest of each kind counts. */
  #waitingProgress: string | undefined;
  #waitingAnswer: string | undefined;
  #earlySdp = "";

  /** 100 goes out at once. */
  constructor(id: LegId, host: LegHost, now: number, exchange: ServerExchange, replaces: LegId | undefined) {
    const { request, source } = exchange;
    super(id, host, source, "offered", isBehindNat(request, source), false);
    this.#invite = exchange;
    this.#inviteSequence = request.cseq.number;
    this.#localTag = host.token();
    this.dialog = Dialog.forServer(request, withTag(request.to, this.#localTag));
    this.noteAllow(request);
    host.bind(this.dialog, this);
    exchange.owner = this;
    exchange.respond(now, 100);
    host.emit({
      kind: "incoming",
      leg: id,
      flow: source,
      request,
      sdp: isSdp(request) ? bodyText(request) : undefined,
      ...(replaces === undefined ? {} : { replaces }),
    });
  }

  override deadline(): number {
    return Math.min(super.deadline(), this.#reliable.deadline());
  }

  override tick(now: number): void {
    const outcome = this.#reliable.tick(now, (flow, bytes) => this.host.send(flow, bytes));
    if (outcome === "unacknowledged" && this.state === "offered") {
      this.end("no-ack");
      return this.#refuse(now, 504);
    }
    super.tick(now);
  }

  override hasEarlySession(): boolean {
    return this.state === "offered" && this.#earlySdp !== "" && !this.#reliable.isPending;
  }

  /** The caller gave up: by CANCEL (which the user agent has answered) or by BYE in the early dialog. */
  override onCancel(now: number, request: SipRequest | undefined): void {
    if (this.state !== "offered") return;
    this.end("cancelled", 0, details(request));
    this.#refuse(now, 487);
  }

  protected override abandon(now: number): void {
    this.#refuse(now, 480);
  }

  protected override commandUnanswered(now: number, command: UserAgentCommand): void {
    if (this.state !== "offered") return;
    if (command.kind === "ring") this.#progress(now, 180, "");
    else if (command.kind === "progress") this.#progress(now, 183, command.sdp);
    else if (command.kind === "answer") this.#answer(now, command.sdp);
    else if (command.kind === "reject") {
      this.end("rejected", command.status);
      this.#refuse(now, command.status, command.headers);
    }
  }

  protected override onPrack(now: number, exchange: ServerExchange): void {
    if (!this.#reliable.acknowledge(exchange.request, this.#inviteSequence)) {
      exchange.respond(now, 481);
      return;
    }
    exchange.respond(now, 200);
    this.reschedule();
    const [progress, answer] = [this.#waitingProgress, this.#waitingAnswer];
    this.#waitingProgress = undefined;
    this.#waitingAnswer = undefined;
    if (answer !== undefined) this.#answer(now, answer);
    else if (progress !== undefined) this.#progress(now, progress === "" ? 180 : 183, progress);
  }

  #progress(now: number, status: 180 | 183, sdp: string): void {
    const invite = this.#invite;
    if (invite === undefined) return;
    const { request } = invite;
    const isRequired = headerList(request, "require").some((option) => option.toLowerCase() === "100rel");
    const isReliable = isRequired || (sdp !== "" && supports(request, "100rel"));
    if (isReliable && this.#reliable.isPending) {
      this.#waitingProgress = sdp;
      return;
    }
    const reliably = isReliable ? this.#reliable.headers() : [];
    const headers = [this.contact(), ALLOW, SUPPORTED, ...reliably];
    const bytes = invite.respond(now, status, { localTag: this.#localTag, headers, sdp });
    if (sdp !== "") this.#earlySdp = sdp;
    if (!isReliable) return;
    this.#reliable.sent(now, bytes, invite.flow, sdp !== "");
    this.reschedule();
  }

  /** RFC 3262 section 3: no 2xx while an SDP waits for its PRACK. */
  #answer(now: number, sdp: string): void {
    const invite = this.#invite;
    if (invite === undefined) return;
    if (this.#reliable.isSdpPending) {
      this.#waitingAnswer = sdp;
      return;
    }
    this.#invite = undefined;
    this.#reliable.stop();
    this.state = "accepted";
    this.answerInvite(now, invite, this.#localTag, sdp, false);
  }

  #refuse(now: number, status: number, headers: readonly HeaderField[] = []): void {
    this.#reliable.stop();
    this.#invite?.respond(now, status, { localTag: this.#localTag, headers });
    this.#invite = undefined;
    this.done();
  }
}
