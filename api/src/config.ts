/** Everything the api reads from its environment. */
import { isIP } from "node:net";
import { join, resolve } from "node:path";
import { z } from "zod";
import { isKey } from "./auth.ts";
import type { Rate } from "./rate-limit.ts";

const key = z.string().refine(isKey, "expected sk_test_… or sk_live_… with 16 to 128 characters after it");
const flag = z.enum(["true", "false"]).transform((text) => text === "true");

const Environment = z.object({
  PORT: z.coerce.number().int().min(0).max(65535).default(3000),
  HOST: z.string().min(1).default("127.0.0.1"),
  /** PostgreSQL; without it an embedded PGlite in SK_DATA_DIR/db. */
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, "expected postgres://…")
    .optional(),
  SK_DATA_DIR: z.string().min(1).default(".data"),
  SK_RECORDINGS_DIR: z.string().min(1).optional(),
  /** Where links in events point. */
  SK_PUBLIC_URL: z.url().optional(),
  SK_KEY_PEPPER: z.string().min(16, "at least 16 characters").optional(),
  /** Secrets in the database are sealed with it. */
  SK_SEAL_KEY: z.string().min(16, "at least 16 characters").optional(),
  /** Answered calls of a test environment before `demo_exhausted`; 0: no limit. */
  SK_DEMO_CALLS: z.coerce.number().int().min(0).max(1_000_000).default(50),
  /** Requests a second and at once, for each key and each address; 0: no limit. By default 100, and none in local development. */
  SK_RATE_PER_SECOND: z.coerce.number().int().min(0).max(100_000).optional(),
  SK_RATE_BURST: z.coerce.number().int().min(1).max(1_000_000).default(500),
  SK_ENGINE_KEY: key.optional(),
  SK_TEST_KEY: key.optional(),
  /** Webhooks to http and to this network are allowed for the default workspace. By default: when HOST is loopback. */
  SK_LOCAL_DEVELOPMENT: flag.optional(),
  SK_LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
});

export interface Config {
  port: number;
  host: string;
  databaseUrl: string | undefined;
  dataDirectory: string;
  recordingsDirectory: string;
  publicUrl: string;
  pepper: string | undefined;
  sealKey: string | undefined;
  demoCalls: number;
  rate: Rate;
  engineKey: string | undefined;
  testKey: string | undefined;
  localDevelopment: boolean;
  logLevel: string;
}

/** What is wrong with the environment, one sentence a variable; never its value. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/** @throws ConfigError */
export function readConfig(environment: Record<string, string | undefined>): Config {
  // An empty variable is one that compose files and shells leave behind: unset.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const parsed = Environment.safeParse(given);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}.`).join(" "));
  }
  const env = parsed.data;
  const dataDirectory = resolve(env.SK_DATA_DIR);
  const localDevelopment = env.SK_LOCAL_DEVELOPMENT ?? isLoopback(env.HOST);
  return {
    port: env.PORT,
    host: env.HOST,
    databaseUrl: env.DATABASE_URL,
    dataDirectory,
    recordingsDirectory:
      env.SK_RECORDINGS_DIR === undefined ? join(dataDirectory, "recordings") : resolve(env.SK_RECORDINGS_DIR),
    publicUrl: (env.SK_PUBLIC_URL ?? `http://localhost:${env.PORT}`).replace(/\/+$/, ""),
    pepper: env.SK_KEY_PEPPER,
    sealKey: env.SK_SEAL_KEY,
    demoCalls: env.SK_DEMO_CALLS,
    rate: { perSecond: env.SK_RATE_PER_SECOND ?? (localDevelopment ? 0 : 100), burst: env.SK_RATE_BURST },
    engineKey: env.SK_ENGINE_KEY,
    testKey: env.SK_TEST_KEY,
    localDevelopment,
    logLevel: env.SK_LOG_LEVEL,
  };
}
