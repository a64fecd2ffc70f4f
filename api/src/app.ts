/** The HTTP surface: what every request passes on its way in and out, and the products' routes. */
import { type AnyElysia, Elysia } from "elysia";
import type { KeyRing, Principal } from "./auth.ts";
import { BODY_LIMIT_BYTES, checkLength, readJson } from "./body.ts";
import { serveFeed } from "./calendar/feed.ts";
import { calendarRoutes } from "./calendar/routes.ts";
import { crmRoutes } from "./crm/routes.ts";
import { memberRoutes } from "./dashboard/member-routes.ts";
import { dashboardRoutes } from "./dashboard/routes.ts";
import { sessionRoutes } from "./dashboard/session-routes.ts";
import { createSessions, type SessionRing } from "./dashboard/sessions.ts";
import { siteRoutes } from "./dashboard/site.ts";
import { docsRoutes } from "./docs/routes.ts";
import { problemResponse } from "./errors.ts";
import { beginExchange, exchangeOf } from "./exchange.ts";
import { keyRoutes } from "./key-routes.ts";
import type { LiveHub } from "./live/hub.ts";
import { liveRoutes } from "./live/routes.ts";
import { LiveTickets } from "./live/tickets.ts";
import { MCP_PATH, mcpChallenge, mcpRoutes } from "./mcp/routes.ts";
import { openApiDocument, referencePage } from "./openapi-document.ts";
import { ProblemError } from "./problem.ts";
import type { RateLimiter } from "./rate-limit.ts";
import { forwarded } from "./suite/forward.ts";
import { Remotes } from "./suite/remotes.ts";
import { suiteRoutes } from "./suite/routes.ts";
import { ticketRoutes } from "./tickets/routes.ts";
import { serveRecordingLink } from "./voice/recording-links.ts";
import { voiceRoutes } from "./voice/routes.ts";
import { webhookRoutes } from "./webhooks/routes.ts";
import type { Deps } from "./work.ts";

export interface AppDeps extends Deps {
  readonly keys: KeyRing;
  readonly limiter: RateLimiter;
  readonly hub: LiveHub;
}

/** What needs a key. */
const GUARDED = /^\/((voice|crm|calendar|tickets)\/|mcp$)/;

/** Elysia answers 404 for a known path with another method; this finds the methods it would take. */
function methodsOf(routes: readonly { method: string; path: string }[], path: string): string[] {
  const matches = (pattern: string) => new RegExp(`^${pattern.replace(/:[^/]+/g, "[^/]+")}$`).test(path);
  return routes.filter((route) => matches(route.path)).map((route) => route.method);
}

function unknownRoute(routes: readonly { method: string; path: string }[], request: Request): ProblemError {
  const path = new URL(request.url).pathname;
  const allowed = methodsOf(routes, path);
  if (allowed.length === 0) return new ProblemError(404, "not_found", `There is nothing at ${path}.`);
  const allow = allowed.join(", ");
  return new ProblemError(405, "method_not_allowed", `${path} takes ${allow}.`, { headers: { allow } });
}

async function databaseAnswers(deps: Deps): Promise<boolean> {
  const late = new Promise<false>((resolve) => setTimeout(resolve, 2000, false));
  const answer = deps.db
    .read((q) => q.execute("select 1"))
    .then(
      () => true,
      () => false,
    );
  return Promise.race([answer, late]);
}

function products(deps: AppDeps, tickets: LiveTickets, remotes: Remotes, sessions: SessionRing) {
  return new Elysia()
    .use(voiceRoutes({ ...deps, remotes }))
    .use(suiteRoutes({ ...deps, remotes }))
    .use(liveRoutes({ ...deps, tickets }))
    .use(webhookRoutes(deps))
    .use(keyRoutes(deps))
    .use(crmRoutes(deps))
    .use(calendarRoutes(deps))
    .use(ticketRoutes(deps))
    .use(dashboardRoutes(deps))
    .use(memberRoutes(deps, sessions));
}

