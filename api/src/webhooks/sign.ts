/** Standard Webhooks 1.0.0: HMAC-SHA256 over `id.timestamp.body`, by the reference library. */
import { randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";

/** `whsec_` + base64 of 32 random bytes. */
export function generateSecret(): string {
  return `whsec_${randomBytes(32).toString("base64")}`;
}

/**
 * @param secrets one, or two during a rotation: each signs, so a receiver that knows either is satisfied
 * @param atMs time of this attempt: renewed on every retry, while the id never changes
 */
export function signatureHeaders(
  secrets: string | readonly string[],
  eventId: string,
  atMs: number,
  body: string,
): Record<string, string> {
  const at = new Date(Math.floor(atMs / 1000) * 1000);
  return {
    "webhook-id": eventId,
    "webhook-timestamp": String(at.getTime() / 1000),
    "webhook-signature": [secrets]
      .flat()
      .map((secret) => new Webhook(secret).sign(eventId, at, body))
      .join(" "),
  };
}
