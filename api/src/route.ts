/** What every route of the products declares beside its schemas: the scope its key needs, and its line in the reference. */
import { Elysia } from "elysia";
import { requireScope, type Scope } from "./auth.ts";
import { principalOf } from "./exchange.ts";

/** The `scope` of a route, checked before its input is. */
export const scoped = new Elysia({ name: "scope" }).macro({
  scope: (scope: Scope) => ({
    transform({ request }: { request: Request }) {
      requireScope(principalOf(request), scope);
    },
  }),
});

/** Spread into a route's options. */
export function op(scope: Scope, tag: "voice" | "crm" | "calendar" | "tickets", summary: string) {
  return {
    scope,
    detail: { summary, tags: [tag], description: `Needs the scope \`${scope}\`.`, security: [{ bearer: [] }] },
  };
}
