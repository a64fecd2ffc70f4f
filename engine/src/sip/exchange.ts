import { tagOf } from "./dialog.ts";
import { type HeaderField, headerLines, type SipRequest } from "./message.ts";
import { withTag, writeNameAddr } from "./name-addr.ts";
import type { ServerTransaction } from "./server-transaction.ts";
import type { Flow } from "./user-agent-types.ts";
import { reasonPhrase, writeResponse } from "./write.ts";

/** What a response adds to the headers it copies from its request. */
export interface ResponseParts {
  /** Put on To when the request has no tag there; absent for 100. */
  readonly localTag?: string;
  readonly headers?: readonly HeaderField[];
  /** An SDP; "" or absent for none. */
  readonly sdp?: string;
}

/** Writes a response (RFC 3261 section 8.2.6): Via, From, To, Call-ID, CSeq copied, Record-Route where a dialog is made. */
export function buildResponse(request: SipRequest, status: number, product: string, parts: ResponseParts): Uint8Array {
  const headers: HeaderField[] = request.vias.map((via) => ({ name: "via", value: via.text }));
  const establishesDialog = request.method === "INVITE" && status > 100 && status < 300;
  if (establishesDialog) {
    for (const value of headerLines(request, "record-route")) headers.push({ name: "record-route", value });
  }
  const needsTag = tagOf(request.to) === "" && parts.localTag !== undefined;
  headers.push(
    { name: "from", value: writeNameAddr(request.from) },
    { name: "to", value: writeNameAddr(needsTag ? withTag(request.to, parts.localTag ?? "") : request.to) },
    { name: "call-id", value: request.callId },
    { name: "cseq", value: `${request.cseq.number} ${request.cseq.method}` },
    ...(parts.headers ?? []),
    { name: "server", value: product },
  );
  const sdp = parts.sdp ?? "";
  if (sdp !== "") headers.push({ name: "content-type", value: "application/sdp" });
  return writeResponse(status, reasonPhrase(status), { headers, body: sdp });
}

/** Who owns an INVITE that may still be cancelled. */
export interface CancelTarget {
  onCancel(now: number, cancel: SipRequest): void;
}

/** A request being served: what the user of a server transaction holds to answer it. */
export class ServerExchange {
  /** Set for an INVITE that became (part of) a leg. */
  owner: CancelTarget | undefined;

  constructor(
    readonly request: SipRequest,
    /** Where the request came from. */
    readonly source: Flow,
    /** Where the responses go. */
    readonly flow: Flow,
    /** Puts a response through the transaction. */
    private readonly submit: (now: number, status: number, bytes: Uint8Array) => void,
    readonly transaction: ServerTransaction,
    private readonly product: string,
  ) {}

  /** @returns the bytes, which the dialog repeats when it is a 2xx to an INVITE. */
  respond(now: number, status: number, parts: ResponseParts = {}): Uint8Array {
    const bytes = buildResponse(this.request, status, this.product, parts);
    this.submit(now, status, bytes);
    return bytes;
  }

  get isAnswered(): boolean {
    return this.transaction.state !== "proceeding";
  }
}
