/** Who may open a Twilio stream: the handshake carries X-Twilio-Signature (twilio.com/docs/usage/security#validating-requests). */
import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * Whether Twilio signed this address with the account's token: base64 of HMAC-SHA1 over the address as Twilio was given it. Twilio adds or drops a trailing slash, so
 * both are tried.
 */
export function isSignedByTwilio(authToken: string, url: string, signature: string | null): boolean {
  if (signature === null || authToken === "") return false;
  const given = Buffer.from(signature);
  const bare = url.replace(/\/$/, "");
  return [bare, `${bare}/`].some((address) => {
    const expected = Buffer.from(createHmac("sha1", authToken).update(address).digest("base64"));
    return expected.length === given.length && timingSafeEqual(expected, given);
  });
}
