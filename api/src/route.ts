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

type Tag = "voice" | "crm" | "calendar" | "tickets";
/** Answers that have no JSON body and hence no schema. */
type PlainResponses = Record<string, { description: string; content?: Record<string, object> }>;

/** Spread into a route's options. */
export function op(scope: Scope, tag: Tag, summary: string, responses?: PlainResponses) {
  return {
    scope,
    detail: {
      summary,
      tags: [tag],
      description: `Needs the scope \`${scope}\`.`,
      security: [{ bearer: [] }],
      ...(responses === undefined ? {} : { responses }),
    },
  };
}
