/** OpenAPI 3.1, generated from the validators of the routes, and a plain page of it that works without the internet. */
import { toOpenAPISchema } from "@elysiajs/openapi";
import type { AnyElysia } from "elysia";
import { z } from "zod";
import { EVENT_TYPES, WebhookEvent } from "./contract/events.ts";
import { Problem } from "./contract/problem.ts";
import { examples } from "./examples.ts";
import { PROBLEM_TYPE_BASE } from "./problem.ts";
import { EVENT_DESCRIPTIONS } from "./webhooks/catalogue.ts";

const Body = z.looseObject({ content: z.record(z.string(), z.unknown()) });
const Operation = z.looseObject({
  summary: z.string().optional(),
  description: z.string().optional(),
  tags: z.array(z.string()).optional(),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string() })).optional(),
  requestBody: Body.optional(),
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

/** Standard Webhooks. */
const SIGNATURE = [
  ["webhook-id", "The event's id: dedupe on it."],
  ["webhook-timestamp", "Seconds since 1970, of this try."],
  ["webhook-signature", "`v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`; two while a secret rotates."],
].map(([name, description]) => ({ name, in: "header", required: true, description, schema: { type: "string" } }));

const PROBLEM = { $ref: "#/components/responses/Problem" };
const PROBLEM_EXAMPLE: Problem = {
  type: `${PROBLEM_TYPE_BASE}validation_failed`,
  title: "Invalid input",
  status: 422,
  detail: "body/url: live endpoints must be https",
  code: "validation_failed",
  request_id: "req_8d3b4f0e1c2a4b5d9e6f7a8b9c0d1e2f",
  errors: [{ location: "body", pointer: "/url", message: "live endpoints must be https" }],
};
const IDEMPOTENCY_KEY = { $ref: "#/components/parameters/IdempotencyKey" };

/** The pattern that zod writes beside these formats is half a kilobyte of regular expression and says the same. */
const FORMATS: ReadonlySet<unknown> = new Set(["date-time", "date", "email"]);

/** Drops the `$schema` that every inlined schema repeats, and lets a nullable enumeration be null, which the generators forget. */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (value === null || typeof value !== "object") return value;
  const members: Record<string, unknown> = Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== "$schema" && !(name === "pattern" && "format" in value && FORMATS.has(value.format)))
      .map(([name, member]) => [name, tidy(member)]),
  );
  const { type, enum: values } = members;
  const nullable = Array.isArray(type) && type.includes("null") && Array.isArray(values) && !values.includes(null);
  return nullable ? { ...members, enum: [...values, null] } : members;
}

function jsonSchema(schema: z.ZodType, io: "input" | "output" = "output"): unknown {
  return tidy(z.toJSONSchema(schema, { io }));
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

const Contents = z.looseObject({ content: z.record(z.string(), z.looseObject({})).optional() });

/** The same content with an example beside its schema. */
function shown(part: unknown, example: unknown): Record<string, unknown> {
  const { content, ...rest } = Contents.parse(part);
  const json = content?.["application/json"];
  if (json === undefined || example === null) return { ...rest, ...(content === undefined ? {} : { content }) };
  return { ...rest, content: { ...content, "application/json": { ...json, example } } };
}

/** What a test sent here and was answered. */
function withExample(name: string, operation: Operation): Operation {
  const example = examples.operations[name];
  if (example === undefined) return operation;
  const { requestBody, responses } = operation;
  const answer = responses?.[example.status];
  return {
    ...operation,
    ...(requestBody === undefined ? {} : { requestBody: Body.parse(shown(requestBody, example.request)) }),
    responses: { ...responses, ...(answer === undefined ? {} : { [example.status]: shown(answer, example.response) }) },
  };
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
          description: EVENT_DESCRIPTIONS[type],
          parameters: SIGNATURE,
          requestBody: {
            content: {
              "application/json": {
                schema: jsonSchema(byType.get(type) ?? WebhookEvent),
                example: examples.events[type],
              },
            },
          },
          responses: {
            "2XX": { description: "Received. Everything else, and no answer within 15 s, is tried again." },
            "410": { description: "Gone: the endpoint is disabled." },
          },
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
      if (operation !== undefined) {
        const name = `${method} ${path}`;
        const whole = complete(method, Operation.parse(tidy(operation)), bodyOf.get(name));
        operations[method] = withExample(name, whole);
      }
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
          content: {
            "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" }, example: PROBLEM_EXAMPLE },
          },
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
