/** What a test sent and was answered, kept as the examples of the documentation: `api/examples.gen.json`, written by `SK_WRITE_EXAMPLES=1 bun test api/test/every-route.test.ts`. */
import { z } from "zod";
import kept from "../examples.gen.json";

const Examples = z.object({
  /** By `post /voice/v1/webhooks`. */
  operations: z.record(z.string(), z.object({ request: z.unknown(), status: z.string(), response: z.unknown() })),
  /** By type: the whole envelope. */
  events: z.record(z.string(), z.unknown()),
});
export type Examples = z.infer<typeof Examples>;

export const examples: Examples = Examples.parse(kept);

const MOST_ITEMS = 2;
const MOST_CHARACTERS = 20_000;

/** Long lists say nothing more. */
function short(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, MOST_ITEMS).map(short);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, short(member)]));
}

/** Ids, numbers and secrets of a run become ones that look the same in every run, in the order they are met. */
function steady(text: string): string {
  const met = new Map<string, string>();
  const count = new Map<string, number>();
  const rename = (found: string, kind: string, name: (n: number) => string) => {
    const known = met.get(found);
    if (known !== undefined) return known;
    const n = (count.get(kind) ?? 0) + 1;
    count.set(kind, n);
    met.set(found, name(n));
    return name(n);
  };
  return text
    .replace(/\b([a-z]{2,3})_[0-7][0-9A-HJKMNP-TV-Z]{25}\b/g, (id, prefix: string) =>
      rename(id, prefix, (n) => `${prefix}_01KARM7Q00${String(n).padStart(16, "0")}`),
    )
    .replace(/\+9198\d{8}\b/g, (number) => rename(number, "phone", (n) => `+91987654${String(n).padStart(4, "0")}`))
    .replace(/req_[0-9a-f]{32}/g, (id) => rename(id, "req", (n) => `req_${String(n).padStart(32, "0")}`))
    .replace(/\b[0-9a-f]{64}\b/g, (hash) => rename(hash, "hash", (n) => String(n).padStart(64, "0")))
    .replace(/whsec_[A-Za-z0-9+/=]+/g, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    .replace(/sk_(test|live)_[A-Za-z0-9]{16,}/g, "sk_$1_Abc0123456789xyz")
    .replace(/\/(recordings|feeds)\/[A-Za-z0-9._-]{8,}/g, "/$1/9f2c…")
    .replace(/ticket=[\w-]+/g, "ticket=Zm9v…")
    .replace(/"ticket": "[^"]+"/g, '"ticket": "Zm9v…"')
    .replace(/http:\/\/127\.0\.0\.1:\d+\//g, "https://yourapp.com/hooks/sk-voice");
}

export async function writeExamples(seen: Examples): Promise<void> {
  const operations = Object.entries(seen.operations)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { request, status, response }]) => {
      const shown = short(response);
      return [name, { request, status, response: JSON.stringify(shown).length > MOST_CHARACTERS ? null : shown }];
    });
  const events = Object.entries(seen.events).map(([type, event]) => [type, short(event)]);
  const all = { operations: Object.fromEntries(operations), events: Object.fromEntries(events) };
  await Bun.write(
    new URL("../examples.gen.json", import.meta.url).pathname,
    `${steady(JSON.stringify(all, null, 1))}\n`,
  );
}
