/** What each role may do, in the scopes of the api: the dashboard knows no other permissions. */
import { CUSTOMER_SCOPES, type Scope } from "../auth.ts";
import type { Role } from "../contract/dashboard.ts";

export const ROLE_SCOPES: Record<Role, readonly Scope[]> = {
  owner: CUSTOMER_SCOPES,
  agent: [
    "calls:read",
    "calls:write",
    "agent:read",
    "crm:read",
    "crm:write",
    "calendar:read",
    "calendar:write",
    "tickets:read",
    "tickets:write",
  ],
  developer: [
    "calls:read",
    "calls:write",
    "events:read",
    "webhooks:read",
    "webhooks:write",
    "agent:read",
    "crm:read",
    "calendar:read",
    "tickets:read",
    "audit:read",
    "suite:read",
    "suite:write",
  ],
};
