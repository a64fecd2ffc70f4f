/** Sends the spool to the api over HTTP, each call's reports in order, several calls at once. The api may be down for a day. */
import type { EngineReport } from "@sk-voice/api/contract/index.ts";
import type { CallOutcome } from "../call/events.ts";
import { judge, retryDelayMs } from "../publish/retry.ts";
import type { Log } from "./log.ts";
import type { Spool, SpooledReport } from "./spool.ts";
import { Unwritten } from "./unwritten.ts";

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
/** A full disk is asked again. */
const DISK_RETRY_MS = 1000;

export class Publisher {
  readonly #inFlight = new Map<string, Promise<void>>();
  readonly #notBeforeMs = new Map<string, number>();
  readonly #unwritten = new Unwritten();
  /** Taken by the api, but a full disk still has them as waiting. */
  readonly #settled = new Set<number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #diskTimer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(
    private readonly spool: Spool,
    private readonly options: PublisherOptions,
  ) {}

  draft(outcome: CallOutcome): void {
    this.#write(`draft ${outcome.call_id}`, () => this.spool.draft(outcome));
  }

  /** Tells of calls that died with their process or thread (all that have a draft, or those named). Returns how many. */
  recover(callIds?: readonly string[]): number {
    let count = 0;
    this.#write(undefined, () => {
      count = this.spool.recover(callIds);
    });
    this.wake();
    return count;
  }

  /** Durable when this returns, unless the disk is full; sent soon after. */
  publish(report: EngineReport): void {
    this.#write(undefined, () => this.spool.add(report));
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
      if (this.#inFlight.has(callId) || this.#settled.has(item.seq)) continue;
      const notBeforeMs = this.#notBeforeMs.get(callId) ?? 0;
      if (notBeforeMs > now) soonestMs = Math.min(soonestMs, notBeforeMs);
      else if (this.#inFlight.size < CONCURRENCY) this.#start(item);
    }
    if (soonestMs < Number.POSITIVE_INFINITY) this.#timer = setTimeout(() => this.wake(), Math.max(1, soonestMs - now));
  }

  /** Waits up to `timeoutMs` for the spool to empty. What is left goes out after the next start. */
  async drain(timeoutMs: number): Promise<number> {
    const deadlineMs = performance.now() + timeoutMs;
    while (this.#left() > 0 && performance.now() < deadlineMs) {
      this.wake();
      await Promise.race([...this.#inFlight.values(), Bun.sleep(50)]);
    }
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#diskTimer);
    await Promise.allSettled(this.#inFlight.values());
    return this.#left();
  }

  #left(): number {
    this.#unwritten.retry();
    return this.spool.counts().waiting - this.#settled.size + this.#unwritten.count;
  }

  /** False when the disk is full and it waits. */
  #write(key: string | undefined, run: () => void): boolean {
    if (this.#unwritten.write(key, run)) return true;
    if (this.#diskTimer === undefined) {
      this.options.log.error(
        "the spool cannot be written: reports are kept in memory and lost if this process ends; free space on its disk",
      );
      this.#awaitDisk();
    }
    return false;
  }

  #awaitDisk(): void {
    this.#diskTimer = setTimeout(() => {
      this.#unwritten.retry();
      this.#diskTimer = undefined;
      if (this.#unwritten.count > 0) return this.#awaitDisk();
      this.options.log.warn("the spool can be written again; everything kept in memory is in it");
      this.wake();
    }, DISK_RETRY_MS);
  }

  #done(seq: number): void {
    this.#settled.add(seq);
    const run = () => {
      this.spool.done(seq);
      this.#settled.delete(seq);
    };
    this.#write(undefined, run);
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
      if (verdict === "done") this.#done(seq);
      else if (verdict === "refused") {
        this.#write(undefined, () => this.spool.refuse(seq, `${response.status} ${detail}`));
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
    this.#write(`failed ${seq}`, () => this.spool.failed(seq));
    this.#notBeforeMs.set(callId, performance.now() + retryDelayMs(failures));
    if (failures === 1 || failures % 10 === 0) {
      this.options.log.warn(
        { callId, failures, reason },
        "the api did not take a report; it stays in the spool and is tried again",
      );
    }
  }
}
