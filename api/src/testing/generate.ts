/** Values for a JSON Schema, and ways to break them. Knows the schemas that zod writes; for tests that are driven by the OpenAPI document. */
import fc from "fast-check";
import type { Operation } from "./furnish.ts";

interface Schema {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  propertyNames?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

/** Text that has broken programs before. */
const NASTY = [
  "",
  " ",
  "\0",
  "\ud800",
  "a\u0000b",
  "💥".repeat(50),
  "' or 1=1 --",
  "%00",
  "../../etc/passwd",
  "null",
  "<b>",
  "𝕳",
  "x".repeat(10_000),
  "‮",
  "{}",
];
const NUMBERS = [-1, 0, 1e308, -1e308, 2 ** 53, 2 ** 31, 0.1, -0, 1e-320];

/** Wrong almost everywhere. */
export const breakings: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...NASTY, ...NUMBERS, null, true, [], {}, [[[]]]),
  fc
    .anything({
      maxDepth: 2,
      withBigInt: false,
      withDate: false,
      withMap: false,
      withSet: false,
      withObjectString: false,
    })
    .filter((value) => value !== undefined && typeof value !== "symbol"),
);

const instant = fc
  .integer({ min: Date.parse("2026-11-01T00:00:00Z"), max: Date.parse("2027-01-31T00:00:00Z") })
  .map((ms) => new Date(ms).toISOString());

function text(schema: Schema, pool: readonly string[]): fc.Arbitrary<unknown> {
  if (schema.format === "date-time") return instant;
  if (schema.format === "date") return instant.map((at) => at.slice(0, 10));
  if (schema.format === "email") return fc.constantFrom("priya@example.com", "a@b.co");
  if (schema.format === "uri")
    return fc.constantFrom("https://example.com/hook", "http://127.0.0.1:9/", "http://[::1]/", "ftp://x/");
  if (schema.pattern !== undefined) {
    const pattern = new RegExp(schema.pattern);
    const known = pool.filter((one) => pattern.test(one));
    const made = fc.stringMatching(pattern);
    return known.length === 0 ? made : fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...known) }, made);
  }
  const { minLength = 0, maxLength = 200 } = schema;
  const most = Math.min(maxLength, 300);
  return fc.oneof(
    fc.string({ minLength, maxLength: most }),
    fc.string({ minLength, maxLength: most, unit: "grapheme" }),
  );
}

function object(schema: Schema, pool: readonly string[]): fc.Arbitrary<unknown> {
  const properties = Object.entries(schema.properties ?? {}).map(
    ([name, member]) => [name, valueFor(member, pool)] as const,
  );
  const named = fc.record(Object.fromEntries(properties), { requiredKeys: schema.required ?? [] });
  const more = schema.additionalProperties;
  if (typeof more !== "object" || Object.keys(more).length === 0) return named;
  const key =
    schema.propertyNames === undefined
      ? fc.string({ minLength: 1, maxLength: 20 })
      : valueFor(schema.propertyNames, pool).map(String);
  return fc.tuple(named, fc.dictionary(key, valueFor(more, pool), { maxKeys: 4 })).map(([a, b]) => ({ ...b, ...a }));
}

/** A value that the schema accepts. @param pool ids that exist, used wherever one fits */
export function valueFor(schema: object, pool: readonly string[]): fc.Arbitrary<unknown> {
  const of = schema as Schema;
  if (of.const !== undefined) return fc.constant(of.const);
  if (of.enum !== undefined) return fc.constantFrom(...of.enum);
  const choices = of.anyOf ?? of.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map((one) => valueFor(one, pool)));
  if (of.allOf !== undefined) return valueFor(Object.assign({}, ...of.allOf), pool);
  if (Array.isArray(of.type)) return fc.oneof(...of.type.map((type) => valueFor({ ...of, type }, pool)));
  const { minimum = -1_000_000, maximum = 1_000_000 } = of;
  switch (of.type) {
    case "string":
      return text(of, pool);
    case "integer":
      return fc.integer({ min: Math.max(minimum, -(2 ** 31)), max: Math.min(maximum, 2 ** 31 - 1) });
    case "number":
      return fc.double({ min: minimum, max: maximum, noNaN: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(valueFor(of.items ?? {}, pool), {
        minLength: of.minItems ?? 0,
        maxLength: Math.min(of.maxItems ?? 3, (of.minItems ?? 0) + 3),
      });
    case "object":
      return object(of, pool);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

interface Place {
  holder: Record<string, unknown>;
  key: string;
}

/** Every member of a body, whichever depth. */
function places(value: unknown, found: Place[] = []): Place[] {
  if (value === null || typeof value !== "object") return found;
  for (const key of Object.keys(value)) {
    const holder = value as Record<string, unknown>;
    found.push({ holder, key });
    places(holder[key], found);
  }
  return found;
}

/** One member gone, or something else in its place. */
function damaged(body: unknown, at: number, by: unknown, how: "remove" | "replace" | "add"): unknown {
  const copy: unknown = structuredClone(body);
  const all = places(copy);
  const place = all[at % Math.max(1, all.length)];
  if (place === undefined) return by;
  if (how === "remove") delete place.holder[place.key];
  else place.holder[how === "add" ? `${place.key}_` : place.key] = by;
  return copy;
}

const print = (value: unknown) => JSON.stringify(value) ?? "null";

/** Text of a request's body: good, damaged, or no JSON at all. */
export function bodyFor({ requestBody }: Operation, pool: readonly string[]): fc.Arbitrary<string | undefined> {
  const { content } = (requestBody ?? {}) as { content?: Record<string, { schema?: object }> };
  const schema = content?.["application/json"]?.schema;
  const junk = fc.constantFrom(
    "",
    "{",
    "[",
    "null",
    "nul",
    "\u0000",
    `{"a":1e999}`,
    "[".repeat(5000),
    `{"__proto__":{"a":1}}`,
    "1",
    '"x"',
    "[]",
  );
  if (schema === undefined) return fc.oneof({ weight: 20, arbitrary: fc.constant(undefined) }, junk);
  const good = valueFor(schema, pool);
  const broken = fc
    .tuple(good, fc.nat(200), breakings, fc.constantFrom("remove", "replace", "add"))
    .map(([body, at, by, how]) => damaged(body, at, by, how));
  return fc.oneof(
    { weight: 8, arbitrary: good.map(print) },
    { weight: 8, arbitrary: broken.map(print) },
    { weight: 1, arbitrary: junk },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}
