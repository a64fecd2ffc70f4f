/**
 * Secrets at rest: AES-256-GCM with a key from the data directory or the environment, so that a copy of the database alone signs nothing.
 * `sealed:1:` + base64url(iv 12 bytes, tag 16 bytes, ciphertext).
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";

export interface Seal {
  seal(text: string): string;
  /** @throws Error when it was sealed with another key or changed */
  open(sealed: string): string;
  /** HMAC-SHA256 of a signed address, base64url. */
  sign(text: string): string;
}

const PREFIX = "sealed:1:";
const IV_BYTES = 12;
const TAG_BYTES = 16;

export function isSealed(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** @param secret any text with 128 random bits or more */
export function createSeal(secret: string): Seal {
  const derive = (purpose: string) => createHmac("sha256", secret).update(`sk-voice:${purpose}`).digest();
  const key = derive("seal");
  const signing = derive("links");
  return {
    seal(text) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, iv);
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return PREFIX + Buffer.concat([iv, cipher.getAuthTag(), body]).toString("base64url");
    },
    open(sealed) {
      if (!isSealed(sealed)) throw new Error("bug: this secret is not sealed");
      const bytes = Buffer.from(sealed.slice(PREFIX.length), "base64url");
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      const body = bytes.subarray(IV_BYTES + TAG_BYTES);
      return Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8");
    },
    sign: (text) => createHmac("sha256", signing).update(text).digest("base64url"),
  };
}
