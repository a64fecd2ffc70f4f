import { z } from "zod";
import { parseNetwork } from "./cidr.ts";

/** The trunks an operator configures: who may call, how they prove it, how much they may. */

const address = z
  .string()
  .refine((text) => parseNetwork(text) !== undefined, "an IP address, or a network such as 203.0.113.0/24");

export const TrunkConfig = z.object({
  /** Shows in logs and counters. */
  name: z.string().regex(/^[a-z0-9-]{1,40}$/),
  /** Where the carrier sends from: addresses and CIDR networks, IPv4 and IPv6. */
  allow: z.array(address).min(1),
  /** Calls must also answer our digest challenge. */
  digest: z.object({ realm: z.string().min(1), username: z.string().min(1), password: z.string().min(1) }).optional(),
  /** In our order of preference. */
  codecs: z
    .array(z.enum(["PCMU", "PCMA"]))
    .min(1)
    .default(["PCMU", "PCMA"]),
  /** SRTP by SDES: "mandatory" refuses plain RTP. */
  srtp: z.enum(["off", "optional", "mandatory"]).default("off"),
  /** Added to our own INVITEs on this trunk. */
  headers: z.record(z.string().regex(/^[A-Za-z0-9-]{1,64}$/), z.string().max(1024)).default({}),
  /** Calls at once. */
  maxCalls: z.number().int().min(1).default(100),
  /** New calls a second; a burst of twice as many is let through. */
  maxCallsPerSecond: z.number().min(0.1).default(20),
});

export const TrunksConfig = z
  .array(TrunkConfig)
  .refine((trunks) => new Set(trunks.map(({ name }) => name)).size === trunks.length, "trunk names must differ");

export type Trunk = z.infer<typeof TrunkConfig>;
