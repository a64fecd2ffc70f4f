/** Who is in a room, and who of them is the caller. */
import { toE164 } from "../../call/caller-number.ts";
import type { CallInfo } from "../../call/events.ts";
import { NO_HEADERS } from "../../sip/call-headers.ts";

/** LiveKit's ParticipantKind; what we have no use for is `other` (recorders, ingress, bridges). */
export type ParticipantKind = "standard" | "sip" | "agent" | "other";

export interface RoomParticipant {
  readonly identity: string;
  readonly name: string;
  readonly kind: ParticipantKind;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Of all engines' identities in a room. */
export const AGENT_IDENTITY = "sk-voice-";

const MAX_CHARS = 200;
/** Attributes LiveKit's SIP service sets (docs.livekit.io/sip/sip-participant), and the headers by which they go with the call's record. */
const KEPT: readonly (readonly [attribute: string, header: string])[] = [
  ["sip.callID", "x-livekit-call-id"],
  ["sip.callIDFull", "x-livekit-sip-call-id"],
  ["sip.ruleID", "x-livekit-rule-id"],
];
/** A header of the INVITE that the trunk maps to an attribute. */
const HEADER_ATTRIBUTE = /^sip\.h\.(x-[a-z0-9-]{1,60})$/i;

/** The one she talks to: whom the dispatch named, else who came by telephone, else anybody who is a person. */
export function callerOf(
  participants: readonly RoomParticipant[],
  wanted: string | undefined,
): RoomParticipant | undefined {
  const people = participants.filter(({ kind }) => kind === "sip" || kind === "standard");
  if (wanted !== undefined) return people.find(({ identity }) => identity === wanted);
  return people.find(({ kind }) => kind === "sip") ?? people[0];
}

/** Another engine was here first. */
export function isTaken(participants: readonly RoomParticipant[]): boolean {
  return participants.some(({ identity }) => identity.startsWith(AGENT_IDENTITY));
}

/**
 * The call's parties. `sip.*` counts for a participant LiveKit's SIP service brought alone: others may set attributes of their own. `countryOf`: for numbers without a
 * country code, by the number called.
 */
export function lineOf(
  caller: RoomParticipant,
  roomName: string,
  countryOf: (to: string) => string,
): Pick<CallInfo, "from" | "fromDisplay" | "to" | "carrier"> {
  const { kind, name, attributes } = caller;
  const fromDisplay = name.slice(0, MAX_CHARS) || null;
  if (kind !== "sip") return { from: null, fromDisplay, to: roomName.slice(0, MAX_CHARS) };
  const called = (attributes["sip.trunkPhoneNumber"] ?? "").slice(0, MAX_CHARS);
  const country = countryOf(called);
  const to = toE164(called, country) ?? (called || roomName.slice(0, MAX_CHARS));
  const from = toE164(attributes["sip.phoneNumber"] ?? "", country);
  return { from, fromDisplay, to, carrier: carrierOf(attributes, roomName) };
}

function carrierOf(attributes: RoomParticipant["attributes"], roomName: string): NonNullable<CallInfo["carrier"]> {
  const known = KEPT.flatMap(([attribute, name]) => {
    const value = attributes[attribute];
    return value === undefined || value === "" ? [] : [{ name, value }];
  });
  const mapped = Object.entries(attributes).flatMap(([attribute, value]) => {
    const name = HEADER_ATTRIBUTE.exec(attribute)?.[1]?.toLowerCase();
    return name === undefined || name.startsWith("x-livekit-") ? [] : [{ name, value }];
  });
  const extensions = [{ name: "x-livekit-room", value: roomName }, ...known, ...mapped];
  const trunk = (attributes["sip.trunkID"] ?? "").slice(0, 64) || "livekit";
  return { trunk, keepHeaders: extensions.map(({ name }) => name), headers: { ...NO_HEADERS, extensions } };
}
