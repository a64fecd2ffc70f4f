import { z } from "zod";
import { HHMM, WEEKDAYS } from "./agent.ts";
import { E164, Timestamp } from "./common.ts";
import { id } from "./ids.ts";

/** Who may change her knowledge by telephone: from this number, with a PIN typed on the keypad. */
export const Owner = z.object({
  id: id("user"),
  name: z.string(),
  phone: E164,
  /** After too many wrong PINs. */
  locked_until: Timestamp.nullable(),
});
export type Owner = z.infer<typeof Owner>;

export const PIN = z.string().regex(/^\d{4,8}$/, "expected 4 to 8 digits");

/** `POST /voice/v1/owners`: the same number again replaces name and PIN. */
export const OwnerCreate = z.object({ name: z.string().min(1).max(100), phone: E164, pin: PIN });
export type OwnerCreate = z.infer<typeof OwnerCreate>;

/** `POST /voice/v1/engine/owner-verifications`: the keys an owner pressed in a call. */
export const OwnerVerify = z.object({ call_id: id("call"), phone: E164, pin: z.string().max(20) });
export type OwnerVerify = z.infer<typeof OwnerVerify>;
/** Wrong number and wrong PIN look alike. */
export const OwnerVerified = z.object({ verified: z.boolean(), attempts_left: z.number().int().nonnegative() });
export type OwnerVerified = z.infer<typeof OwnerVerified>;

/** What an owner may change by voice. */
export const OwnerChange = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("hours"),
    days: z.array(z.enum(WEEKDAYS)).min(1).max(7),
    /** Empty: closed. */
    hours: z.array(z.object({ from: HHMM, to: HHMM })).max(4),
  }),
  z.object({ type: z.literal("price"), service_id: id("catalogItem"), amount: z.number().min(0).max(10_000_000) }),
  z.object({ type: z.literal("notice"), text: z.string().min(3).max(500) }),
]);
export type OwnerChange = z.infer<typeof OwnerChange>;

/** `POST /voice/v1/engine/owner-changes`: in a call in which the owner was verified. Makes a knowledge version and fires `knowledge.updated`. */
export const OwnerChangeCreate = z.object({ call_id: id("call"), change: OwnerChange });
export type OwnerChangeCreate = z.infer<typeof OwnerChangeCreate>;
export const OwnerChanged = z.object({ knowledge_version: z.number().int().positive() });
