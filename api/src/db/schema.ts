/**
 * Every table. `workspace_id` + `livemode` is the wall between tenants and between test and live: every query filters on both, and
 * row-level security (migration 0003) refuses what a query forgets. Times are `timestamptz(3)`. What the database referees: one contact per
 * phone, one appointment per resource and moment (exclusion constraint), one report per (call, type), one fan-out per (event, endpoint,
 * generation), one idempotency key per scope, one audit chain per environment.
 */
export * from "./schema/agent.ts";
export * from "./schema/calendar.ts";
export * from "./schema/calls.ts";
export { workspaces } from "./schema/columns.ts";
export * from "./schema/crm.ts";
export * from "./schema/dashboard.ts";
export * from "./schema/tenancy.ts";
export * from "./schema/tickets.ts";
export * from "./schema/webhooks.ts";
