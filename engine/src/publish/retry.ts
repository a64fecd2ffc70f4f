/** When a report that the api did not take is tried again: 250 ms doubling to 30 s, for as long as it takes. Never given up. */
const FIRST_MS = 250;
const LAST_MS = 30_000;

export function retryDelayMs(failures: number): number {
  return Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(20, Math.max(0, failures - 1)));
}

/**
 * What an HTTP answer means for the report: `done` forget it, `retry` the api or the network is at fault, `refused` the report itself is wrong and
 * repeating it cannot help: it is kept aside for a person and reported.
 */
export function judge(status: number): "done" | "retry" | "refused" {
  if (status >= 200 && status < 300) return "done";
  if (status === 401 || status === 403 || status === 404 || status === 408 || status === 409 || status === 429)
    return "retry";
  return status >= 500 ? "retry" : "refused";
}
