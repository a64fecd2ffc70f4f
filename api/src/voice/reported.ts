/** What was reported of a call before. */
import { eq } from "drizzle-orm";
import type { EngineReportResult } from "../contract/engine.ts";
import { engineReports } from "../db/schema.ts";
import { mine, type Work } from "../work.ts";

export async function earlierResult(work: Work, callId: string, type: string): Promise<EngineReportResult | undefined> {
  const rows = await work.tx
    .select()
    .from(engineReports)
    .where(mine(work, engineReports, eq(engineReports.callId, callId), eq(engineReports.type, type)));
  return rows[0]?.result;
}
