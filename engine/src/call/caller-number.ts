/**
 * Who is calling, as the INVITE says: P-Asserted-Identity first, then From (RFC 3325). "Anonymous" and what is no phone number is a withheld number.
 * Whose P-Asserted-Identity counts is the trunk's `trustIdentity`; a caller who asks for privacy (RFC 3323) is withheld.
 */
import { type CountryCode, parsePhoneNumberFromString } from "libphonenumber-js";
import { isPrivate } from "../sip/call-headers.ts";
import { headerList, type SipRequest } from "../sip/message.ts";
import { type NameAddr, parseNameAddr } from "../sip/name-addr.ts";

export interface CallerLine {
  /** E.164, `null` when withheld or not a phone number. */
  readonly number: string | null;
  readonly display: string | null;
}

/** `country`: of the business, for numbers without a country code. */
export function callerNumber(request: SipRequest, country: string | undefined, trustAsserted: boolean): CallerLine {
  if (isPrivate(request)) return { number: null, display: null };
  const asserted = trustAsserted ? headerList(request, "p-asserted-identity").map(parseNameAddr) : [];
  const identities = [...asserted, request.from].filter((identity): identity is NameAddr => identity !== undefined);
  for (const identity of identities) {
    const number = toE164(userPart(identity.uri), country);
    if (number) return { number, display: identity.displayName.slice(0, 200) || null };
  }
  const display = request.from.displayName.slice(0, 200);
  return { number: null, display: /^anonymous$/i.test(display) ? null : display || null };
}

function userPart(uri: string): string {
  const user = /^(?:sips?|tel):([^@;>]*)/i.exec(uri)?.[1] ?? "";
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}

/** A number as people and carriers write it; `null` for what is none. */
export function toE164(user: string, country: string | undefined): string | null {
  if (!/^\+?[\d\-.() ]{7,20}$/.test(user)) return null;
  const parsed = parsePhoneNumberFromString(user, country as CountryCode | undefined);
  return parsed?.isPossible() ? parsed.number : null;
}
