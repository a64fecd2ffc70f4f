import { z } from "zod";

/** How the call's packets fared. What was not measured is `null`, never 0. The `remote_` figures are what the far end reported by RTCP. */
export const MediaQuality = z.object({
  codec: z.string(),
  encrypted: z.boolean().optional().describe("SRTP in both directions"),
  packets_received: z.number().int().nonnegative(),
  packets_lost: z.number().int().nonnegative(),
  packets_late: z.number().int().nonnegative().optional().describe("came after their time had been played"),
  packets_sent: z.number().int().nonnegative(),
  jitter_ms: z.number().nonnegative(),
  concealed_ms: z.number().int().nonnegative().optional().describe("audio made up in place of what was lost or late"),
  round_trip_ms: z.number().nonnegative().nullable().optional(),
  remote_packets_lost: z.number().int().nullable().optional().describe("negative when packets were duplicated"),
  remote_jitter_ms: z.number().nonnegative().nullable().optional(),
  mos: z
    .number()
    .min(1)
    .max(5)
    .nullable()
    .optional()
    .describe("E-model estimate (G.107) of how well she heard the caller"),
  remote_mos: z.number().min(1).max(5).nullable().optional().describe("the same for how well the caller heard her"),
});
export type MediaQuality = z.infer<typeof MediaQuality>;
