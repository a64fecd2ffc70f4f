/** One MCP server for one request: the tools and resources that the key's scopes allow, behind the same wall as the REST routes. */
import { McpServer, ResourceTemplate } from "@modelcontextprotocol/server";
import { appendAudit } from "../audit.ts";
import type { Principal, Scope } from "../auth.ts";
import { ProblemError } from "../problem.ts";
import { getCall, getTranscript } from "../voice/calls.ts";
import { currentKnowledge } from "../voice/knowledge.ts";
import { type Deps, type Work, workFor } from "../work.ts";
import { TOOLS, type Tool } from "./tools.ts";

/** Who asks, handed through the SDK. */
export class McpCaller {
  constructor(
    readonly principal: Principal,
    readonly requestId: string,
  ) {}
}

async function run(deps: Deps, caller: McpCaller, tool: Tool, input: unknown): Promise<unknown> {
  let emitted = 0;
  const result = await deps.db.transaction(async (tx) => {
    const work = workFor(deps, caller.principal, tx);
    const answer = await tool.run(work, input);
    if (tool.writes) {
      appendAudit(work, { action: `mcp ${tool.name}`, target: null, requestId: caller.requestId });
    }
    emitted = work.emitted;
    return tool.output.parse(answer);
  }, caller.principal);
  if (emitted > 0) deps.wake();
  return result;
}

/** What a model reads of an error: whose fault, and what to do. */
function explain(deps: Deps, caller: McpCaller, name: string, error: unknown): string {
  if (error instanceof ProblemError) return `${error.code}: ${error.message}`;
  const kind = error instanceof Error ? error.name : typeof error;
  deps.log.error({ request: caller.requestId, tool: name, name: kind }, "a tool failed; this is a bug in the api");
  return `internal_error: this is our fault; it is logged under the request id ${caller.requestId}.`;
}

function registerTool(server: McpServer, deps: Deps, caller: McpCaller, tool: Tool): void {
  const { name, title, description, input: inputSchema, output: outputSchema, writes } = tool;
  const annotations = { readOnlyHint: !writes, destructiveHint: writes, idempotentHint: !writes, openWorldHint: false };
  server.registerTool(name, { title, description, inputSchema, outputSchema, annotations }, async (input) => {
    try {
      const result = await run(deps, caller, tool, input);
      return { content: [{ type: "text", text: JSON.stringify(result) }], structuredContent: Object(result) };
    } catch (error) {
      return { isError: true, content: [{ type: "text", text: explain(deps, caller, name, error) }] };
    }
  });
}

interface Resource {
  name: string;
  scope: Scope;
  uri: string;
  title: string;
  description: string;
  read(work: Work, id: string): Promise<unknown>;
}

const RESOURCES: readonly Resource[] = [
  {
    name: "knowledge",
    scope: "agent:read",
    uri: "voice://knowledge",
    title: "Her knowledge",
    description: "Everything she may say about the business, and its version.",
    read: currentKnowledge,
  },
  {
    name: "call",
    scope: "calls:read",
    uri: "voice://calls/{id}",
    title: "A call",
    description: "Summary, outcome, sentiment, ids of everything that came of it.",
    read: getCall,
  },
  {
    name: "transcript",
    scope: "calls:read",
    uri: "voice://calls/{id}/transcript",
    title: "A call's transcript",
    description: "What was said and heard.",
    read: getTranscript,
  },
];

function registerResource(server: McpServer, deps: Deps, caller: McpCaller, resource: Resource): void {
  const { name, uri, title, description } = resource;
  const meta = { title, description, mimeType: "application/json" };
  const read = async (at: URL, id: string) => {
    const who = caller.principal;
    const value = await deps.db.read((tx) => resource.read(workFor(deps, who, tx), id), who);
    return { contents: [{ uri: at.href, mimeType: "application/json", text: JSON.stringify(value) }] };
  };
  if (!uri.includes("{")) server.registerResource(name, uri, meta, (at) => read(at, ""));
  else {
    const template = new ResourceTemplate(uri, { list: undefined });
    server.registerResource(name, template, meta, (at, variables) => read(at, String(variables["id"])));
  }
}

export function createMcpServer(deps: Deps, caller: McpCaller): McpServer {
  const server = new McpServer(
    { name: "sk-voice", title: "SK Voice", version: "1.0.0" },
    {
      capabilities: { tools: {}, resources: {} },
      instructions:
        "What a phone receptionist heard, did and knows. Ids are prefixed: cal_ a call, tkt_ a ticket, apt_ an appointment.",
    },
  );
  const allowed = (of: { scope: Scope }) => caller.principal.scopes.has(of.scope);
  for (const tool of TOOLS.filter(allowed)) registerTool(server, deps, caller, tool);
  for (const resource of RESOURCES.filter(allowed)) registerResource(server, deps, caller, resource);
  return server;
}
