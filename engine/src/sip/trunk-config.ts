import { z } from "zod";
import { LOCAL_NETWORKS, parseNetwork } from "./cidr.ts";
import { parseUri } from "./uri.ts";

/** The trunks an operator configures: who may call and how they prove it, whom we may call and how often. See docs/sip.md. */

const address = z
  .string()
  .refine((text) => parseNetwork(text) !== undefined, "an IP address, or a network such as 203.0.113.0/24");

const sipUri = z
  .string()
  .refine((text) => /^sips?:/i.test(text) && parseUri(text) !== undefined, "a SIP URI such as sip:sip.carrier.example");

/** Calls we make on a trunk. Toll fraud is stopped here: nothing is dialled that is not allowed in so many words. */
const OutboundConfig = z.strictObject({
  /** Where INVITEs go, `;transport=tls` and a port where needed. */
  proxy: sipUri,
  /** The caller's number or user we show, as the carrier wants it. */
  from: z.string().regex(/^[\w.+-]{1,64}$/, "a number or user name"),
  /** Answers the carrier's digest challenge. */
  username: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  /** Beginnings of numbers that may be dialled, such as "+91" or "+1415". SIP URIs are matched as a whole. */
  allowedPrefixes: z.array(z.string().min(1)).min(1),
  /** Calls at once. */
  maxCalls: z.number().int().min(1).default(10),
  maxCallsPerHour: z.number().int().min(1).default(60),
  /** A bridged call is ended after this. */
  maxCallMinutes: z.number().min(1).default(120),
});

const RegisterConfig = z.strictObject({
  registrar: sipUri,
  username: z.string().min(1),
  password: z.string().min(1),
  /** The user at the registrar; `username` when absent. */
  user: z.string().min(1).optional(),
  /** The proxy to send it to, when that is not the registrar. */
  via: sipUri.optional(),
  expiresS: z.number().int().min(30).max(7200).default(300),
});

export const TrunkConfig = z.strictObject({
  /** Shows in logs, counters and the call's record. */
  name: z.string().regex(/^[a-z0-9-]{1,40}$/, "lower-case letters, digits and hyphens, at most 40"),
  /** Where the carrier sends from: addresses and CIDR networks, IPv4 and IPv6. */
  allow: z.array(address).min(1),
  /** Calls must also answer our digest challenge. */
  digest: z
    .strictObject({ realm: z.string().min(1), username: z.string().min(1), password: z.string().min(1) })
    .optional(),
  /** In our order of preference. */
  codecs: z
    .array(z.enum(["PCMU", "PCMA", "G722", "opus"]))
    .min(1)
    .default(["PCMU", "PCMA", "G722", "opus"]),
  /** SRTP by SDES: "mandatory" refuses plain RTP. */
  srtp: z.enum(["off", "optional", "mandatory"]).default("optional"),
  /** Added to our own INVITEs on this trunk. */
  headers: z.record(z.string().regex(/^[A-Za-z0-9-]{1,64}$/), z.string().max(1024)).default({}),
  /** Believe P-Asserted-Identity, verstat and the like: true for carriers, false where customers send what they want. */
  trustIdentity: z.boolean().default(true),
  /** X- headers of its INVITEs that go with the call's record and events: names, or beginnings such as "X-Account-*". */
  keepHeaders: z
    .array(
      z
        .string()
        .regex(/^[Xx]-[A-Za-z0-9-]{0,62}\*?$/, "a header's name that begins with X-, such as X-Account, or X-*"),
    )
    .max(32)
    .default(["X-*"]),
  /** Calls at once. */
  maxCalls: z.number().int().min(1).default(100),
  /** New calls a second; a burst of twice as many is let through. */
  maxCallsPerSecond: z.number().min(0.1).default(20),
  /**
   * How a caller of this trunk is handed over: "warm" calls the human on a leg of our own, "cold" has the carrier do it (REFER). Both
   * need an `outbound` that may dial the target.
   */
  transfer: z.enum(["warm", "cold"]).default("warm"),
  /** REFER from its side of a call: "follow" lets it send her on to whom an `outbound` may dial. */
  referrals: z.enum(["refuse", "follow"]).default("refuse"),
  outbound: OutboundConfig.optional(),
  register: RegisterConfig.optional(),
});

export const TrunksConfig = z
  .array(TrunkConfig)
  .min(1)
  .refine((trunks) => new Set(trunks.map(({ name }) => name)).size === trunks.length, "trunk names must differ");

const path = z.string().min(1);

/** The file that `SK_TRUNKS` names. Paths are relative to it; a value `env:NAME` is read from the environment. */
export const SignallingConfig = z.strictObject({
  trunks: TrunksConfig,
  tls: z
    .strictObject({
      /** 0 lets the system choose, as in tests. */
      port: z.number().int().min(0).max(65_535).default(5061),
      /** PEM with the intermediates; carriers look for the name they call in its subjectAltName. */
      certificate: path,
      key: path,
      /** PEM of the authorities we believe; the system's own when absent. */
      authorities: path.optional(),
      /** Ask callers for a certificate of one of the authorities. */
      verifyClients: z.boolean().default(false),
      /** Check the certificates of servers we connect to. */
      verifyServers: z.boolean().default(true),
    })
    .optional(),
  /** Check the Identity header of callers (STIR/SHAKEN). */
  stir: z
    .strictObject({
      /** PEM of the roots we trust: the STI-PA's list, or a carrier's own. */
      roots: path,
      /** Hosts certificates may be fetched from; all public ones when empty. */
      allowedHosts: z.array(z.string().min(1)).max(200).default([]),
    })
    .optional(),
});

export type SignallingConfig = z.infer<typeof SignallingConfig>;
export type Trunk = z.infer<typeof TrunkConfig>;
export type Outbound = z.infer<typeof OutboundConfig>;

/** What counts when no trunks are configured: the machine itself and its private networks may call, the internet may not. */
export function localTrunk(maxCalls: number): Trunk {
  return TrunkConfig.parse({ name: "local", allow: LOCAL_NETWORKS, maxCalls, maxCallsPerSecond: 100_000 });
}
