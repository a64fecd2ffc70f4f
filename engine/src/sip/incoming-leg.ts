import { Dialog } from "./dialog.ts";
import type { ServerExchange } from "./exchange.ts";
import { Leg, type LegHost } from "./leg.ts";
import { bodyText } from "./message.ts";
import { withTag } from "./name-addr.ts";
import { isBehindNat } from "./routing.ts";
import { ALLOW, isSdp } from "./screening.ts";
import type { LegId, UserAgentCommand } from "./user-agent-types.ts";

/** A call that came in: the server's half of the table in `leg.ts`. */
export class IncomingLeg extends Leg {
  readonly #localTag: string;
  #invite: ServerExchange | undefined;

  /** 100 goes out at once. */
  constructor(id: LegId, host: LegHost, now: number, exchange: ServerExchange) {
    const { request, source } = exchange;
    super(id, host, source, "offered", isBehindNat(request, source));
    this.#invite = exchange;
    this.#localTag = host.token();
    this.dialog = Dialog.forServer(request, withTag(request.to, this.#localTag));
    host.bind(this.dialog, this);
    exchange.owner = this;
    exchange.respond(now, 100);
    host.emit({
      kind: "incoming",
      leg: id,
      flow: source,
      request,
      sdp: isSdp(request) ? bodyText(request) : undefined,
    });
  }

  /** The caller gave up: by CANCEL (which the user agent has answered) or by BYE in the early dialog. */
  override onCancel(now: number): void {
    if (this.state !== "offered") return;
    this.end("cancelled");
    this.#refuse(now, 487);
  }

  protected override abandon(now: number): void {
    this.#refuse(now, 480);
  }

  protected override commandUnanswered(now: number, command: UserAgentCommand): void {
    if (this.state !== "offered") return;
    if (command.kind === "ring") {
      this.#invite?.respond(now, 180, { localTag: this.#localTag, headers: [this.contact(), ALLOW] });
    } else if (command.kind === "answer") this.#answer(now, command.sdp);
    else if (command.kind === "reject") {
      this.end("rejected", command.status);
      this.#refuse(now, command.status, command.headers);
    }
  }

  #answer(now: number, sdp: string): void {
    const invite = this.#invite;
    if (invite === undefined) return;
    this.#invite = undefined;
    this.state = "accepted";
    this.sendAnswer(now, invite, this.#localTag, sdp, false);
  }

  #refuse(now: number, status: number, headers: UserAgentHeaders = []): void {
    this.#invite?.respond(now, status, { localTag: this.#localTag, headers });
    this.#invite = undefined;
    this.done();
  }
}

type UserAgentHeaders = NonNullable<Extract<UserAgentCommand, { kind: "reject" }>["headers"]>;
