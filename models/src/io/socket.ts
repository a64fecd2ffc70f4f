/** A WebSocket with a deadline for opening and one place for its end; nothing is sent into a closed one. */
import { ProviderError } from "../ports.ts";

export interface SocketOptions {
  /** Of the provider, for its errors. */
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly openTimeoutMs: number;
  readonly onText: (text: string) => void;
  /** Once: refused, timed out, closed by the other side. Not after `close()`. */
  readonly onLost: (error: ProviderError) => void;
}

/** Bun's own: the DOM's takes no headers. */
type SocketWithHeaders = new (url: string, options: { headers: Record<string, string> }) => WebSocket;

/** What waits in the operating system may be this old; beyond it the provider is not reading. */
const MAX_BUFFERED_BYTES = 1_000_000;

export class Socket {
  readonly openedAtMs = performance.now();
  readonly ready: Promise<void>;
  readonly #socket: WebSocket;
  readonly #refuse: (error: ProviderError) => void;
  #over = false;

  constructor(private readonly options: SocketOptions) {
    const { url, headers, openTimeoutMs, onText } = options;
    this.#socket = new (WebSocket as unknown as SocketWithHeaders)(url, { headers: { ...headers } });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ready = promise;
    this.#refuse = reject;
    promise.catch(() => undefined);
    const timer = setTimeout(() => this.#lose(`no connection within ${openTimeoutMs} ms`), openTimeoutMs);
    this.#socket.onopen = () => {
      clearTimeout(timer);
      resolve();
    };
    this.#socket.onmessage = ({ data }) => {
      if (typeof data === "string") onText(data);
    };
    this.#socket.onclose = ({ code, reason }) => {
      clearTimeout(timer);
      this.#lose(`the connection ended (${code}${reason === "" ? "" : ` ${reason}`})`);
    };
  }

  get isOpen(): boolean {
    return !this.#over && this.#socket.readyState === WebSocket.OPEN;
  }

  /** Dropped when the socket is not open. */
  send(data: string | Uint8Array<ArrayBuffer>): void {
    if (!this.isOpen) return;
    if (this.#socket.bufferedAmount > MAX_BUFFERED_BYTES) return this.#lose("does not read what it is sent");
    this.#socket.send(data);
  }

  close(): void {
    this.#over = true;
    this.#refuse(new ProviderError(this.options.name, "cancelled", false));
    this.#socket.close();
  }

  #lose(why: string): void {
    if (this.#over) return;
    this.#over = true;
    const error = new ProviderError(this.options.name, why, true);
    this.#refuse(error);
    this.#socket.close();
    this.options.onLost(error);
  }
}
