/** The demo: a test environment has a number of answered calls. Robocalls, calls nobody answered and sample data do not count. */
import { count, isNull, ne, or } from "drizzle-orm";
import { calls } from "../db/schema.ts";
import { ProblemError } from "../problem.ts";
import { mine, type Work } from "../work.ts";

/** Calls of the dashboard's sample data name this engine. */
export const SAMPLE_ENGINE = "sample";

/** @returns null in live */
export async function demoOf(work: Work): Promise<{ calls_used: number; calls_limit: number } | null> {
  if (work.who.livemode) return null;
  const [row] = await work.tx
    .select({ used: count() })
    .from(calls)
    .where(
      mine(
        work,
        calls,
        ne(calls.engineId, SAMPLE_ENGINE),
        isNull(calls.failure),
        or(isNull(calls.verdict), ne(calls.verdict, "robocall")),
      ),
    );
  return { calls_used: Number(row?.used ?? 0), calls_limit: work.demoCalls };
}

/** @throws ProblemError 403 `demo_exhausted` */
export async function requireDemoCalls(work: Work): Promise<void> {
  const demo = await demoOf(work);
  if (demo === null || demo.calls_limit === 0 || demo.calls_used < demo.calls_limit) return;
  throw new ProblemError(
    403,
    "demo_exhausted",
    `The ${demo.calls_limit} calls of this test environment are used up; go on with a live key.`,
  );
}
