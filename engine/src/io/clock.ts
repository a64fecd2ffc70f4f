/** The only clocks of the engine. */

/** Monotonic milliseconds since the process started, one origin for all threads of the process. */
export function monotonicMs(): number {
  return performance.timeOrigin + performance.now() - ORIGIN_EPOCH_MS;
}

/** Workers have a `performance.timeOrigin` of their own; a fixed epoch keeps figures small and threads comparable. */
const ORIGIN_EPOCH_MS = 1_767_225_600_000;

export function epochMs(): number {
  return Date.now();
}

/** Resolves after `ms` or when aborted, never rejects. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
