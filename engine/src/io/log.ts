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
    redact: {
      paths: ["authorization", "apiKey", "from", "to", "text", "*.authorization", "*.apiKey"],
      censor: "[hidden]",
    },
  };
  return pino(settings, destination);
}
