/**
 * `bun run audit verify`: walks every hash chain of the database and prints each head. Keep the heads elsewhere: a chain that was
 * cut short or rewritten whole does not end in the head you kept. Exit status 1 when one is broken.
 */
import { verifyAudit } from "../audit.ts";
import { systemClock as clock } from "../clock.ts";
import { readConfig } from "../config.ts";
import { openDatabase } from "../db/database.ts";
import { auditEntries } from "../db/schema.ts";
import { silentLog } from "../log.ts";
import { createSeal } from "../seal.ts";
import { systemPrincipal, workFor } from "../work.ts";

async function main(command: string | undefined): Promise<number> {
  if (command !== "verify") {
    console.error("bun run audit verify");
    return 1;
  }
  const config = readConfig(process.env);
  const db = await openDatabase(
    config.databaseUrl === undefined
      ? { directory: `${config.dataDirectory}/db`, log: silentLog }
      : { url: config.databaseUrl, log: silentLog },
  );
  try {
    const { workspaceId, livemode } = auditEntries;
    const chains = await db.read((q) => q.selectDistinct({ workspaceId, livemode }).from(auditEntries));
    let broken = 0;
    for (const chain of chains) {
      const who = systemPrincipal(chain.workspaceId, chain.livemode);
      const deps = { clock, publicUrl: "", seal: createSeal(""), demoCalls: 0 };
      const result = await db.read((tx) => verifyAudit(workFor(deps, who, tx)), who);
      const name = `${chain.workspaceId} ${chain.livemode ? "live" : "test"}`;
      if (!result.intact) broken++;
      const state = result.intact ? "intact" : `BROKEN at entry ${result.broken_at_seq}`;
      console.log(`${name}: ${state}, ${result.entries} entries, head ${result.head_hash}`);
    }
    return broken === 0 ? 0 : 1;
  } finally {
    await db.close();
  }
}

main(process.argv[2]).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
