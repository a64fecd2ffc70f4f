/** W3C trace context of a call (https://www.w3.org/TR/trace-context/): its ULID is 128 bits, and so is a trace id; everybody who knows the call knows the trace. Pure. */
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** 32 hex digits. @throws RangeError when the id holds no ULID. */
export function traceIdOf(callId: string): string {
  const ulid = callId.slice(callId.indexOf("_") + 1);
  let value = 0n;
  for (const letter of ulid) {
    const digit = CROCKFORD.indexOf(letter);
    if (digit < 0) throw new RangeError(`${callId} is not a prefixed ULID`);
    value = value * 32n + BigInt(digit);
  }
  return value.toString(16).padStart(32, "0").slice(-32);
}

/** 16 hex digits; the same call and name give the same span. */
export function spanIdOf(callId: string, name: string): string {
  const id = new Bun.CryptoHasher("sha256").update(`${callId} ${name}`).digest("hex").slice(0, 16);
  return /^0+$/.test(id) ? "0000000000000001" : id;
}

/** The header for requests made for a call: children of the call's span, sampled. */
export function traceparentOf(callId: string): string {
  return `00-${traceIdOf(callId)}-${spanIdOf(callId, "call")}-01`;
}

/** Whether the environment names a collector; without one nothing is traced and no header sent. */
export function isTracing(environment: Readonly<Record<string, string | undefined>>): boolean {
  return Boolean(environment["OTEL_EXPORTER_OTLP_ENDPOINT"] || environment["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]);
}
