import type { SipMetadata } from "@sk-voice/api/contract/index.ts";
import type { CarrierInfo } from "./events.ts";

/** What of a trunk's headers goes with the call's record: names the trunk allows, lengths the contract allows. */

const MAX_CHARS = 256;
const MAX_HEADERS = 16;
/** A header of such a name holds what must never be told on, whatever the trunk's list says. */
const SECRET = /auth|token|secret|passw|cookie|credential|api-?key|signature/;

export function sipMetadata({ trunk, headers, keepHeaders = [] }: CarrierInfo): SipMetadata {
  const { assertedIdentity, isPrivate, diversions, history, verdict, extensions } = headers;
  const cut = (text: string): string => text.slice(0, MAX_CHARS);
  const kept = extensions.filter(({ name }) => isKept(name, keepHeaders)).slice(0, MAX_HEADERS);
  return {
    trunk,
    asserted_identity: isPrivate || assertedIdentity === undefined ? null : cut(assertedIdentity),
    diversion: diversions.map(cut),
    history_info: history.map(cut),
    attestation: verdict ?? null,
    headers: Object.fromEntries(kept.map(({ name, value }) => [name.slice(0, 64), cut(value)])),
  };
}

/** `X-Account` names one header, `X-*` all. */
function isKept(name: string, allowed: readonly string[]): boolean {
  if (SECRET.test(name)) return false;
  return allowed.some((pattern) => {
    const wanted = pattern.toLowerCase();
    return wanted.endsWith("*") ? name.startsWith(wanted.slice(0, -1)) : name === wanted;
  });
}
