/**
 * The engine's one WebSocket to the api: what happens in its calls goes up, what a dashboard asks comes down. Nothing on it is needed for a call, so nothing waits for it:
 * without a connection events are dropped, and every connection begins with the calls that run then.
 */
import { EngineCommand, type EngineHello, type EnginePreview, type LiveEvent } from "@sk-voice/api/contract/index.ts";
import type { Log } from "./log.ts";

export interface LiveLinkOptions {
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly hello: () => EngineHello;
  readonly onCommand: (command: EngineCommand) => void;
  readonly log: Log;
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;
/** Behind this much, levels and sound are dropped; they are out of date anyway. */
const MAX_WAITING_BYTES = 256 * 1024;

export class LiveLink {
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #retryMs = FIRST_RETRY_MS;
  #closed = false;

  constructor(private readonly options: LiveLinkOptions) {
    this.#connect();
  }

  send(event: LiveEvent | EnginePreview): void {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return;
    const mayBeLost = event.type === "levels" || event.type === "audio";
    if (mayBeLost && socket.bufferedAmount > MAX_WAITING_BYTES) return;
    socket.send(JSON.stringify(event));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#socket?.close(1001);
  }

  #connect(): void {
    const url = `${this.options.apiUrl.replace(/^http/, "ws")}/voice/v1/engine/live`;
    // Bun takes headers here; the DOM's types do not know it.
    const options: unknown = { headers: { authorization: `Bearer ${this.options.apiKey}` } };
    const socket = new WebSocket(url, options as string[]);
    this.#socket = socket;
    socket.onopen = () => {
      this.#retryMs = FIRST_RETRY_MS;
      socket.send(JSON.stringify(this.options.hello()));
    };
    socket.onmessage = ({ data }) => this.#onMessage(String(data));
    socket.onclose = () => this.#onClose(socket);
  }

  #onMessage(text: string): void {
    const command = EngineCommand.safeParse(parseJson(text));
    if (command.success) this.options.onCommand(command.data);
    else this.options.log.warn("the api's live command is not understood; is the api newer than the engine?");
  }

  #onClose(socket: WebSocket): void {
    if (this.#closed || this.#socket !== socket) return;
    // The last watcher is gone with the connection.
    this.options.onCommand({ type: "watch", on: false });
    this.#timer = setTimeout(() => this.#connect(), this.#retryMs);
    this.#retryMs = Math.min(LAST_RETRY_MS, this.#retryMs * 2);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
