/** JSON lines on stderr. Callers pass ids, counts and codes; never bodies, keys, phone numbers or names. */
import pino from "pino";

export type Log = Pick<pino.Logger, "info" | "warn" | "error">;

export function createLog(level: string): Log {
  return pino({ level, base: { service: "api" } }, pino.destination({ dest: 2, sync: true }));
}

export const silentLog: Log = pino({ level: "silent" });
