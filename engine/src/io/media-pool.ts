/**
 * The media threads as the signalling thread sees them: each new call goes to the one with the fewest. A thread that dies takes its calls
 * with it; their drafts become outcomes, their callers are hung up on, and a new thread takes its place.
 */
import type { AgentSettings } from "@sk-voice/api/contract/index.ts";
import type { Print } from "@sk-voice/models/robocall/fingerprint-store.ts";
import type { Log } from "./log.ts";
import type { FromWorker, ToWorker, WorkerSettings } from "./messages.ts";

export interface MediaPoolOptions {
  readonly size: number;
  readonly settings: Omit<WorkerSettings, "index" | "prints">;
  /** Asked whenever a thread starts. */
  readonly prints: () => readonly Print[];
  /** A channel to the speech threads; one for each media thread. */
  readonly speech: () => MessagePort;
  readonly onMessage: (message: FromWorker) => void;
  /** The thread that held these calls is gone. */
  readonly onLost: (callIds: readonly string[]) => void;
  readonly log: Log;
}

interface Member {
  readonly worker: Worker;
  readonly calls: Set<string>;
}

export class MediaPool {
  readonly #members: (Member | undefined)[] = [];
  readonly #memberOf = new Map<string, Member>();
  #agent: AgentSettings;
  #watched = false;
  #closed = false;

  private constructor(private readonly options: MediaPoolOptions) {
    this.#agent = options.settings.agent;
  }

  /** Resolves when every thread has its models loaded. Rejects with the first one's error. */
  static async start(options: MediaPoolOptions): Promise<MediaPool> {
    const pool = new MediaPool(options);
    await Promise.all(Array.from({ length: options.size }, (_, index) => pool.#spawn(index)));
    return pool;
  }

  get callCount(): number {
    return this.#memberOf.size;
  }

  /** Gives the call to a thread. False when none is running. */
  assign(callId: string): boolean {
    let least: Member | undefined;
    for (const member of this.#members) if (member && (!least || member.calls.size < least.calls.size)) least = member;
    if (!least) return false;
    least.calls.add(callId);
    this.#memberOf.set(callId, least);
    return true;
  }

  /** To the call's thread; dropped, and false, when the call is gone. */
  send(callId: string, message: ToWorker): boolean {
    const member = this.#memberOf.get(callId);
    member?.worker.postMessage(message);
    return member !== undefined;
  }

  has(callId: string): boolean {
    return this.#memberOf.has(callId);
  }

  release(callId: string): void {
    this.#memberOf.get(callId)?.calls.delete(callId);
    this.#memberOf.delete(callId);
  }

  /** New settings, for calls that begin from now on. */
  setAgent(agent: AgentSettings): void {
    this.#agent = agent;
    this.broadcast({ type: "agent", agent });
  }

  broadcast(message: ToWorker): void {
    for (const member of this.#members) member?.worker.postMessage(message);
  }

  /** To every thread, and to those that come later. */
  watch(on: boolean): void {
    this.#watched = on;
    for (const member of this.#members) member?.worker.postMessage({ type: "watch", on } satisfies ToWorker);
  }

  /** Ends the thread with the most calls, as a fault would. */
  kill(): void {
    const [busiest] = this.#members
      .filter((member) => member !== undefined)
      .sort((a, b) => b.calls.size - a.calls.size);
    busiest?.worker.terminate();
  }

  close(): void {
    this.#closed = true;
    for (const member of this.#members) member?.worker.terminate();
  }

  #spawn(index: number): Promise<void> {
    const worker = new Worker(new URL("./media-worker.ts", import.meta.url).href);
    const member: Member = { worker, calls: new Set() };
    const speech = this.options.speech();
    const settings = { ...this.options.settings, agent: this.#agent, prints: this.options.prints(), index };
    worker.postMessage({ type: "init", settings, speech } satisfies ToWorker, [speech]);
    return new Promise((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
        if (data.type === "ready") {
          this.#members[index] = member;
          worker.postMessage({ type: "watch", on: this.#watched } satisfies ToWorker);
          resolve();
        } else this.options.onMessage(data);
      };
      worker.onerror = (event) => {
        reject(new Error(`a media thread does not start: ${event.message}`));
        this.options.log.error({ index, err: event.message }, "error in a media thread");
      };
      worker.addEventListener("close", () => this.#lost(index, member));
    });
  }

  #lost(index: number, member: Member): void {
    if (this.#closed || this.#members[index] !== member) return;
    this.#members[index] = undefined;
    const calls = [...member.calls];
    for (const callId of calls) this.#memberOf.delete(callId);
    this.options.log.error(
      { index, calls: calls.length },
      "a media thread died; its calls are over, a new one is starting",
    );
    this.options.onLost(calls);
    void this.#spawn(index);
  }
}
