/** Structured logs on stdout. Personal data (numbers, names, words) is never logged: log ids and counts. */
import pino from "pino";

export type Log = pino.Logger;

export function createLog(options: { readonly level: string; readonly name: string }): Log {
  const destination = pino.destination({ fd: 1, sync: true });
  // Whoever read our output is gone (EPIPE): the calls go on without a log.
  destination.on("error", () => {});
  const settings: pino.LoggerOptions = {
    level: options.level,
    name: options.name,
    base: { name: options.name },
    serializers: { err: (error: Error) => scrub(pino.stdSerializers.err(error)) },
    redact: {
      paths: ["authorization", "apiKey", "from", "to", "text", "*.authorization", "*.apiKey"],
      censor: "[hidden]",
    },
  };
  return pino(settings, destination);
}

/** Numbers of seven digits and more, and addresses: what servers like to quote from a request when they refuse it. */
const PERSONAL = /\+?\d[\d ().-]{5,}\d|[\w.+-]+@[\w-]+\.[\w.-]+/g;

/** An error as pino writes it, without the personal data its texts may quote. */
function scrub(value: unknown): unknown {
  if (typeof value === "string") return value.replace(PERSONAL, "[hidden]");
  if (Array.isArray(value)) return value.map(scrub);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, scrub(item)]));
}
