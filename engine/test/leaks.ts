import { afterEach, beforeEach } from "bun:test";
import { readdirSync, readlinkSync } from "node:fs";

/**
 * What a test opened must be gone when it ends: sockets and timers of this process, and whatever it names itself (dialogs, ports, calls). Call once at the top of a test
 * file, and hand everything that is to be closed to `closeAfter` instead of an `afterEach` of your own: the count is taken after that.
 */
export interface LeakGuard {
  /** Run after the test, the last one first. */
  closeAfter(close: () => unknown): void;
  /** Must be 0 when everything is closed. */
  mustBeZero(what: string, count: () => number): void;
}

type Timers = Pick<typeof globalThis, "setTimeout" | "setInterval" | "clearTimeout" | "clearInterval">;

/** Closing takes the system a moment. */
const SETTLE_MS = 2000;

export function leakGuard(): LeakGuard {
  const closers: (() => unknown)[] = [];
  const counts: (readonly [string, () => number])[] = [];
  const running = new Map<unknown, string>();
  let before = new Set<string>();
  let real: Timers | undefined;

  beforeEach(() => {
    before = sockets();
    running.clear();
    real = watchTimers(running);
  });

  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
    Object.assign(globalThis, real);
    const named = counts.splice(0);
    const left = (): string[] => [
      ...[...sockets()].filter((socket) => !before.has(socket)).map((socket) => `open: ${socket}`),
      ...[...running.values()].map((made) => `timer: ${made}`),
      ...named.flatMap(([what, count]) => (count() === 0 ? [] : [`${what}: ${count()}`])),
    ];
    for (let waitedMs = 0; left().length > 0 && waitedMs < SETTLE_MS; waitedMs += 20) await Bun.sleep(20);
    const leaks = left();
    if (leaks.length > 0) throw new Error(`left after the test:\n${leaks.join("\n")}`);
  });

  return {
    closeAfter: (close) => void closers.push(close),
    mustBeZero: (what, count) => void counts.push([what, count]),
  };
}

/** Of this process. Linux only; none elsewhere. */
function sockets(): Set<string> {
  try {
    const links = readdirSync("/proc/self/fd").flatMap((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return [];
      }
    });
    return new Set(links.filter((link) => link.startsWith("socket:")));
  } catch {
    return new Set();
  }
}

/** Counts timers from now on; returns the real functions. */
function watchTimers(running: Map<unknown, string>): Timers {
  const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis;
  const where = (): string => new Error().stack?.split("\n").slice(3, 5).join(" ").trim() ?? "";
  const watched = {
    setTimeout: (run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
      const timer = setTimeout(() => {
        running.delete(timer);
        run(...args);
      }, ms);
      running.set(timer, where());
      return timer;
    },
    setInterval: (run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
      const timer = setInterval(run, ms, ...args);
      running.set(timer, where());
      return timer;
    },
    clearTimeout: (timer: Parameters<typeof clearTimeout>[0]) => {
      running.delete(timer);
      clearTimeout(timer);
    },
    clearInterval: (timer: Parameters<typeof clearInterval>[0]) => {
      running.delete(timer);
      clearInterval(timer);
    },
  };
  Object.assign(globalThis, watched);
  return { setTimeout, setInterval, clearTimeout, clearInterval };
}
