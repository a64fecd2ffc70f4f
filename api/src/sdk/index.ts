/**
 * The shared helper for who receives webhooks: verify, then read typed. Standard Webhooks; runs in Bun, Node and workers.
 *
 * ```ts
 * const event = receive(await request.text(), request.headers, process.env.WEBHOOK_SECRET);
 * if (event.type === "call.completed") console.log(event.data.call.outcome);
 * ```
 */
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { WebhookEvent } from "../contract/events.ts";

export type { EventData, WebhookEvent } from "../contract/events.ts";

/** The delivery is not from us, was changed, or is older or newer than five minutes: answer 400 and do nothing. */
export class SignatureError extends Error {
  override name = "SignatureError";
}

/** The delivery is ours and of a type or shape that this version does not know: answer 2xx and ignore it, or update. */
export class UnknownEventError extends Error {
  override name = "UnknownEventError";
}

type HeadersLike = { get(name: string): string | null } | Record<string, string | string[] | undefined>;

const NAMES = ["webhook-id", "webhook-timestamp", "webhook-signature"] as const;

function pick(headers: HeadersLike): Record<string, string> {
  const get = (name: string) =>
    typeof headers["get"] === "function"
      ? headers.get(name)
      : (headers as Record<string, string | string[] | undefined>)[name];
  return Object.fromEntries(NAMES.map((name) => [name, String(get(name) ?? "")]));
}

/**
 * Checks the signature. During a rotation give both secrets.
 * @param body the bytes as received: parsing and printing JSON again breaks the signature
 * @throws SignatureError
 */
export function verify(body: string, headers: HeadersLike, secret: string | readonly string[]): void {
  const picked = pick(headers);
  let reason = "no secret given";
  for (const one of typeof secret === "string" ? [secret] : secret) {
    try {
      new Webhook(one).verify(body, picked, { jsonParse: false });
      return;
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error;
      reason = error.message;
    }
  }
  throw new SignatureError(reason);
}

/**
 * Verifies and parses. Deliveries come at least once: remember `event.id` and ignore it the second time.
 * @throws SignatureError, UnknownEventError
 */
export function receive(body: string, headers: HeadersLike, secret: string | readonly string[]): WebhookEvent {
  verify(body, headers, secret);
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new UnknownEventError("the body is not JSON");
  }
  const parsed = WebhookEvent.safeParse(json);
  if (!parsed.success) throw new UnknownEventError(parsed.error.issues[0]?.message ?? "not an event of this version");
  return parsed.data;
}
