/** Requests of a product that lives elsewhere are answered from there, after key, scope and input were checked here. */
import { exchangeOf, principalOf } from "../exchange.ts";
import { askRemote, FORWARDED } from "./ask.ts";
import type { Product, Remotes } from "./remotes.ts";

const REMOTE_PATH = /^\/(crm|calendar|tickets)\/v1\//;

function productOf(path: string): Product | undefined {
  const name = REMOTE_PATH.exec(path)?.[1];
  return name === "crm" || name === "calendar" || name === "tickets" ? name : undefined;
}

/** @returns undefined for what is served here */
export async function forwarded(remotes: Remotes, request: Request): Promise<Response | undefined> {
  const { pathname, search } = new URL(request.url);
  const product = productOf(pathname);
  if (product === undefined || request.headers.has(FORWARDED)) return undefined;
  const who = principalOf(request);
  const remote = (await remotes.of(who)).get(product);
  if (remote === undefined) return undefined;
  const { requestId, body, headers: more } = exchangeOf(request);
  const key = request.headers.get("idempotency-key") ?? (request.method === "GET" ? undefined : requestId);
  const question = { method: request.method, path: pathname + search, body, idempotencyKey: key, requestId };
  const answer = await askRemote(remote, who, question);
  const headers = new Headers({ ...more, "x-request-id": requestId });
  if (answer.contentType !== null) headers.set("content-type", answer.contentType);
  if (answer.retryAfter !== undefined) headers.set("retry-after", answer.retryAfter);
  return new Response(answer.status === 204 ? null : answer.body, { status: answer.status, headers });
}
