/** What is known of a request besides the request: filled by `app.ts` on its way in, read by the routes. */
import type { Principal } from "./auth.ts";

export interface Exchange {
  readonly requestId: string;
  principal?: Principal;
  /** Added to the answer: what is left of the rate. */
  headers: Record<string, string>;
  /** The JSON body as sent, before validation strips and defaults: what an idempotency key is compared on. */
  body?: unknown;
}

const exchanges = new WeakMap<Request, Exchange>();

export function beginExchange(request: Request): Exchange {
  const exchange: Exchange = { requestId: `req_${crypto.randomUUID().replaceAll("-", "")}`, headers: {} };
  exchanges.set(request, exchange);
  return exchange;
}

export function exchangeOf(request: Request): Exchange {
  return exchanges.get(request) ?? beginExchange(request);
}

/** Who asks. Routes under a product path have passed authentication before they run. */
export function principalOf(request: Request): Principal {
  const { principal } = exchangeOf(request);
  if (principal === undefined) throw new Error("bug: a route without authentication asks who is there");
  return principal;
}
