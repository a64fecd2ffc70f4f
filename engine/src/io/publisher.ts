/** Sends the spool to the api over HTTP, each call's reports in order, several calls at once. The api may be down for a day. */
import type { EngineReport } from "@sk-voice/api/contract/index.ts";
import type { CallOutcome } from "../call/events.ts";
import { judge, retryDelayMs } from "../publish/retry.ts";
import type { Log } from "./log.ts";
import type { Spool, SpooledReport } from "./spool.ts";

export interface PublisherOptions {
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly log: Log;
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** Reports under way at once; one slow answer must not hold the others. */
const CONCURRENCY = 16;
/** Longer than any healthy write, shorter than a caller's patience for a ticket number. */
const TIMEOUT_MS = 10_000;

export class Publisher {
  readonly #inFlight = new Map<string, Promise<void>>();
  readonly #notBeforeMs = new Map<string, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(
    private readonly spool: Spool,
    private readonly options: PublisherOptions,
  ) {}

  draft(outcome: CallOutcome): void {
    this.spool.draft(outcome);
  }

  /** Tells of calls that died with their process or thread (all that have a draft, or those named). Returns how many. */
  recover(callIds?: readonly string[]): number {
    const count = this.spool.recover(callIds);
    this.wake();
    return count;
  }

  /** Durable when this returns; sent soon after. */
  publish(report: EngineReport): void {
    this.spool.add(report);
    this.wake();
  }

  /** Sends whatever waits. Safe to call at any time. */
  wake(): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    const now = performance.now();
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const item of this.spool.next(CONCURRENCY * 2)) {
      const callId = item.report.call_id;
      if (this.#inFlight.has(callId)) continue;
      const notBeforeMs = this.#notBeforeMs.get(callId) ?? 0;
      if (notBeforeMs > now) soonestMs = Math.min(soonestMs, notBeforeMs);
      else if (this.#inFlight.size < CONCURRENCY) this.#start(item);
    }
    if (soonestMs < Number.POSITIVE_INFINITY) this.#timer = setTimeout(() => this.wake(), Math.max(1, soonestMs - now));
  }

  /** Waits up to `timeoutMs` for the spool to empty. What is left goes out after the next start. */
  async drain(timeoutMs: number): Promise<number> {
    const deadlineMs = performance.now() + timeoutMs;
    while (this.spool.counts().waiting > 0 && performance.now() < deadlineMs) {
      this.wake();
      await Promise.race([...this.#inFlight.values(), Bun.sleep(50)]);
    }
    this.#closed = true;
    clearTimeout(this.#timer);
    await Promise.allSettled(this.#inFlight.values());
    return this.spool.counts().waiting;
  }

  #start(item: SpooledReport): void {
    const callId = item.report.call_id;
    const sending = this.#send(item).finally(() => {
      this.#inFlight.delete(callId);
      this.wake();
    });
    this.#inFlight.set(callId, sending);
  }

  async #send({ seq, report, failures }: SpooledReport): Promise<void> {
    const { log, apiUrl, apiKey, fetch: send = fetch } = this.options;
    const about = { callId: report.call_id, report: report.type };
    try {
      const response = await send(`${apiUrl}/voice/v1/engine/reports`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${apiKey}` },
        body: JSON.stringify(report),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const verdict = judge(response.status);
      const detail = verdict === "done" ? "" : (await response.text()).slice(0, 500);
      if (verdict === "done") this.spool.done(seq);
      else if (verdict === "refused") {
        this.spool.refuse(seq, `${response.status} ${detail}`);
        log.error(
          { ...about, status: response.status, detail },
          "the api refused a report; it is kept in the spool as refused",
        );
      } else this.#retry(seq, report.call_id, failures + 1, `status ${response.status}`);
      if (verdict === "done") this.#notBeforeMs.delete(report.call_id);
    } catch (error) {
      this.#retry(seq, report.call_id, failures + 1, error instanceof Error ? error.name : "error");
    }
  }

  #retry(seq: number, callId: string, failures: number, reason: string): void {
    this.spool.failed(seq);
    this.#notBeforeMs.set(callId, performance.now() + retryDelayMs(failures));
    if (failures === 1 || failures % 10 === 0) {
      this.options.log.warn(
        { callId, failures, reason },
        "the api did not take a report; it stays in the spool and is tried again",
      );
    }
  }
}
