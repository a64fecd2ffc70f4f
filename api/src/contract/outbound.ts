/** Calls that she places, and what a trunk said of any call by SIP. */
import { z } from "zod";
import { CallOverrides } from "./agent.ts";
import { E164, Timestamp } from "./common.ts";
import { id } from "./ids.ts";

/** `outbound`: she called; `from` is then the business's number and `to` the person's. */
export const DIRECTIONS = ["inbound", "outbound"] as const;
export const Direction = z.enum(DIRECTIONS);

const uri = z.string().max(256);

/** What the trunk's headers said of a call. Only of a trunk whose word counts; nothing of a caller who asked for privacy. */
export const SipMetadata = z.object({
  trunk: z.string().max(40),
  /** P-Asserted-Identity (RFC 3325). */
  asserted_identity: uri.nullable(),
  /** URIs of Diversion (RFC 5806), the last diversion first: who was called before us. */
  diversion: z.array(uri).max(16),
  /** URIs of History-Info (RFC 7044), in order. */
  history_info: z.array(uri).max(16),
  /** STIR/SHAKEN: our own check, else the carrier's; `null` when nobody said anything. */
  attestation: z.enum(["A", "B", "C", "failed", "none"]).nullable(),
  /** The X- headers the trunk's `keepHeaders` names, names in lower case. */
  headers: z.record(z.string().max(64), z.string().max(256)),
});
export type SipMetadata = z.infer<typeof SipMetadata>;

/** Why a call that she placed was never answered. */
export const CallFailure = z.object({
  /** The final SIP status; `null` when nothing was dialled. */
  sip_status: z.number().int().min(300).max(699).nullable(),
  reason: z.enum(["busy", "no_answer", "declined", "unreachable", "forbidden", "cancelled", "failed"]),
  detail: z.string().max(200),
});
export type CallFailure = z.infer<typeof CallFailure>;

export const TEST_CALL_STATES = ["queued", "claimed", "ringing", "answered", "completed", "failed"] as const;

/** `POST /voice/v1/test-calls`: she calls you. 403 `demo_exhausted` after the demo's answered calls. */
export const TestCallCreate = z.object({
  to: E164,
  /** For this call alone: a voice, a greeting, a model, instructions or tools to try. */
  options: CallOverrides.optional(),
});
export type TestCallCreate = z.infer<typeof TestCallCreate>;
export const TestCall = z.object({
  id: id("testCall"),
  to: E164,
  /** `failed` when no engine took it within ten minutes, or `failure` says why. */
  status: z.enum(TEST_CALL_STATES),
  /** The call, from the first ring on. */
  call_id: id("call").nullable(),
  failure: CallFailure.nullable(),
  /** With a default: an older api tells of none. */
  options: CallOverrides.nullable().default(null),
  created_at: Timestamp,
});
export type TestCall = z.infer<typeof TestCall>;

/** `POST /voice/v1/engine/test-calls/{tcl_}/progress`: it rings. What comes of it is in the call's reports. */
export const TestCallProgress = z.object({ call_id: id("call"), status: z.literal("ringing") });
/** `POST /voice/v1/engine/test-calls/claim`. */
export const TestCallClaim = z.object({ test_call: TestCall.nullable() });
