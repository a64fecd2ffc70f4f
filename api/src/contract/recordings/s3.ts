/** What Bun's S3 client is told, and what its errors mean to an operator. */
import type { S3Settings } from "./settings.ts";

export function s3Options(settings: S3Settings) {
  const { bucket, endpoint, region, accessKeyId, secretAccessKey } = settings;
  return { bucket, region, accessKeyId, secretAccessKey, ...(endpoint === undefined ? {} : { endpoint }) };
}

const REFUSED = new Set(["AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"]);

export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "error";
}

/** A refused HEAD has no body; a GET says why. */
export async function isThere(file: Bun.S3File): Promise<boolean> {
  try {
    return await file.exists();
  } catch (error) {
    if (codeOf(error) !== "UnknownError") throw error;
    await file.slice(0, 1).bytes();
    return true;
  }
}

/** One sentence: whose fault, and what to do. Holds no key. */
export function explainS3(error: unknown, { bucket }: S3Settings): string {
  const code = codeOf(error);
  if (code === "NoSuchBucket") return `The object storage has no bucket ${bucket}: create it or correct SK_S3_BUCKET.`;
  if (REFUSED.has(code)) {
    return `The object storage refuses us (${code}): check SK_S3_ACCESS_KEY_ID, SK_S3_SECRET_ACCESS_KEY and what they may do in bucket ${bucket}.`;
  }
  return `The object storage cannot be reached (${code}): check SK_S3_ENDPOINT and that it runs.`;
}
