import { Dialog, tagOf } from "./dialog.ts";
import { DigestClient } from "./digest.ts";
import { details, Leg } from "./leg.ts";
import type { LegHost } from "./leg-parts.ts";
import { bodyText, type HeaderField, header, headerList, type SipResponse } from "./message.ts";
import { parseNameAddr } from "./name-addr.ts";
import { quote } from "./params.ts";
import { ACCEPT, ALLOW, isSdp, SUPPORTED } from "./screening.ts";
import { readMinSe } from "./session-timer.ts";
import type { ClientFailure, OutgoingRequest } from "./transactions.ts";
import { parseUri, writeSipUri } from "./uri.ts";
import type { EndDetails, Flow, UserAgentCommand } from "./user-agent-types.ts";

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
  /** Dialogs made by reliable 1xx responses, by the peer's tag. */
  readonly #early = new Map<string, EarlyDialog>();
  #hasEarlyAnswer = false;
  /** Asked for since a 422; 0 before. */
  #sessionExpiresS = 0;

  constructor(host: LegHost, now: number, command: InviteCommand) {
    super(command.leg, host, command.flow, "calling", false, true);
    this.changes.told(command.sdp);
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
    const timer = this.#sessionExpiresS === 0 ? [] : writeSessionExpires(this.#sessionExpiresS);
    this.#invite = { ...this.#original, headers: [...numbered, ...timer, ...this.authorization("INVITE", uri)] };
    this.#hasProvisional = false;
    this.#via = this.#send(now);
  }

  override dialogIds(): string[] {
    return [...super.dialogIds(), ...[...this.#early.values()].map(({ dialog }) => dialog.id)];
  }

  override hasEarlySession(): boolean {
    return this.state === "calling" && this.#hasEarlyAnswer;
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
    const message = response.kind === "response" ? response : undefined;
    if (this.state === "calling" && message !== undefined && this.#mustAskLonger(message)) return this.#repeat(now);
    this.end("refused", response.status, { ...details(message), ...refusal(message) });
    this.done();
  }

  /** RFC 4028 section 7.3: a proxy on the way wants longer session intervals. */
  #mustAskLonger(response: SipResponse): boolean {
    const minimum = response.status === 422 ? readMinSe(response) : undefined;
    if (minimum === undefined || minimum <= this.#sessionExpiresS) return false;
    this.#sessionExpiresS = minimum;
    return true;
  }

  #onProvisional(now: number, response: SipResponse | ClientFailure): void {
    const isFirst = !this.#hasProvisional;
    this.#hasProvisional = true;
    if (this.state === "cancelling") {
      if (isFirst) this.#sendCancel(now);
    } else if (response.kind === "response" && response.status > 100) {
      if (!this.#acknowledgeProvisional(now, response)) return;
      const sdp = isSdp(response) ? bodyText(response) : undefined;
      this.host.emit({ kind: "ringing", leg: this.id, status: response.status, sdp });
    }
  }

  /** RFC 3262 section 4. False for a repeat, or one that came before its turn: the peer sends it again. */
  #acknowledgeProvisional(now: number, response: SipResponse): boolean {
    const isReliable = headerList(response, "require").some((option) => option.toLowerCase() === "100rel");
    const sequence = Number(/^\d{1,10}$/.exec(header(response, "rseq") ?? "")?.[0] ?? Number.NaN);
    const tag = tagOf(response.to);
    if (!isReliable || Number.isNaN(sequence) || tag === "") return true;
    const known = this.#early.get(tag);
    if (known !== undefined && sequence !== known.sequence + 1) return false;
    if (known === undefined && this.#early.size >= MAX_EARLY_DIALOGS) return false;
    const dialog = known?.dialog ?? Dialog.forClient(response, this.#invite.uri);
    this.#early.set(tag, { dialog, sequence });
    this.dialog ??= dialog;
    this.noteAllow(response);
    this.host.bind(dialog, this);
    if (isSdp(response)) this.#hasEarlyAnswer = true;
    const { uri, headers } = dialog.request("PRACK", dialog.nextSequence());
    const rack = { name: "rack", value: `${sequence} ${response.cseq.number} INVITE` };
    const prack = { method: "PRACK", uri, headers: [...headers, rack, ...this.authorization("PRACK", uri)], sdp: "" };
    this.host.transactions.request(now, prack, this.requestFlow(dialog), () => {});
    return true;
  }

  #onSuccess(now: number, response: SipResponse): void {
    if (this.#ack !== undefined && this.dialog !== undefined) {
      return this.#onRepeatedSuccess(now, response, this.dialog);
    }
    this.digest?.succeeded();
    const early = this.#early.get(tagOf(response.to))?.dialog;
    const dialog = Dialog.forClient(response, this.#invite.uri, early);
    this.dialog = dialog;
    this.noteAllow(response);
    this.host.bind(dialog, this);
    this.timer.accepted(now, response);
    this.#ack = this.sendAck(dialog, this.#sequenceNumber);
    if (this.state === "cancelling") return this.sendBye(now);
    this.state = "established";
    this.reschedule();
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
    const headers = [...copied, { name: "cseq", value: `${this.#sequenceNumber} CANCEL` }, ...this.farewell];
    const cancel = { method: "CANCEL", uri: this.#invite.uri, headers, sdp: "" };
    this.host.transactions.request(now, cancel, this.#inviteFlow, () => {}, this.#via);
    this.host.transactions.giveUpSoon(now, "INVITE", this.#via);
  }
}

interface EarlyDialog {
  readonly dialog: Dialog;
  /** RSeq of the last 1xx acknowledged. */
  readonly sequence: number;
}

/** A fork rings at most this many telephones that send reliable responses; the others go unacknowledged. */
const MAX_EARLY_DIALOGS = 16;
const MAX_CONTACTS = 8;

function writeSessionExpires(seconds: number): HeaderField[] {
  return [
    { name: "session-expires", value: String(seconds) },
    { name: "min-se", value: String(seconds) },
  ];
}

/** Where a 3xx points, and how long a 4xx-6xx asks us to wait (RFC 3261 sections 21.3 and 20.33). */
function refusal(response: SipResponse | undefined): EndDetails {
  if (response === undefined) return {};
  const isRedirect = response.status < 400;
  const listed = isRedirect ? headerList(response, "contact").slice(0, MAX_CONTACTS) : [];
  const contacts = listed.flatMap((value) => parseNameAddr(value)?.uri ?? []);
  const seconds = /^\s*(\d{1,6})/.exec(header(response, "retry-after") ?? "")?.[1];
  return {
    ...(contacts.length > 0 ? { contacts } : {}),
    ...(seconds === undefined ? {} : { retryAfterS: Number(seconds) }),
  };
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
    SUPPORTED,
    ACCEPT,
    ...(command.headers ?? []),
  ];
  return { method: "INVITE", uri: command.uri, headers, sdp: command.sdp };
}
