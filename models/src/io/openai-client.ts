import OpenAI, { APIConnectionError, APIError, APIUserAbortError } from "openai";
import { ProviderError } from "../ports.ts";

export interface OpenAiOptions {
  readonly apiKey: string;
  /** Any server that speaks the OpenAI wire format, e.g. `http://127.0.0.1:8000/v1`. */
  readonly baseUrl: string;
  readonly model: string;
  /** Longest wait for the first content, and then for each next piece. Deadlines are on content: a keep-alive does not count. */
  readonly firstTimeoutMs: number;
  readonly gapTimeoutMs: number;
  /** Requests in flight. Beyond it one more is refused at once (retryable): its answer would come too late anyway. */
  readonly maxConcurrent: number;
}

export const DEFAULT_OPENAI_OPTIONS = {
  baseUrl: "https://api.openai.com/v1",
  firstTimeoutMs: 5000,
  gapTimeoutMs: 5000,
  maxConcurrent: 200,
} as const;

/** What one request runs in: the client, and a signal that also fires at the deadline. */
export type OpenAiCall<T> = (client: OpenAI, signal: AbortSignal) => AsyncIterable<T>;

/** Requests to one OpenAI-compatible server: deadlines, errors as `ProviderError`, a limit on how many run at once. Never retries. */
export class OpenAiClient {
  readonly #client: OpenAI;
  #running = 0;

  constructor(
    private readonly name: string,
    private readonly options: OpenAiOptions,
  ) {
    this.#client = new OpenAI({ apiKey: options.apiKey, baseURL: options.baseUrl, maxRetries: 0 });
  }

  /** Yields what the call yields. Rejects with ProviderError, and aborts the request when the consumer stops. */
  async *stream<T>(call: OpenAiCall<T>, signal: AbortSignal): AsyncGenerator<T> {
    const { maxConcurrent, firstTimeoutMs, gapTimeoutMs } = this.options;
    if (signal.aborted) throw this.#error("cancelled", false);
    if (this.#running >= maxConcurrent) throw this.#error(`${maxConcurrent} requests already in flight`, true);
    this.#running++;
    const controller = new AbortController();
    const abort = () => controller.abort();
    signal.addEventListener("abort", abort, { once: true });
    let timedOutAfterMs = 0;
    const deadline = (ms: number) =>
      setTimeout(() => {
        timedOutAfterMs = ms;
        controller.abort();
      }, ms);
    let timer = deadline(firstTimeoutMs);
    try {
      for await (const item of call(this.#client, controller.signal)) {
        clearTimeout(timer);
        if (signal.aborted) break;
        yield item;
        timer = deadline(gapTimeoutMs);
      }
      // The SDK ends an aborted stream quietly.
      if (controller.signal.aborted) throw new APIUserAbortError();
    } catch (error) {
      throw this.#translate(error, signal, timedOutAfterMs);
    } finally {
      this.#running--;
      clearTimeout(timer);
      controller.abort();
      signal.removeEventListener("abort", abort);
    }
  }

  #translate(error: unknown, signal: AbortSignal, timedOutAfterMs: number): ProviderError {
    if (error instanceof ProviderError) return error;
    if (signal.aborted) return this.#error("cancelled", false, error);
    if (timedOutAfterMs > 0) return this.#error(`nothing came for ${timedOutAfterMs} ms`, true, error);
    if (error instanceof APIConnectionError) return this.#error(`cannot reach ${this.options.baseUrl}`, true, error);
    if (error instanceof APIError) {
      const status = error.status as number | undefined;
      const retryable = status === undefined || status === 408 || status === 409 || status === 429 || status >= 500;
      return this.#error(`${status ?? "stream"}: ${error.message}`, retryable, error);
    }
    return this.#error(error instanceof Error ? error.message : String(error), true, error);
  }

  #error(message: string, retryable: boolean, cause?: unknown): ProviderError {
    return new ProviderError(this.name, message, retryable, { cause });
  }
}
