/** Pages that are made from the validators: the event catalogue and the reference of each product. */
import { EVENT_TYPES } from "../contract/events.ts";
import { examples } from "../examples.ts";
import type { OpenApiDocument } from "../openapi-document.ts";
import { eventTypes } from "../webhooks/catalogue.ts";
import { anchorOf, escapeHtml } from "./page.ts";

const json = (value: unknown) => `<pre><code>${escapeHtml(JSON.stringify(value, null, 2))}</code></pre>`;
const fold = (title: string, value: unknown) =>
  value === undefined || value === null ? "" : `<details><summary>${title}</summary>${json(value)}</details>`;

/** Every event with what it says, an example that a test produced, and its schema. */
export function eventsPage(): string {
  const sections = eventTypes().map(
    ({ type, description, schema }) =>
      `<h2 id="${anchorOf(type)}"><code>${type}</code></h2><p>${escapeHtml(description)}</p>${json(examples.events[type])}${fold("JSON Schema", schema)}`,
  );
  const index = EVENT_TYPES.map((type) => `<a href="#${anchorOf(type)}"><code>${type}</code></a>`).join(" · ");
  return `<h1>Event catalogue</h1><p>${index}</p><p>How they arrive: <a href="/docs/webhooks">webhooks</a>. The same as JSON: <code>GET /voice/v1/event-types</code>.</p>${sections.join("\n")}`;
}

type Operation = OpenApiDocument["paths"][string][string];
interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema?: { type?: unknown; enum?: unknown[]; pattern?: string; description?: string };
}

function parametersOf(operation: Operation): string {
  const named = ((operation.parameters ?? []) as Partial<Parameter>[]).filter(
    (one): one is Parameter => one.name !== undefined,
  );
  if (named.length === 0) return "";
  const rows = named.map(({ name, in: where, required, schema }) => {
    const type = schema?.enum?.join(" · ") ?? schema?.description ?? String(schema?.type ?? "");
    return `<tr><td><code>${escapeHtml(name)}</code></td><td>${where}${required === true ? ", required" : ""}</td><td>${escapeHtml(type)}</td></tr>`;
  });
  return `<table><tr><th>parameter</th><th>in</th><th></th></tr>${rows.join("")}</table>`;
}

function operationSection(method: string, path: string, operation: Operation): string {
  const example = examples.operations[`${method} ${path}`];
  const body = operation.requestBody?.content["application/json"] as { schema?: unknown } | undefined;
  const id = anchorOf(`${method} ${path}`);
  return `<h2 id="${id}"><code>${method.toUpperCase()} ${escapeHtml(path)}</code></h2>
<p>${escapeHtml(operation.summary ?? "")}. ${escapeHtml(operation.description ?? "").replace(/`([^`]+)`/g, "<code>$1</code>")}</p>${parametersOf(operation)}
${example?.request == null ? "" : `<p>Request</p>${json(example.request)}`}${example?.response == null ? "" : `<p>${example.status}</p>${json(example.response)}`}
${fold("Schema of the request", body?.schema)}${fold("Schemas of the answers", operation.responses)}`;
}

/** @param product `voice`, `crm`, `calendar` or `tickets` */
export function referencePage(document: OpenApiDocument, product: string): string {
  const operations = Object.entries(document.paths)
    .filter(([path]) => path.startsWith(`/${product}/`))
    .flatMap(([path, item]) => Object.entries(item).map(([method, operation]) => ({ path, method, operation })));
  const index = operations.map(({ path, method, operation }) => {
    const name = `${method.toUpperCase()} ${escapeHtml(path)}`;
    return `<tr><td><a href="#${anchorOf(`${method} ${path}`)}"><code>${name}</code></a></td><td>${escapeHtml(operation.summary ?? "")}</td></tr>`;
  });
  const sections = operations.map(({ path, method, operation }) => operationSection(method, path, operation));
  return `<h1>Reference: ${product}</h1><p>Made from the validators. Every error: <a href="/docs/errors">errors</a>. Every mutation takes an <a href="/docs/idempotency"><code>Idempotency-Key</code></a>.</p>
<table>${index.join("")}</table>${sections.join("\n")}`;
}
