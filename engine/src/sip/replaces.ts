import { dialogId } from "./dialog.ts";
import { headerList, type SipRequest } from "./message.ts";
import { parseParams } from "./params.ts";

/** Replaces (RFC 3891): this INVITE takes the place of a dialog of ours. */
export interface Replaces {
  /** As `dialogId` writes it, seen from us. */
  readonly dialogId: string;
  readonly isEarlyOnly: boolean;
}

/** `undefined` when there is none, "malformed" for what deserves 400 (more than one, or with Join; section 3). */
export function readReplaces(request: SipRequest): Replaces | "malformed" | undefined {
  const values = headerList(request, "replaces");
  const [value] = values;
  if (value === undefined) return undefined;
  if (values.length > 1 || headerList(request, "join").length > 0) return "malformed";
  return parseReplaces(value) ?? "malformed";
}

/** `callid;to-tag=a;from-tag=b`, `to-tag` being ours. */
export function parseReplaces(value: string): Replaces | undefined {
  const semicolon = value.indexOf(";");
  const params = semicolon < 0 ? undefined : parseParams(value.slice(semicolon));
  const [callId, to, from] = [value.slice(0, semicolon).trim(), params?.get("to-tag"), params?.get("from-tag")];
  if (params === undefined || callId === "" || to === undefined || from === undefined) return undefined;
  return { dialogId: dialogId(callId, to, from), isEarlyOnly: params.has("early-only") };
}
