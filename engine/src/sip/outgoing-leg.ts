import { Dialog, tagOf } from "./dialog.ts";
import { DigestClient } from "./digest.ts";
import { Leg, type LegHost } from "./leg.ts";
import { bodyText, type HeaderField, type SipResponse } from "./message.ts";
import { quote } from "./params.ts";
import { ACCEPT, ALLOW, isSdp } from "./screening.ts";
import type { ClientFailure, OutgoingRequest } from "./transactions.ts";
import { parseUri, writeSipUri } from "./uri.ts";
import type { Flow, UserAgentCommand } from "./user-agent-types.ts";

export type InviteCommand = Extract<UserAgentCommand, { kind: "invite" }>;

/** A call that only rings is cancelled after this, as proxies do (timer C, RFC 3261 section 16.6 item 11). */
const MAX_RINGING_MS = 180_000;

/** A call that we make: the client's half of the table in `leg.ts`. */
export class OutgoingLeg extends Leg {
  readonly #original: OutgoingRequest;
  readonly #inviteFlow: Flow;
  #invite: OutgoingRequest;
  /** Rises with every challenge that is answered (RFC 3261 section 22.2). */
  #sequenceNumber = 1;
  #via: string;
  readonly #answerBy: number;
  #hasProvisional = false;
  /** Repeated whenever the 2xx is. */
  #ack: { flow: Flow; bytes: Uint8Array } | undefined;

  constructor(host: LegHost, now: number, command: InviteCommand) {
    super(command.leg, host, command.flow, "calling", false);
    this.#answerBy = now + MAX_RINGING_MS;
    this.#inviteFlow = command.flow;
    this.#original = buildInvite(host, command);
    this.#invite = this.#original;
    const { credentials } = command;
    if (credentials !== undefined) this.digest = new DigestClient(credentials, () => host.token());
    this.#via = this.#send(now);
  }

  #send(now: number): string {
    return this.host.transactions.request(now, this.#invite, this.#inviteFlow, (at, response) => {
      this.#onResponse(at, response);
    });
  }

  #repeat(now: number): void {
    this.#sequenceNumber += 1;
    const { headers, uri } = this.#original;
    const cseq = { name: "cseq", value: `${this.#sequenceNumber} INVITE` };
    const numbered = headers.map((field) => (field.name === "cseq" ? cseq : field));
    this.#invite = { ...this.#original, headers: [...numbered, ...this.authorization("INVITE", uri)] };
    this.#hasProvisional = false;
    this.#via = this.#send(now);
  }

  override deadline(): number {
    return this.state === "calling" ? this.#answerBy : super.deadline();
  }

  override tick(now: number): void {
    if (this.state !== "calling") return super.tick(now);
    if (now < this.#answerBy) return;
    this.end("refused", 408);
    this.abandon(now);
  }

  /** Nobody can cancel what we ask for. */
  override onCancel(): void {}

  protected override commandUnanswered(): void {}

  protected override abandon(now: number): void {
    this.state = "cancelling";
    if (this.#hasProvisional) this.#sendCancel(now);
  }

  #onResponse(now: number, response: SipResponse | ClientFailure): void {
    if (response.status < 200) return this.#onProvisional(now, response);
    if (response.status < 300 && response.kind === "response") return this.#onSuccess(now, response);
    if (this.state === "calling" && this.isWorthRepeating(response)) return this.#repeat(now);
    this.end("refused", response.status);
    this.done();
  }

  #onProvisional(now: number, response: SipResponse | ClientFailure): void {
    const isFirst = !this.#hasProvisional;
    this.#hasProvisional = true;
    if (this.state === "cancelling") {
      if (isFirst) this.#sendCancel(now);
    } else if (response.kind === "response" && response.status > 100) {
      const sdp = isSdp(response) ? bodyText(response) : undefined;
      this.host.emit({ kind: "ringing", leg: this.id, status: response.status, sdp });
    }
  }

  #onSuccess(now: number, response: SipResponse): void {
    if (this.dialog !== undefined) return this.#onRepeatedSuccess(now, response, this.dialog);
    this.digest?.succeeded();
    const dialog = Dialog.forClient(response, this.#invite.uri);
    this.dialog = dialog;
    this.host.bind(dialog, this);
    this.#ack = this.sendAck(dialog, this.#sequenceNumber);
    if (this.state === "cancelling") return this.sendBye(now);
    this.state = "established";
    const sdp = isSdp(response) ? bodyText(response) : undefined;
    this.host.emit({ kind: "answered", leg: this.id, response, sdp });
  }

  /** The same 2xx again means that our ACK was lost; another To tag is another branch of a fork, which we do not want. */
  #onRepeatedSuccess(now: number, response: SipResponse, dialog: Dialog): void {
    if (tagOf(response.to) === tagOf(dialog.remote)) {
      if (this.#ack !== undefined) this.host.send(this.#ack.flow, this.#ack.bytes);
      return;
    }
    const stray = Dialog.forClient(response, this.#invite.uri);
    this.sendAck(stray, this.#sequenceNumber);
    const bye = { method: "BYE", sdp: "", ...stray.request("BYE", stray.nextSequence()) };
    this.host.transactions.request(now, bye, this.requestFlow(stray), () => {});
  }

  /** Section 9.1: same Request-URI, Via, From, To, Call-ID and Route as the INVITE. */
  #sendCancel(now: number): void {
    const copied = this.#invite.headers.filter(({ name }) => CANCEL_COPIES.includes(name));
    const headers = [...copied, { name: "cseq", value: `${this.#sequenceNumber} CANCEL` }];
    const cancel = { method: "CANCEL", uri: this.#invite.uri, headers, sdp: "" };
    this.host.transactions.request(now, cancel, this.#inviteFlow, () => {}, this.#via);
    this.host.transactions.giveUpSoon(now, "INVITE", this.#via);
  }
}

const CANCEL_COPIES: readonly string[] = ["route", "max-forwards", "from", "to", "call-id"];

function buildInvite(host: LegHost, command: InviteCommand): OutgoingRequest {
  const { localHost, localPort, transport } = command.flow;
  const name = command.fromName === undefined ? "" : `${quote(command.fromName)} `;
  const user = parseUri(command.from)?.user ?? "";
  const headers: HeaderField[] = [
    { name: "max-forwards", value: "70" },
    { name: "from", value: `${name}<${command.from}>;tag=${host.token()}` },
    { name: "to", value: `<${command.to ?? command.uri}>` },
    { name: "call-id", value: host.token() },
    { name: "cseq", value: "1 INVITE" },
    { name: "contact", value: `<${writeSipUri(user, localHost, localPort, transport)}>` },
    ALLOW,
    ACCEPT,
    ...(command.headers ?? []),
  ];
  return { method: "INVITE", uri: command.uri, headers, sdp: command.sdp };
}
