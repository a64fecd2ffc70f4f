/** Engine settings, from the environment. Every variable, its default and what it does; `bun run up` sets none of them. */
import { z } from "zod";

const port = z.coerce.number().int().min(0).max(65_535);

export const EngineConfig = z.object({
  /** Address to listen on for SIP and RTP. */
  SK_SIP_HOST: z.string().default("127.0.0.1"),
  SK_SIP_PORT: port.default(5060),
  /** Address written into Contact and SDP when a NAT stands in front; empty: the address the caller reached. */
  SK_EXTERNAL_ADDRESS: z.string().default(""),
  /** `host` or `host:port` of a STUN server that is asked for the external address at the start, instead of writing it above. */
  SK_STUN_SERVER: z.string().default(""),
  /** YAML or JSON file of trunks and TLS (docs/sip.md); empty: this machine and private networks may call, without TLS. */
  SK_TRUNKS: z.string().default(""),
  /** RTP ports, even ones are used. Below Linux's own range (32768–60999), whose ports any client on the machine may hold. */
  SK_RTP_PORT_MIN: port.default(20_000),
  SK_RTP_PORT_MAX: port.default(29_998),
  /** Media threads; 0 is one for each core but one, at least one. */
  SK_MEDIA_WORKERS: z.coerce.number().int().min(0).max(64).default(0),
  /** Calls at once; above it callers get 503. */
  SK_MAX_CALLS: z.coerce.number().int().min(1).default(500),
  /** At SIGTERM new callers get 503 and running calls may go on this long; a second SIGTERM ends them at once. Containers: 3600. */
  SK_DRAIN_SECONDS: z.coerce.number().int().min(0).max(86_400).default(0),
  SK_API_URL: z.url().default("http://127.0.0.1:3000"),
  /** Key with the engine scope; empty: read from keys.json in the data folder. */
  SK_ENGINE_KEY: z.string().default(""),
  SK_ENGINE_ID: z.string().default("engine-1"),
  SK_DATA_DIR: z.string().default(".data"),
  SK_RECORDINGS_DIR: z.string().default(""),
  /**
   * Folder for tapes of calls, which `bun run replay` plays again (docs/replay.md); empty: none are made. A tape holds the caller's voice
   * and words and is not erased with the contact.
   */
  SK_TAPE_DIR: z.string().default(""),
  /** Of one tape, and how many are kept. A minute is about 1 MB. */
  SK_TAPE_MAX_MB: z.coerce.number().int().min(1).max(1024).default(32),
  SK_TAPE_CALLS: z.coerce.number().int().min(1).max(100_000).default(200),
  /** Media streams over WebSocket: `/twilio` for Twilio, `/stream` for calls from a browser (docs/streams.md). */
  SK_STREAM_PORT: port.default(5070),
  /** Address of that port as browsers and Twilio reach it, such as `wss://voice.example.com`; empty: `ws://` with SK_SIP_HOST. */
  SK_STREAM_URL: z.union([z.literal(""), z.url({ protocol: /^wss?$/ })]).default(""),
  /** Twilio's streams must be signed with it; empty: they are refused. */
  SK_TWILIO_AUTH_TOKEN: z.string().default(""),
  /** LiveKit server whose rooms she answers in, such as `wss://project.livekit.cloud` (docs/livekit.md); empty: none, and its library is not loaded. */
  LIVEKIT_URL: z.union([z.literal(""), z.url({ protocol: /^wss?$/ })]).default(""),
  LIVEKIT_API_KEY: z.string().default(""),
  /** Signs her tokens and the server's webhooks. */
  LIVEKIT_API_SECRET: z.string().default(""),
  /** Webhooks send her only into rooms whose name begins so; empty: into every room. */
  SK_LIVEKIT_ROOM_PREFIX: z.string().max(200).default(""),
  /** Where `/ready`, `/health`, `/metrics` and `/figures` are served; they hold no personal data. */
  SK_HEALTH_HOST: z.string().default("127.0.0.1"),
  SK_HEALTH_PORT: port.default(9090),
  SK_LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error"]).default("info"),
});

export type EngineConfig = z.infer<typeof EngineConfig> & { readonly recordingsDir: string };

/** @throws Error with one line for each wrong variable. */
export function parseConfig(env: Record<string, string | undefined>): EngineConfig {
  const parsed = EngineConfig.safeParse(env);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new Error(`the engine's settings are wrong:\n${lines.join("\n")}`);
  }
  if (parsed.data.SK_RTP_PORT_MIN >= parsed.data.SK_RTP_PORT_MAX) {
    throw new Error("the engine's settings are wrong:\nSK_RTP_PORT_MIN must be below SK_RTP_PORT_MAX");
  }
  if (parsed.data.LIVEKIT_URL !== "" && (parsed.data.LIVEKIT_API_KEY === "" || parsed.data.LIVEKIT_API_SECRET === "")) {
    throw new Error("the engine's settings are wrong:\nLIVEKIT_URL needs LIVEKIT_API_KEY and LIVEKIT_API_SECRET");
  }
  return { ...parsed.data, recordingsDir: parsed.data.SK_RECORDINGS_DIR || `${parsed.data.SK_DATA_DIR}/recordings` };
}
