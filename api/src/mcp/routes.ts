/**
 * `/mcp`: Model Context Protocol over streamable HTTP, stateless, with the keys and scopes of the REST api. The SDK serves 2026-07-28 and older
 * clients alike. There is no authorization server: the metadata of RFC 9728 says what the resource is and that keys go into the header.
 */
import {
  createMcpHandler,
  getOAuthProtectedResourceMetadataUrl,
  validateOriginHeader,
} from "@modelcontextprotocol/server";
import { Elysia } from "elysia";
import { exchangeOf, principalOf } from "../exchange.ts";
import { ProblemError } from "../problem.ts";
import type { Deps } from "../work.ts";
import { createMcpServer, McpCaller } from "./server.ts";
import { TOOLS } from "./tools.ts";

export const MCP_PATH = "/mcp";
const METADATA_PATH = "/.well-known/oauth-protected-resource";
const SCOPES = [...new Set(TOOLS.map((tool) => tool.scope))];

const resource = (publicUrl: string) => `${publicUrl}${MCP_PATH}`;

/** RFC 6750 and 9728: where a client that has no key learns what to bring. */
export function mcpChallenge(publicUrl: string): string {
  const metadata = getOAuthProtectedResourceMetadataUrl(new URL(resource(publicUrl)));
  return `Bearer realm="sk-voice", resource_metadata="${metadata}", scope="${SCOPES.join(" ")}"`;
}

function metadata(publicUrl: string) {
  return Response.json(
    {
      resource: resource(publicUrl),
      resource_name: "SK Voice",
      resource_documentation: `${publicUrl}/docs/mcp`,
      scopes_supported: SCOPES,
      bearer_methods_supported: ["header"],
    },
    { headers: { "access-control-allow-origin": "*", "cache-control": "max-age=3600" } },
  );
}

/** Browsers name the page that asks: a page from elsewhere that reached us by a rebound name has no business here. */
function requireOrigin(request: Request, publicUrl: string): void {
  const allowed = [new URL(publicUrl).hostname, "localhost", "127.0.0.1", "[::1]"];
  const checked = validateOriginHeader(request.headers.get("origin"), allowed);
  if (!checked.ok) throw new ProblemError(403, "origin_refused", `${checked.message}. Ask from a page of this host.`);
}

export function mcpRoutes(deps: Deps) {
  const handler = createMcpHandler(({ authInfo }) => {
    const caller = authInfo?.extra?.["caller"];
    if (!(caller instanceof McpCaller)) throw new Error("bug: an MCP request without a caller");
    return createMcpServer(deps, caller);
  });
  const serve = ({ request }: { request: Request }) => {
    requireOrigin(request, deps.publicUrl);
    const principal = principalOf(request);
    const { requestId, body } = exchangeOf(request);
    const caller = new McpCaller(principal, requestId);
    // The key itself stays with us.
    const authInfo = { token: "", clientId: principal.keyId, scopes: [...principal.scopes], extra: { caller } };
    return handler.fetch(request, body === undefined ? { authInfo } : { authInfo, parsedBody: body });
  };
  const hidden = { detail: { hide: true } };
  return new Elysia()
    .get(METADATA_PATH, () => metadata(deps.publicUrl), hidden)
    .get(`${METADATA_PATH}${MCP_PATH}`, () => metadata(deps.publicUrl), hidden)
    .get(MCP_PATH, serve, hidden)
    .post(MCP_PATH, serve, hidden)
    .delete(MCP_PATH, serve, hidden);
}
