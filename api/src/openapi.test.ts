import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EVENT_TYPES } from "./contract/events.ts";
import { renderOpenApi } from "./openapi.ts";

const rendered = renderOpenApi();
const document = JSON.parse(rendered) as {
  paths: Record<
    string,
    Record<string, { summary?: string; requestBody?: unknown; responses: Record<string, unknown> }>
  >;
  webhooks: Record<string, unknown>;
};

test("the committed document is the one of the routes", () => {
  expect(readFileSync(join(import.meta.dir, "..", "openapi.gen.json"), "utf8")).toBe(rendered);
});

test("every reference in it resolves", () => {
  const refs = [...rendered.matchAll(/"\$ref": "#\/([^"]+)"/g)].map((match) => match[1] ?? "");
  expect(refs.length).toBeGreaterThan(0);
  for (const ref of new Set(refs)) {
    let at: unknown = document;
    for (const step of ref.split("/")) at = (at as Record<string, unknown>)[step];
    expect(at).toBeObject();
  }
});

test("every operation has a summary, a success and the problem answer; every event is described", () => {
  /** Their path says everything. */
  const bodiless =
    /(\/deliveries\/{id}\/replay|\/(test|revoke-previous-secret|release|restore|claim|revoke|erase|hang-up|sample-data|live\/tickets|no-show|complete|reminder-sent))$/;
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      expect(operation.summary).toBeString();
      expect(Object.keys(operation.responses).some((status) => status.startsWith("2"))).toBe(true);
      expect(operation.responses["default"]).toBeObject();
      const needsBody =
        (method === "post" || method === "patch" || method === "put") && !(method === "post" && bodiless.test(path));
      expect(operation.requestBody !== undefined).toBe(needsBody);
    }
  }
  expect(Object.keys(document.webhooks)).toEqual([...EVENT_TYPES]);
});