/** @returns the app, not listening; tests call `handle` */
export function createApp(deps: AppDeps): AnyElysia {
  const sessions = createSessions(deps);
  const tickets = new LiveTickets();
  const remotes = new Remotes(deps);
  /** By key; a browser by its session's cookie, or for a WebSocket by ticket. */
  function authenticate(request: Request): Promise<Principal> | Principal {
    const { pathname, searchParams } = new URL(request.url);
    const ticket = pathname === "/voice/v1/live" ? searchParams.get("ticket") : null;
    const who = ticket === null ? undefined : tickets.redeem(ticket, deps.clock.now());
    const authorization = request.headers.get("authorization");
    if (who !== undefined) return who;
    if (authorization === null && sessions.has(request)) return sessions.authenticate(request);
    return deps.keys.authenticate(authorization);
  }
  function answer(error: unknown, request: Request): Response {
    const route = `${request.method} ${new URL(request.url).pathname.replace(/_[0-9A-Z]{26}/g, "_…")}`;
    return problemResponse(error, exchangeOf(request).requestId, route, deps.log);
  }
  const app: AnyElysia = new Elysia({
    // With Bun's default a second process would share the port silently. Its own body limit answers without a problem document, so ours is lower.
    serve: { reusePort: false, maxRequestBodySize: 16 * BODY_LIMIT_BYTES },
    // Only here does Elysia take a limit for WebSocket messages; levels of 500 calls are 60 kB.
    websocket: { maxPayloadLength: BODY_LIMIT_BYTES, idleTimeout: 60 },
  })
    .onRequest(async ({ request, server }) => {
      const exchange = beginExchange(request);
      const path = new URL(request.url).pathname;
      try {
        checkLength(request);
        // PostgreSQL's text cannot hold it.
        if (request.url.includes("%00"))
          throw new ProblemError(400, "malformed_url", "The URL may not contain NUL (%00).");
        if (GUARDED.test(path)) {
          // The address before the key: guessing keys is limited too.
          const address = `address:${server?.requestIP(request)?.address ?? "local"}`;
          deps.limiter.take(address);
          exchange.principal = await authenticate(request);
          // Callers are waiting behind an engine's requests.
          if (exchange.principal.scopes.has("engine:write")) deps.limiter.give(address);
          else exchange.headers = deps.limiter.take(`key:${exchange.principal.keyId}`);
        }
      } catch (error) {
        const refusal = answer(error, request);
        if (path === MCP_PATH && refusal.status === 401)
          refusal.headers.set("www-authenticate", mcpChallenge(deps.publicUrl));
        return refusal;
      }
    })
    .onParse({ as: "global" }, async ({ request }) => {
      const body = await readJson(request);
      exchangeOf(request).body = body;
      // With undefined Elysia would read the body a second time.
      return body ?? null;
    })
    // Elysia makes a list of what has a comma; no parameter here is one, and words that are searched for may have commas.
    .onTransform({ as: "global" }, ({ query, request }) => {
      const values: Record<string, unknown> = query;
      for (const [name, value] of Object.entries(values))
        if (typeof value !== "string") values[name] = new URL(request.url).searchParams.getAll(name).join(",");
    })
    .onBeforeHandle({ as: "global" }, ({ request }) => forwarded(remotes, request))
    .onAfterHandle({ as: "global" }, ({ request, set }) => {
      const { requestId, headers } = exchangeOf(request);
      Object.assign(set.headers, headers, { "x-request-id": requestId });
    })
    .onError({ as: "global" }, ({ error, code, request }) =>
      answer(
        code === "NOT_FOUND" && !(error instanceof ProblemError) ? unknownRoute(app.routes, request) : error,
        request,
      ),
    )
    .get("/health", () => ({ status: "ok" }), { detail: { hide: true } })
    .get(
      "/ready",
      async () => {
        if (await databaseAnswers(deps)) return { status: "ready" };
        throw new ProblemError(503, "not_ready", "The database does not answer.", { headers: { "retry-after": "1" } });
      },
      { detail: { hide: true } },
    )
    .get("/openapi/json", () => openApiDocument(app, deps.publicUrl), { detail: { hide: true } })
    .get(
      "/openapi",
      () =>
        new Response(referencePage(openApiDocument(app, deps.publicUrl)), {
          headers: { "content-type": "text/html; charset=utf-8" },
        }),
      { detail: { hide: true } },
    )
    .get(
      "/recordings/:token",
      ({ request, params }) => serveRecordingLink(deps, params.token, request.headers.get("range")),
      { detail: { hide: true } },
    )
    .get("/feeds/:file", ({ params }) => serveFeed(deps, params.file.replace(/\.ics$/, "")), { detail: { hide: true } })
    .use(docsRoutes(() => openApiDocument(app, deps.publicUrl)))
    .use(mcpRoutes(deps))
    .use(products(deps, tickets, remotes, sessions))
    .use(sessionRoutes(deps, sessions))
    .use(siteRoutes());
  return app;
}
