/** Ten endpoints of customers, as they are: sound, slow, flaky, failing, redirecting, gone. They verify with the reference library and remember what they got. */
import { createHash } from "node:crypto";
import { Webhook } from "standardwebhooks";

export const KINDS = [
  "thorough",
  "thorough",
  "sound",
  "sound",
  "slow",
  "flaky",
  "busy",
  "failing",
  "redirecting",
  "dead",
] as const;
export type Kind = (typeof KINDS)[number];

/** Those whose customer does everything right sooner or later. */
export const HEALTHY: ReadonlySet<Kind> = new Set(["thorough", "sound", "slow", "flaky", "busy"]);

const SLOW_MS = 50;
/** Nobody listens there. */
const DEAD_URL = "http://127.0.0.1:9/";

export interface Endpoint {
  readonly kind: Kind;
  readonly url: string;
  secret: string;
  /** Ids of the events it subscribed to. */
  readonly wanted: string[];
  /** Event id → SHA-256 of the body, of what was accepted. */
  readonly accepted: Map<string, string>;
  requests: number;
  duplicates: number;
  /** Another body under an id that was accepted before. */
  changed: number;
  forged: number;
  /** From now on it answers 200: its owner repaired it. */
  repaired: boolean;
}

export interface Receivers {
  readonly endpoints: readonly Endpoint[];
  /** Requests to where the redirecting endpoint points. */
  readonly strayed: () => number;
  stop(): Promise<void>;
}

function accept(endpoint: Endpoint, request: Request, body: string): number {
  const headers = Object.fromEntries(request.headers);
  try {
    new Webhook(endpoint.secret).verify(body, headers);
  } catch {
    endpoint.forged++;
    return 400;
  }
  const id = request.headers.get("webhook-id") ?? "";
  const digest = createHash("sha256").update(body).digest("hex");
  const before = endpoint.accepted.get(id);
  if (before !== undefined) endpoint.duplicates++;
  if (before !== undefined && before !== digest) endpoint.changed++;
  endpoint.accepted.set(id, digest);
  return 200;
}

/** @param random 0 ≤ random() < 1 */
export function startReceivers(random: () => number): Receivers {
  let strayed = 0;
  const byPath = new Map<string, Endpoint>();

  async function answer(endpoint: Endpoint, request: Request): Promise<Response> {
    const body = await request.text();
    endpoint.requests++;
    const { kind, repaired } = endpoint;
    if (!repaired && kind === "redirecting")
      return new Response(null, { status: 302, headers: { location: "/stray" } });
    if (!repaired && kind === "failing") return new Response("broken", { status: 500 });
    if (kind === "flaky" && random() < 0.1) return new Response("broken", { status: 500 });
    if (kind === "busy" && random() < 0.05) return new Response(null, { status: 429, headers: { "retry-after": "1" } });
    if (kind === "slow") await Bun.sleep(SLOW_MS);
    return new Response(null, { status: accept(endpoint, request, body) });
  }

  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const endpoint = byPath.get(new URL(request.url).pathname);
      if (endpoint !== undefined) return answer(endpoint, request);
      strayed++;
      return new Response(null);
    },
  });
  const endpoints = KINDS.map((kind, i): Endpoint => {
    const url = kind === "dead" ? DEAD_URL : `${server.url.href}${i}`;
    const none = { secret: "", requests: 0, duplicates: 0, changed: 0, forged: 0, repaired: false };
    const endpoint = { kind, url, wanted: [], accepted: new Map<string, string>(), ...none };
    byPath.set(`/${i}`, endpoint);
    return endpoint;
  });
  return { endpoints, strayed: () => strayed, stop: () => server.stop(true) };
}
