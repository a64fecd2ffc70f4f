/** What the dashboard asks besides the products: who is there, figures over time, a call from the inside, sample data. */
import { z } from "zod";
import { Timestamp } from "./common.ts";
import { TurnLatency } from "./engine.ts";
import { id } from "./ids.ts";
import { MediaQuality } from "./media.ts";
import { DELIVERY_STATUS } from "./webhooks.ts";

/** `owner` may do everything; `agent` works with callers; `developer` integrates. */
export const ROLES = ["owner", "agent", "developer"] as const;
export type Role = (typeof ROLES)[number];

const Login = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9._@+-]{1,99}$/, "expected letters, digits and . _ @ + -, e.g. asha or asha@example.com");
const Password = z.string().min(10, "at least 10 characters").max(200);

/** `POST /session`: a key, or a member's password. The answer sets the cookie. */
export const SignIn = z.union([
  z.object({ key: z.string().min(1).max(200) }),
  z.object({ login: z.string().min(1).max(100), password: z.string().min(1).max(200) }),
]);
export type SignIn = z.infer<typeof SignIn>;

/** `GET /session`. `csrf_token` goes back as `x-csrf-token` with everything that changes something. */
export const SessionInfo = z.object({
  who: z.object({ id: z.string(), name: z.string(), role: z.enum(ROLES).nullable() }),
  workspace: z.object({ id: id("workspace"), name: z.string() }),
  livemode: z.boolean(),
  scopes: z.array(z.string()),
  csrf_token: z.string(),
  expires_at: Timestamp,
});
export type SessionInfo = z.infer<typeof SessionInfo>;

/** Somebody who signs in with a password. */
export const Member = z.object({
  id: id("user"),
  login: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  created_at: Timestamp,
  disabled_at: Timestamp.nullable(),
});
export type Member = z.infer<typeof Member>;

/** `POST /voice/v1/members`. */
export const MemberCreate = z.object({
  login: Login,
  name: z.string().min(1).max(100),
  role: z.enum(ROLES),
  password: Password,
});
export type MemberCreate = z.infer<typeof MemberCreate>;

/** `PATCH /voice/v1/members/{usr_}`. A new password or role, or `disabled`, ends their sessions. */
export const MemberUpdate = z
  .object({ name: z.string().min(1).max(100), role: z.enum(ROLES), password: Password, disabled: z.boolean() })
  .partial();
export type MemberUpdate = z.infer<typeof MemberUpdate>;

/** `GET /voice/v1/calls/{cal_}/quality`: empty for a call that was not answered to its end. */
export const CallQuality = z.object({
  call_id: id("call"),
  turns: z.array(TurnLatency),
  media: MediaQuality.nullable(),
});
export type CallQuality = z.infer<typeof CallQuality>;

/** `GET /voice/v1/calls/{cal_}/waveform?points=…`: the loudest sample of each stretch, 0 to 100, caller and her. */
export const WaveformQuery = z.object({ points: z.coerce.number().int().min(50).max(4000).default(800) });
export const Waveform = z.object({
  duration_ms: z.number().int(),
  caller: z.array(z.number().int()),
  agent: z.array(z.number().int()),
});
export type Waveform = z.infer<typeof Waveform>;

/** `GET /voice/v1/calls/{cal_}/events`: what was told to the outside about a call, and how it went; oldest first. */
export const CallEvent = z.object({
  id: id("event"),
  type: z.string(),
  created_at: Timestamp,
  deliveries: z.array(
    z.object({
      id: id("delivery"),
      webhook_id: id("webhook"),
      status: z.enum(DELIVERY_STATUS),
      attempts: z.number().int(),
      response_status: z.number().int().nullable(),
    }),
  ),
});
export type CallEvent = z.infer<typeof CallEvent>;

const count = z.number().int().nonnegative();
const ms = z.number().nonnegative().nullable();

/** `GET /voice/v1/insights?days=…`: whole days of the business's time zone, the last one being today. */
export const InsightsQuery = z.object({ days: z.coerce.number().int().min(1).max(90).default(14) });
export const Insights = z.object({
  time_zone: z.string(),
  from: Timestamp,
  to: Timestamp,
  /** `answered`: she said something to a human who had not left before. */
  total: z.object({ calls: count, robocalls: count, answered: count, abandoned: count, talk_ms: count }),
  response: z.object({ turns: count, p50_ms: ms, p95_ms: ms, p99_ms: ms }),
  days: z.array(
    z.object({
      day: z.iso.date(),
      calls: count,
      robocalls: count,
      answered: count,
      abandoned: count,
      p50_ms: ms,
      p95_ms: ms,
      packets_received: count,
      packets_lost: count,
    }),
  ),
  /** Calls by weekday (0 is Monday) and hour, robocalls left out. */
  hours: z.array(z.object({ weekday: count, hour: count, calls: count })),
  outcomes: z.array(z.object({ outcome: z.string(), calls: count })),
  sentiments: z.array(z.object({ label: z.string(), calls: count })),
  languages: z.array(z.object({ language: z.string(), calls: count })),
  /** Which part of her replies takes how long: medians. */
  parts: z.object({ endpointing_ms: ms, stt_ms: ms, llm_ms: ms, tts_ms: ms, engine_ms: ms }),
});
export type Insights = z.infer<typeof Insights>;

/** `GET /voice/v1/sample-data`. */
export const SampleData = z.object({ present: z.boolean(), calls: count });
export type SampleData = z.infer<typeof SampleData>;

/** `GET /voice/v1/deliveries/{dlv_}/request`: the last try as it left, signed with the secret of now. */
export const DeliveryRequest = z.object({
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});
export type DeliveryRequest = z.infer<typeof DeliveryRequest>;
