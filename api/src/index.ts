/** The api's table of contents. The engine imports `contract/` only. */
export { type AppDeps, createApp } from "./app.ts"; // the HTTP surface, not listening
export { createKeyRing, generateKey, type Principal, SCOPES } from "./auth.ts"; // keys and scopes
export { readConfig } from "./config.ts"; // environment variables
export * from "./contract/index.ts"; // schemas and types of everything that crosses the wire
export { type Database, openDatabase } from "./db/database.ts"; // PostgreSQL or embedded PGlite, one driver
export { mutate } from "./idempotency.ts"; // one transaction: work, events, stored answer
export { receive, SignatureError, UnknownEventError, verify } from "./sdk/index.ts"; // for who receives webhooks
export { emit } from "./webhooks/emit.ts"; // the outbox
export { RETRY_DELAYS_MS } from "./webhooks/schedule.ts"; // 1 s … 2 h, then the dead letter
export { createDeliveryWorker } from "./webhooks/worker.ts"; // claims, sends, records
