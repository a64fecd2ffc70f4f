import { createHash } from "node:crypto";
import { decodeTime, encodeTime, monotonicFactory } from "ulid";
import { ID_PREFIX, type IdKind } from "./contract/ids.ts";

const next = monotonicFactory();

/** A new prefixed ULID; ids made by one process sort in the order they were made. */
export function newId(kind: IdKind, nowMs: number): string {
  return `${ID_PREFIX[kind]}_${next(nowMs)}`;
}

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

function crockford(bits: bigint, chars: number): string {
  let text = "";
  for (let i = 0, rest = bits; i < chars; i++, rest >>= 5n) text = CROCKFORD[Number(rest & 31n)] + text;
  return text;
}

/** Digits that whoever completes a stem puts behind it. */
export const STEM_DIGITS = 6;
const STEM_CHARS = 16 - STEM_DIGITS;
let stemMs = 0;
let stem = 0n;

/** The beginning of as many ids as six digits can number, for rows that the database makes: `dlv_…` + `000001`. Stems of one process sort in the order they were made. */
export function idStem(kind: IdKind, nowMs: number): string {
  if (nowMs > stemMs) {
    stemMs = nowMs;
    // One bit less than there is room for: the count never reaches the end.
    stem = BigInt.asUintN(5 * STEM_CHARS - 1, crypto.getRandomValues(new BigUint64Array(1))[0] ?? 0n);
  } else stem++;
  return `${ID_PREFIX[kind]}_${encodeTime(stemMs, 10)}${crockford(stem, STEM_CHARS)}`;
}

/** An id that is a function of its parts: ULID-shaped, time from `timeMs`, the 80 random bits from SHA-256 of `parts`. */
export function derivedId(kind: IdKind, timeMs: number, parts: readonly string[]): string {
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest();
  let bits = 0n;
  for (const byte of digest.subarray(0, 10)) bits = (bits << 8n) | BigInt(byte);
  return `${ID_PREFIX[kind]}_${encodeTime(timeMs, 10)}${crockford(bits, 16)}`;
}

/** Unix milliseconds inside an id. */
export function idTimeMs(id: string): number {
  return decodeTime(id.slice(id.indexOf("_") + 1));
}
