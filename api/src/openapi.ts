/**
 * `bun api/src/openapi.ts` writes `api/openapi.gen.json` from the validators; `--check` compares instead and fails on any difference,
 * so that the committed document is the implementation's.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createApp } from "./app.ts";
import { createKeyRing } from "./auth.ts";
import { systemClock as clock } from "./clock.ts";
import type { Database } from "./db/database.ts";
import { LiveHub } from "./live/hub.ts";
import { silentLog } from "./log.ts";
import { openApiDocument } from "./openapi-document.ts";
import { createRateLimiter } from "./rate-limit.ts";
import { createSeal } from "./seal.ts";
import { openRecordings } from "./voice/storage/store.ts";

const FILE = join(import.meta.dir, "..", "openapi.gen.json");

const unused = () => Promise.reject(new Error("the document is made without a database"));
const db: Database = { engine: "postgres", transaction: unused, read: unused, close: unused };

/** The document as committed. */
export function renderOpenApi(): string {
  const deps = {
    db,
    clock,
    log: silentLog,
    publicUrl: "http://localhost:3000",
    recordings: openRecordings("", { keys: [], s3: undefined }),
    seal: createSeal(""),
    demoCalls: 0,
    wake: () => {},
  };
  const app = createApp({
    ...deps,
    keys: createKeyRing(db, "", clock),
    limiter: createRateLimiter({ perSecond: 0, burst: 1 }, clock),
    hub: new LiveHub(),
  });
  return `${JSON.stringify(openApiDocument(app, "http://localhost:3000"), null, 1)}\n`;
}

if (import.meta.main) {
  const rendered = renderOpenApi();
  if (!process.argv.includes("--check")) writeFileSync(FILE, rendered);
  else if (readFileSync(FILE, "utf8") !== rendered) {
    console.error("api/openapi.gen.json differs from the routes; run `bun api/src/openapi.ts` and commit the result.");
    process.exit(1);
  }
}
