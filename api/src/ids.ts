import { createHash } from "node:crypto";
import { decodeTime, encodeTime, monotonicFactory } from "ulid";
import { ID_PREFIX, type IdKind } from "./contract/ids.ts";

const next = monotonicFactory();

/** A new prefixed ULID; ids made by one process sort in the order they were made. */
export function newId(kind: IdKind, nowMs: number): string {
  return `${ID_PREFIX[kind]}_${next(nowMs)}`;
}

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** An id that is a function of its parts: ULID-shaped, time from `timeMs`, the 80 random bits from SHA-256 of `parts`. */
export function derivedId(kind: IdKind, timeMs: number, parts: readonly string[]): string {
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest();
  let bits = 0n;
  for (const byte of digest.subarray(0, 10)) bits = (bits << 8n) | BigInt(byte);
  let tail = "";
  for (let i = 0; i < 16; i++, bits >>= 5n) tail = CROCKFORD[Number(bits & 31n)] + tail;
  return `${ID_PREFIX[kind]}_${encodeTime(timeMs, 10)}${tail}`;
}

/** Unix milliseconds inside an id. */
export function idTimeMs(id: string): number {
  return decodeTime(id.slice(id.indexOf("_") + 1));
}
