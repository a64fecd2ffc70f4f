/**
 * The contract between engine and api, and between api and the world: Zod schemas and the types inferred from them, nothing else.
 * The only part of `api/` that the engine may import.
 */
export * from "./agent.ts";
export * from "./calendar.ts";
export * from "./calls.ts";
export * from "./common.ts";
export * from "./crm.ts";
export * from "./dashboard.ts";
export * from "./engine.ts";
export * from "./events.ts";
export * from "./ids.ts";
export * from "./keys.ts";
export * from "./knowledge.ts";
export * from "./live.ts";
export * from "./media.ts";
export * from "./outbound.ts";
export * from "./owners.ts";
export * from "./page.ts";
export * from "./problem.ts";
export * from "./tickets.ts";
export * from "./timeline.ts";
export * from "./webhooks.ts";
