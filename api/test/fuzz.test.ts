/**
 * Requests made from the OpenAPI document, some good, most broken, at every route: no 5xx, every 4xx a problem document, every 2xx as documented.
 * `SK_FUZZ=6000 bun test api/test/fuzz.test.ts` for the long run, `SK_SEED` to repeat one.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { z } from "zod";
import { Problem } from "../src/contract/problem.ts";
import { silentLog } from "../src/log.ts";
import { furnish, type Owned, type Route, routes } from "../src/testing/furnish.ts";
import { bodyFor, breakings, valueFor } from "../src/testing/generate.ts";
import { engines, openSuite, type Suite } from "../src/testing/suite.ts";

const REQUESTS = Number(process.env["SK_FUZZ"] ?? 400);
const SEED = Number(process.env["SK_SEED"] ?? 20261125);
const ROUTES = new Map(routes().map((route) => [route.name, route]));

interface Sent {
  /** `post /voice/v1/webhooks`, whatever the method sent. */
  name: string;
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
}

const HEADERS = fc.oneof(
  { weight: 12, arbitrary: fc.constant({}) },
  {
    weight: 2,
    arbitrary: fc.record({ "idempotency-key": fc.constantFrom("a", '"a"', "k-1", "", "\u00e9", "x".repeat(300)) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      authorization: fc.constantFrom(
        "",
        "Bearer",
        "Bearer sk_test_x",
        "Basic YTpi",
        `Bearer sk_live_${"a".repeat(28)}`,
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      "content-type": fc.constantFrom(
        "text/plain",
        "application/xml",
        "application/json; charset=utf-16",
        "multipart/form-data",
        ";",
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      range: fc.constantFrom("bytes=0-1", "bytes=9-1", "bytes=-0", "lines=1-2", "bytes=0-1,2-3"),
    }),
  },
);

/** A request for a route: its path, query and body from the document's schemas, whole or with something broken. */
function requestTo(route: Route, pool: readonly string[]): fc.Arbitrary<Sent> {
  const parameters = route.operation.parameters ?? [];
  const inPath = parameters
    .filter((one) => one.in === "path")
    .map((one) => [one.name, valueFor(one.schema ?? {}, pool)] as const);
  const inQuery = parameters.filter((one) => one.in === "query");
  const query = fc.record(
    Object.fromEntries(
      inQuery.map((one) => [one.name, fc.oneof({ weight: 5, arbitrary: valueFor(one.schema ?? {}, pool) }, breakings)]),
    ),
    { requiredKeys: inQuery.filter((one) => one.required).map((one) => one.name) },
  );
  return fc
    .record({
      steps: fc.record(
        Object.fromEntries(inPath.map(([name, value]) => [name, fc.oneof({ weight: 8, arbitrary: value }, breakings)])),
      ),
      query,
      headers: HEADERS,
      body: bodyFor(route.operation, pool),
      method: fc.oneof(
        { weight: 30, arbitrary: fc.constant(route.method) },
        fc.constantFrom("put", "patch", "delete", "options"),
      ),
    })
    .map(({ steps, query, headers, body, method }) => {
      const path = route.path.replace(
        /\{([^}]+)\}/g,
        (_, name: string) => encodeURIComponent(String(steps[name]).toWellFormed()) || "%20",
      );
      const text = new URLSearchParams(
        Object.entries(query).map(([name, value]) => [name, String(value).toWellFormed()]),
      ).toString();
      return { name: route.name, method, path: text === "" ? path : `${path}?${text}`, headers, body };
    });
}

const validators = new Map<string, z.ZodType>();
function documented(route: Route, status: number): z.ZodType | undefined {
  const schema = route.operation.responses[String(status)]?.content?.["application/json"]?.schema;
  if (schema === undefined) return undefined;
  const name = `${route.name} ${status}`;
  const known = validators.get(name) ?? z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  validators.set(name, known);
  return known;
}

/** @returns what is wrong with the answer, or undefined */
async function faultOf(suite: Suite, sent: Sent, met: Map<number, number>): Promise<string | undefined> {
  const response = await suite.fetch(
    new Request(`http://localhost${sent.path}`, {
      method: sent.method.toUpperCase(),
      headers: {
        authorization: `Bearer ${sent.path.startsWith("/voice/v1/engine/") ? suite.engineKey : suite.testKey}`,
        ...(sent.body === undefined ? {} : { "content-type": "application/json" }),
        ...sent.headers,
      },
      ...(sent.body === undefined || sent.method === "get" ? {} : { body: sent.body }),
    }),
  );
  const text = await response.text();
  const route = ROUTES.get(sent.name);
  if (route === undefined) return "bug: no such route";
  const { status } = response;
  met.set(status, (met.get(status) ?? 0) + 1);
  const type = response.headers.get("content-type") ?? "";
  if (response.headers.get("x-request-id") === null) return `${status} without x-request-id`;
  // No engine is connected that could take a browser's call, or speak: 503 is the documented answer.
  if (status >= 500 && !["/voice/v1/browser-calls", "/voice/v1/voice-preview"].includes(route.path))
    return `${status} ${text}`;
  if (status >= 400) {
    if (type !== "application/problem+json") return `${status} as ${type}`;
    const problem = Problem.safeParse(JSON.parse(text));
    if (!problem.success) return `${status}: no problem document: ${text}`;
    return problem.data.status === status && problem.data.detail.length > 10 ? undefined : `${status} says ${text}`;
  }
  if (sent.method !== route.method) return undefined;
  if (route.operation.responses[String(status)] === undefined) return `${status} is not documented`;
  return type.startsWith("application/json")
    ? documented(route, status)?.safeParse(JSON.parse(text)).error?.message
    : undefined;
}

const idsOf = (of: Owned) => Object.values(of).map(String);

for (const engine of await engines()) {
  test(`${REQUESTS} requests made from the document, on ${engine.name}`, async () => {
    const logged: unknown[] = [];
    const log = { ...silentLog, error: (...words: unknown[]) => void logged.push(words) };
    const suite = await openSuite(engine, { log });
    const pool = idsOf(await furnish(suite));
    const met = new Map<number, number>();
    const any = fc.constantFrom(...ROUTES.values()).chain((route) => requestTo(route, pool));
    await fc.assert(
      fc.asyncProperty(any, async (sent) => {
        const { method, path, body, headers } = sent;
        expect({
          method,
          path,
          body: body?.slice(0, 2000),
          headers,
          fault: await faultOf(suite, sent, met),
          logged,
        }).toMatchObject({ fault: undefined });
      }),
      { numRuns: REQUESTS, seed: SEED, endOnFailure: true },
    );
    const count = (from: number, to: number) =>
      [...met].reduce((sum, [status, n]) => (status >= from && status < to ? sum + n : sum), 0);
    if (REQUESTS > 1000)
      console.log(
        `${engine.name}: ${[...met]
          .sort(([a], [b]) => a - b)
          .map(([status, n]) => `${status}×${n}`)
          .join(" ")}`,
      );
    // A fuzzer whose every request is refused at the door tests the door.
    expect(count(200, 300)).toBeGreaterThan(REQUESTS * 0.1);
    expect(count(400, 500)).toBeGreaterThan(REQUESTS * 0.2);
  }, 600_000);
}
