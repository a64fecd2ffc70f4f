import { z } from "zod";
import { Timestamp } from "./common.ts";
import { id } from "./ids.ts";

export const TIMELINE_KINDS = [
  "created",
  "updated",
  "merged",
  "call",
  "appointment",
  "ticket",
  "lead",
  "erased",
] as const;

/** One field that changed; null is absent. */
export const FieldChange = z.object({ field: z.string(), from: z.string().nullable(), to: z.string().nullable() });
export type FieldChange = z.infer<typeof FieldChange>;

/** `GET /crm/v1/contacts/{ctc_}/timeline`: append-only, newest first. */
export const TimelineEntry = z.object({
  id: id("timelineEntry"),
  contact_id: id("contact"),
  kind: z.enum(TIMELINE_KINDS),
  changes: z.array(FieldChange),
  reference: z.string().nullable(),
  actor: z.string(),
  at: Timestamp,
});
export type TimelineEntry = z.infer<typeof TimelineEntry>;
