/** OpenAPI 3.1, generated from the validators of the routes, and a plain page of it that works without the internet. */
import { toOpenAPISchema } from "@elysiajs/openapi";
import type { AnyElysia } from "elysia";
import { z } from "zod";
import { EVENT_TYPES, WebhookEvent } from "./contract/events.ts";
import { Problem } from "./contract/problem.ts";

const Operation = z.looseObject({
  summary: z.string().optional(),
  description: z.string().optional(),
  tags: z.array(z.string()).optional(),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string() })).optional(),
  requestBody: z.looseObject({ content: z.record(z.string(), z.unknown()) }).optional(),
  responses: z.record(z.string(), z.unknown()).optional(),
});
type Operation = z.infer<typeof Operation>;

const METHODS = ["get", "post", "put", "patch", "delete"] as const;

export interface OpenApiDocument {
  openapi: string;
  info: object;
  servers: object[];
  tags: object[];
  paths: Record<string, Record<string, Operation>>;
  webhooks: Record<string, object>;
  components: object;
}

const PROBLEM = { $ref: "#/components/responses/Problem" };
const IDEMPOTENCY_KEY = { $ref: "#/components/parameters/IdempotencyKey" };

/** Recursively drops the `$schema` that every inlined schema repeats. */
function withoutDialect(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDialect);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== "$schema")
      .map(([name, member]) => [name, withoutDialect(member)]),
  );
}

function jsonSchema(schema: z.ZodType, io: "input" | "output" = "output"): unknown {
  return withoutDialect(z.toJSONSchema(schema, { io }));
}

/** The generator leaves the body out where the app has a parser of its own, as ours does. */
function bodies(app: AnyElysia): Map<string, object> {
  const found = new Map<string, object>();
  for (const route of app.routes) {
    const schema: unknown = route.hooks?.body;
    if (!(schema instanceof z.ZodType)) continue;
    const content = { "application/json": { schema: jsonSchema(schema, "input") } };
    found.set(`${route.method.toLowerCase()} ${route.path.replace(/:([^/]+)/g, "{$1}")}`, { required: true, content });
  }
  return found;
}

function complete(method: string, operation: Operation, body: object | undefined): Operation {
  const parameters = method === "get" ? operation.parameters : [...(operation.parameters ?? []), IDEMPOTENCY_KEY];
  return {
    ...operation,
    ...(body === undefined ? {} : { requestBody: body as NonNullable<Operation["requestBody"]> }),
    ...(parameters === undefined ? {} : { parameters: parameters as NonNullable<Operation["parameters"]> }),
    responses: { ...operation.responses, default: PROBLEM },
  };
}

function eventWebhooks(): Record<string, object> {
  const byType = new Map(WebhookEvent.options.map((option) => [option.shape.type.value, option]));
  return Object.fromEntries(
    EVENT_TYPES.map((type) => [
      type,
      {
        post: {
          summary: type,
          operationId: `on_${type.replace(".", "_")}`,
          requestBody: { content: { "application/json": { schema: jsonSchema(byType.get(type) ?? WebhookEvent) } } },
          responses: { "2XX": { description: "received" } },
        },
      },
    ]),
  );
}

/** @param server base address written into `servers` */
export function openApiDocument(app: AnyElysia, server: string): OpenApiDocument {
  const generated = toOpenAPISchema(app, { methods: ["OPTIONS", "HEAD", "WS"] });
  const bodyOf = bodies(app);
  const paths: OpenApiDocument["paths"] = {};
  for (const [path, item] of Object.entries(generated.paths).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const operations: Record<string, Operation> = {};
    for (const method of METHODS) {
      const operation = Operation.safeParse((item as Record<string, unknown>)[method]).data;
      if (operation !== undefined)
        operations[method] = complete(
          method,
          Operation.parse(withoutDialect(operation)),
          bodyOf.get(`${method} ${path}`),
        );
    }
    if (Object.keys(operations).length > 0) paths[path] = operations;
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "SK Voice",
      version: "1",
      description: "She answers the phone. You read the events. Every error is application/problem+json (RFC 9457).",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: server }],
    tags: ["voice", "crm", "calendar", "tickets"].map((name) => ({ name })),
    paths,
    webhooks: eventWebhooks(),
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer", description: "sk_test_… or sk_live_…" } },
      parameters: {
        IdempotencyKey: {
          name: "Idempotency-Key",
          in: "header",
          required: false,
          description: "Same key and body: the first answer again for 24 h. Same key, other body: 409.",
          schema: { type: "string", minLength: 1, maxLength: 255 },
        },
      },
      responses: {
        Problem: {
          description: "what went wrong",
          content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
        },
      },
      schemas: { Problem: jsonSchema(Problem) },
    },
  };
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (char) => ENTITIES[char] ?? char);

function section(path: string, method: string, operation: Operation): string {
  const schema = JSON.stringify(
    { parameters: operation.parameters, requestBody: operation.requestBody, responses: operation.responses },
    null,
    2,
  );
  return `<details><summary><b>${method.toUpperCase()}</b> <code>${escapeHtml(path)}</code> ${escapeHtml(operation.summary ?? "")}</summary>
<p>${escapeHtml(operation.description ?? "")}</p><pre>${escapeHtml(schema)}</pre></details>`;
}

/** Plain HTML: no script, nothing loaded from elsewhere. */
export function referencePage(document: OpenApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => section(path, method, operation)),
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>SK Voice API</title>
<style>body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}pre{overflow:auto;font-size:13px}</style>
<h1>SK Voice API</h1><p>The same as a document: <a href="/openapi/json">/openapi/json</a> (OpenAPI 3.1).</p>
${operations.join("\n")}</html>`;
}
