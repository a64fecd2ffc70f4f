/**
 * What the network says about a caller, before a word is spoken. Weak evidence: spoofed numbers are valid, people returning a call from
 * one are people, and A-signed robocalls exist.
 */
import type { Signalling } from "@sk-voice/models/robocall/features.ts";
import { parsePhoneNumberFromString } from "libphonenumber-js/max";

export interface SignallingFacts {
  /** E.164; `null` when withheld. */
  readonly from: string | null;
  readonly to: string;
  /** Of a verified STIR/SHAKEN PASSporT (RFC 8588 `attest`), `undefined` without one. */
  readonly attestation: "A" | "B" | "C" | undefined;
  /** From `CallVelocity`. */
  readonly callsLastHour: number;
  readonly knownContact: boolean;
}

/** Digits of the subscriber's own part that differ when a number is forged to look local: area code and exchange are the same. */
const OWN_DIGITS = 4;

export function signallingOf({ from, to, attestation, callsLastHour, knownContact }: SignallingFacts): Signalling {
  const number = from === null ? undefined : parsePhoneNumberFromString(from);
  return {
    attestation: attestation ?? "none",
    // A withheld number is nobody's fault: only a number that cannot exist counts.
    numberValid: from === null || number?.isValid() === true,
    numberType: typeOf(number?.getType()),
    neighbourPrefix: from !== null && areNeighbours(from, to),
    callsLastHour,
    knownContact,
  };
}

function typeOf(type: string | undefined): Signalling["numberType"] {
  switch (type) {
    case "MOBILE":
      return "mobile";
    case "FIXED_LINE":
    case "FIXED_LINE_OR_MOBILE":
      return "fixed";
    case "VOIP":
      return "voip";
    case "TOLL_FREE":
    case "PREMIUM_RATE":
    case "SHARED_COST":
      return "toll-free";
    default:
      return "other";
  }
}

function areNeighbours(from: string, to: string): boolean {
  return (
    from !== to &&
    from.length === to.length &&
    from.length > 8 &&
    from.slice(0, -OWN_DIGITS) === to.slice(0, -OWN_DIGITS)
  );
}
