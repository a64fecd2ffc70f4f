import { z } from "zod";

/** The SHAKEN PASSporT (RFC 8225, RFC 8588): its header and claims as they must be. */

const tn = z.string().regex(/^[0-9*#]{1,20}$/);

export const PassportHeader = z.object({
  alg: z.literal("ES256"),
  ppt: z.literal("shaken"),
  typ: z.literal("passport"),
  x5u: z.string().max(2000),
});

export const ShakenClaims = z.object({
  attest: z.enum(["A", "B", "C"]),
  dest: z.object({ tn: z.array(tn).min(1).max(50).optional(), uri: z.array(z.string()).max(50).optional() }),
  /** Seconds since 1970. */
  iat: z.number().int().positive(),
  orig: z.object({ tn }),
  origid: z.string().min(1).max(100),
});

export type ShakenClaims = z.infer<typeof ShakenClaims>;

/** Telephone numbers in PASSporTs are digits without the plus (RFC 8224 section 8.3). */
export function canonicalNumber(user: string): string {
  return user.replace(/[^0-9*#]/g, "");
}
