import { z } from "zod";

/** One thing wrong with the request: where (RFC 6901 JSON pointer into `location`) and what. */
export const ProblemError = z.object({
  location: z.enum(["body", "query", "path", "header"]),
  pointer: z.string(),
  message: z.string(),
});

/** RFC 9457 problem details, `application/problem+json`. Every error of the api has this shape. */
export const Problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  /** Stable, for programs: `validation_failed`, `slot_taken`, `idempotency_key_reuse`, … */
  code: z.string(),
  request_id: z.string(),
  errors: z.array(ProblemError).optional(),
});
export type Problem = z.infer<typeof Problem>;
