import type { NameAddr } from "./name-addr.ts";
import type { Via } from "./via.ts";

/** SIP messages as values (RFC 3261 section 7). Headers keep their order and their duplicates. */

/** One header line. `name` is lower case and never compact ("v" is stored as "via"); `value` is unfolded and trimmed. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

export interface CSeq {
  readonly number: number;
  readonly method: string;
}

/** The headers that every valid message has, parsed once (RFC 3261 section 8.1.1). */
export interface CommonFields {
  /** In the order of the message: the first one is the previous hop. Never empty. */
  readonly vias: readonly Via[];
  readonly from: NameAddr;
  readonly to: NameAddr;
  readonly callId: string;
  readonly cseq: CSeq;
}

export interface SipRequest extends CommonFields {
  readonly kind: "request";
  /** Case-sensitive token, such as "INVITE". */
  readonly method: string;
  /** The Request-URI as text; `parseUri` takes it apart. */
  readonly uri: string;
  readonly headers: readonly HeaderField[];
  readonly body: Uint8Array;
}

export interface SipResponse extends CommonFields {
  readonly kind: "response";
  /** 100-699. */
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly HeaderField[];
  readonly body: Uint8Array;
}

export type SipMessage = SipRequest | SipResponse;

/** Anything with header lines: a message or one being built. */
export interface Headed {
  readonly headers: readonly HeaderField[];
}

/** The first value of a header, `undefined` when it is absent. `name` in lower case, in full. */
export function header(message: Headed, name: string): string | undefined {
  for (const field of message.headers) if (field.name === name) return field.value;
  return undefined;
}

/** All values of a header in order, one per line of the message: for headers that must not be split at commas. */
export function headerLines(message: Headed, name: string): string[] {
  const lines: string[] = [];
  for (const field of message.headers) if (field.name === name) lines.push(field.value);
  return lines;
}

/** All values of a list header in order; "a, b" on one line equals two lines (RFC 3261 section 7.3.1). */
export function headerList(message: Headed, name: string): string[] {
  const items: string[] = [];
  for (const field of message.headers) if (field.name === name) splitList(field.value, items);
  return items;
}

/** Splits at the commas that are neither in quotes nor in angle brackets; empty elements vanish. */
export function splitList(value: string, into: string[] = []): string[] {
  let start = 0;
  let quoted = false;
  let inBrackets = false;
  for (let i = 0; i <= value.length; i++) {
    const char = value.charCodeAt(i);
    if (quoted) {
      if (char === 0x5c) i++;
      else if (char === 0x22) quoted = false;
      if (i < value.length) continue;
    } else if (char === 0x22) quoted = true;
    else if (char === 0x3c) inBrackets = true;
    else if (char === 0x3e) inBrackets = false;
    if (i >= value.length || (char === 0x2c && !quoted && !inBrackets)) {
      const item = value.slice(start, i).trim();
      if (item !== "") into.push(item);
      start = i + 1;
    }
  }
  return into;
}

const textDecoder = new TextDecoder();

/** The body as text, UTF-8 (the SDP of an INVITE). */
export function bodyText(message: { readonly body: Uint8Array }): string {
  return textDecoder.decode(message.body);
}
