import { tagOf } from "./dialog.ts";
import { type HeaderField, headerLines, headerList } from "./message.ts";
import { parseNameAddr } from "./name-addr.ts";
import type { SipParseError } from "./parse.ts";
import { responseFlow } from "./routing.ts";
import type { Flow } from "./user-agent-types.ts";
import { noteSource, parseVia } from "./via.ts";
import { writeResponse } from "./write.ts";

/** A message of another version has it in its Via too, and still deserves its 505. */
const ANY_VERSION = /^SIP\s*\/\s*\d+\.\d+\s*\//i;
const COPIED = ["from", "to", "call-id", "cseq"] as const;

/**
 * A stateless answer to a request that could not be parsed (RFC 3261 section 16.3 item 1 leaves it to us; it spares a wrong
 * but honest peer its retransmissions). `undefined` when it is an ACK, or does not say where an answer goes; what else is missing is missing in the answer.
 */
export function answerMalformed(
  error: SipParseError,
  flow: Flow,
  product: string,
  tag: string,
): { flow: Flow; bytes: Uint8Array } | undefined {
  const { request } = error;
  if (request === undefined || request.method === "ACK") return undefined;
  const [firstVia, ...otherVias] = headerList(request, "via");
  const via = firstVia === undefined ? undefined : parseVia(firstVia.replace(ANY_VERSION, "SIP/2.0/"));
  if (via === undefined || firstVia === undefined) return undefined;
  const noted = noteSource({ ...via, text: firstVia }, flow.address, flow.port);
  const headers: HeaderField[] = [noted.text, ...otherVias].map((value) => ({ name: "via", value }));
  for (const name of COPIED) {
    const value = headerLines(request, name)[0];
    if (value !== undefined) headers.push({ name, value: name === "to" ? tagged(value, tag) : value });
  }
  headers.push({ name: "server", value: product });
  const bytes = writeResponse(error.status, error.message, { headers, body: "" });
  return { flow: responseFlow(flow, noted), bytes };
}

function tagged(to: string, tag: string): string {
  const parsed = parseNameAddr(to);
  return parsed === undefined || tagOf(parsed) !== "" ? to : `${to};tag=${tag}`;
}
