/** A caller's call as the switchboard holds it, and what the media thread and dashboards are told of it. */
import type { AgentSettings, LiveCall } from "@sk-voice/api/contract/index.ts";
import type { CallInfo, CarrierInfo } from "../call/events.ts";
import { sentences } from "../call/greeting.ts";
import { type CallHeaders, NO_HEADERS, withStir } from "../sip/call-headers.ts";
import type { NegotiatedAudio, OfferAnswer } from "../sip/negotiate.ts";
import type { StirVerdict } from "../sip/stir/verify.ts";
import type { Trunk } from "../sip/trunk-config.ts";
import type { LegId } from "../sip/user-agent-types.ts";

export interface Line {
  /** Another one after a Replaces. */
  leg: LegId;
  readonly callId: string;
  readonly port: number;
  media: OfferAnswer;
  readonly from: { readonly number: string | null; readonly display: string | null };
  readonly to: string;
  readonly trunk: Trunk | undefined;
  carrier: CarrierInfo | undefined;
  /** The check of the caller's identity, which the 200 waits for. */
  checked: Promise<void> | undefined;
  /** What 200 will carry: the answer, or for a late offer our offer. */
  readonly sdp: string;
  audio: NegotiatedAudio | undefined;
  /** Since the ACK. */
  live: LiveCall | undefined;
  /** Of a leg that we called: gives back its place on the trunk. */
  release?: () => void;
}

export function liveCall({ callId, from, to }: Line, engineId: string, startedAtEpochMs: number): LiveCall {
  return {
    id: callId,
    engine_id: engineId,
    from: from.number,
    from_display: from.display,
    to,
    transport: "sip",
    started_at: new Date(startedAtEpochMs).toISOString(),
    state: "speaking",
  };
}

export function callInfo(
  { callId, from, to, carrier }: Line,
  { codec }: NegotiatedAudio,
  agent: AgentSettings,
  startedAtEpochMs: number,
): Omit<CallInfo, "engineId"> {
  return {
    callId,
    from: from.number,
    fromDisplay: from.display,
    to,
    transport: "sip",
    codec,
    language: agent.languages[0] ?? "en",
    languages: agent.languages,
    voice: agent.voice === "default" ? "" : agent.voice,
    greeting: sentences(agent.greeting, agent.recording_notice),
    startedAtEpochMs,
    ...(carrier === undefined ? {} : { carrier }),
  };
}

/** What goes with the call of what its carrier says: nothing of a carrier whose word does not count, but our own check always. */
export function carrierOf(trunk: Trunk, said: CallHeaders, stir?: StirVerdict): CarrierInfo {
  const headers = trunk.trustIdentity ? said : NO_HEADERS;
  const { name, keepHeaders } = trunk;
  if (stir === undefined) return { trunk: name, keepHeaders, headers };
  return { trunk: name, keepHeaders, headers: withStir(headers, stir), stir };
}
