import { type CSeq, type HeaderField, header, headerList, type SipRequest, type SipResponse } from "./message.ts";
import { type NameAddr, parseNameAddr, writeNameAddr } from "./name-addr.ts";
import { parseUri } from "./uri.ts";

/** A dialog (RFC 3261 section 12): the tags, the route set, the sequence numbers and the remote target. */
export class Dialog {
  #localSequence: number;
  #remoteSequence: number;
  #remoteTarget: string;

  private constructor(
    readonly callId: string,
    readonly local: NameAddr,
    readonly remote: NameAddr,
    /** URIs with their parameters, nearest first. */
    readonly routeSet: readonly string[],
    sequence: { local: number; remote: number },
    remoteTarget: string,
  ) {
    this.#localSequence = sequence.local;
    this.#remoteSequence = sequence.remote;
    this.#remoteTarget = remoteTarget;
  }

  /** Section 12.1.1: from an INVITE with a valid Contact. `local` carries our tag. */
  static forServer(request: SipRequest, local: NameAddr): Dialog {
    const routeSet = readRouteSet(headerList(request, "record-route"));
    const sequence = { local: 0, remote: request.cseq.number };
    return new Dialog(request.callId, local, request.from, routeSet, sequence, contactUri(request) ?? request.from.uri);
  }

  /**
   * Section 12.1.2: from a 1xx or 2xx to our INVITE; its Record-Route counts backwards. `early` is the dialog that the same peer's
   * 1xx made: the numbers go on from there, the route set is the 2xx's.
   */
  static forClient(response: SipResponse, invitedUri: string, early?: Dialog): Dialog {
    const routeSet = readRouteSet(headerList(response, "record-route")).reverse();
    const sequence = {
      local: Math.max(response.cseq.number, early === undefined ? 0 : early.#localSequence),
      remote: early === undefined ? -1 : early.#remoteSequence,
    };
    const target = contactUri(response) ?? invitedUri;
    return new Dialog(response.callId, response.from, response.to, routeSet, sequence, target);
  }

  get id(): string {
    return dialogId(this.callId, tagOf(this.local), tagOf(this.remote));
  }

  get remoteTarget(): string {
    return this.#remoteTarget;
  }

  /** A target refresh (section 12.2): the Contact of a re-INVITE or of the 2xx to ours. */
  refreshTarget(message: SipRequest | SipResponse): void {
    this.#remoteTarget = contactUri(message) ?? this.#remoteTarget;
  }

  /** False for a request out of order, which gets 500 (section 12.2.2). */
  acceptSequence(number: number): boolean {
    if (number <= this.#remoteSequence) return false;
    this.#remoteSequence = number;
    return true;
  }

  nextSequence(): number {
    this.#localSequence += 1;
    return this.#localSequence;
  }

  /**
   * Request-URI and headers of a request in this dialog, without Via and Contact (section 12.2.1.1). ACK takes the number of
   * its INVITE, other methods `nextSequence()`.
   */
  request(method: string, sequenceNumber: number): { uri: string; headers: HeaderField[] } {
    const { uri, routes } = this.#route();
    const cseq: CSeq = { number: sequenceNumber, method };
    const headers = routes.map((route) => ({ name: "route", value: `<${route}>` }));
    headers.push(
      { name: "max-forwards", value: "70" },
      { name: "from", value: writeNameAddr(this.local) },
      { name: "to", value: writeNameAddr(this.remote) },
      { name: "call-id", value: this.callId },
      { name: "cseq", value: `${cseq.number} ${cseq.method}` },
    );
    return { uri, headers };
  }

  /** The URI whose host gets the requests of this dialog. */
  get nextHop(): string {
    return this.routeSet[0] ?? this.#remoteTarget;
  }

  /** A first route without ;lr is a strict router of RFC 2543: it gets itself as Request-URI (section 12.2.1.1). */
  #route(): { uri: string; routes: readonly string[] } {
    const first = this.routeSet[0];
    if (first === undefined || parseUri(first)?.params.has("lr") !== false) {
      return { uri: this.#remoteTarget, routes: this.routeSet };
    }
    return { uri: first, routes: [...this.routeSet.slice(1), this.#remoteTarget] };
  }
}

export function dialogId(callId: string, localTag: string, remoteTag: string): string {
  return `${callId}\n${localTag}\n${remoteTag}`;
}

export function tagOf(address: NameAddr): string {
  return address.params.get("tag") ?? "";
}

/** The URI of the one Contact, `undefined` when it is missing or malformed. */
export function contactUri(message: SipRequest | SipResponse): string | undefined {
  const contact = parseNameAddr(headerList(message, "contact")[0] ?? header(message, "contact") ?? "");
  return contact !== undefined && parseUri(contact.uri) !== undefined ? contact.uri : undefined;
}

function readRouteSet(values: readonly string[]): string[] {
  return values.flatMap((value) => {
    const route = parseNameAddr(value);
    return route === undefined ? [] : [route.uri];
  });
}
