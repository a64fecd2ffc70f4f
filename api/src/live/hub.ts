/**
 * Who runs which call, and who watches. One hub for each api process, in memory: engines tell it, dashboards and commands ask it. An environment's engines and
 * viewers never see another's. A viewer that does not keep up loses levels and sound, never a caption.
 */
import type { Principal } from "../auth.ts";
import type {
  DashboardMessage,
  EngineCommand,
  EngineHello,
  EnginePreview,
  LiveCall,
  LiveEngine,
  LiveEvent,
  LiveSnapshot,
} from "../contract/live.ts";
import { ProblemError } from "../problem.ts";
import { Previews } from "./previews.ts";

/** One WebSocket. */
export interface LiveSocket {
  send(text: string): void;
  /** Bytes the system has not taken yet. */
  waitingBytes(): number;
  close(code: number, reason: string): void;
}

/** Levels of 100 calls are 10 kB; a viewer this far behind has a bad line. */
const MAX_WAITING_BYTES = 256 * 1024;
const MAX_VIEWERS = 200;
const MAX_ENGINES = 200;

interface EngineSeat {
  readonly environment: string;
  readonly socket: LiveSocket;
  hello: EngineHello | undefined;
  readonly calls: Map<string, LiveCall>;
}

interface ViewerSeat {
  readonly environment: string;
  readonly socket: LiveSocket;
  readonly listens: Set<string>;
}

type Who = Pick<Principal, "workspaceId" | "livemode">;

const environmentOf = ({ workspaceId, livemode }: Who): string => `${workspaceId}:${livemode}`;

const noEngine = (detail: string) => new ProblemError(503, "no_engine", detail, { headers: { "retry-after": "5" } });

export class LiveHub {
  readonly #engines = new Map<LiveSocket, EngineSeat>();
  readonly #viewers = new Map<LiveSocket, ViewerSeat>();
  readonly #previews = new Previews();
  /** Messages not sent to viewers that were behind. */
  droppedMessages = 0;

  engineOpened(who: Who, socket: LiveSocket): void {
    if (this.#engines.size >= MAX_ENGINES) return socket.close(1013, "too many engines on this api process");
    this.#engines.set(socket, { environment: environmentOf(who), socket, hello: undefined, calls: new Map() });
  }

  /** Its calls are no longer known to run; they come back with its next hello. */
  engineClosed(socket: LiveSocket): void {
    const seat = this.#engines.get(socket);
    if (!seat) return;
    this.#engines.delete(socket);
    for (const call_id of seat.calls.keys()) this.#tell(seat.environment, { type: "ended", call_id });
    this.#tellEngines(seat.environment);
  }

  engineHello(socket: LiveSocket, hello: EngineHello): void {
    const seat = this.#engines.get(socket);
    if (!seat) return;
    seat.hello = hello;
    for (const call of hello.calls) this.#started(seat, call);
    this.#command(seat, { type: "watch", on: this.#isWatched(seat.environment) });
    for (const call of seat.calls.keys()) if (this.#isHeard(seat.environment, call)) this.#listen(seat, call, true);
    this.#tellEngines(seat.environment);
  }

  engineEvent(socket: LiveSocket, event: LiveEvent): void {
    const seat = this.#engines.get(socket);
    if (!seat?.hello) return;
    switch (event.type) {
      case "call":
        return this.#started(seat, event.call);
      case "ended":
        if (seat.calls.delete(event.call_id)) this.#tell(seat.environment, event);
        return;
      case "levels":
        return this.#levels(seat, event);
      default:
        if (seat.calls.has(event.call_id)) this.#tell(seat.environment, event);
    }
  }

  viewerOpened(who: Who, socket: LiveSocket): void {
    if (this.#viewers.size >= MAX_VIEWERS) return socket.close(1013, "too many viewers on this api process");
    const environment = environmentOf(who);
    const first = !this.#isWatched(environment);
    this.#viewers.set(socket, { environment, socket, listens: new Set() });
    socket.send(JSON.stringify({ type: "snapshot", ...this.snapshot(who) } satisfies DashboardMessage));
    if (first) this.#watch(environment, true);
  }

  viewerClosed(socket: LiveSocket): void {
    const seat = this.#viewers.get(socket);
    if (!seat) return;
    for (const call of seat.listens) this.viewerListens(socket, call, false);
    this.#viewers.delete(socket);
    if (!this.#isWatched(seat.environment)) this.#watch(seat.environment, false);
  }

  viewerListens(socket: LiveSocket, callId: string, on: boolean): void {
    const seat = this.#viewers.get(socket);
    const engine = seat && this.#engineOf(seat.environment, callId);
    if (!seat || !engine) return;
    const before = this.#isHeard(seat.environment, callId);
    if (on) seat.listens.add(callId);
    else seat.listens.delete(callId);
    const after = this.#isHeard(seat.environment, callId);
    if (before !== after) this.#listen(engine, callId, after);
  }

  /** At the end of the process: engines and dashboards connect to another one, or again. */
  close(): void {
    for (const socket of [...this.#engines.keys(), ...this.#viewers.keys()]) socket.close(1001, "the api stops");
  }

  snapshot(who: Who): LiveSnapshot {
    const seats = this.#seats(environmentOf(who));
    return { calls: seats.flatMap(({ calls }) => [...calls.values()]), engines: this.#list(environmentOf(who)) };
  }

  /** @throws ProblemError 404 when no engine connected here runs the call. */
  command(who: Who, command: Extract<EngineCommand, { call_id: string }>): void {
    const seat = this.#engineOf(environmentOf(who), command.call_id);
    if (!seat) {
      throw new ProblemError(
        404,
        "call_not_live",
        "No engine connected to this api runs that call; it may have ended.",
      );
    }
    this.#command(seat, command);
  }

  /** What a voice sounds like, μ-law at 8 kHz. @throws ProblemError 429, 503 */
  preview(who: Who, nowMs: number, asked: Parameters<Previews["ask"]>[2]): Promise<Buffer> {
    const environment = environmentOf(who);
    return this.#previews.ask(environment, nowMs, asked, (command) => {
      const [seat] = this.#seats(environment).filter(({ hello }) => hello !== undefined);
      if (seat === undefined) throw noEngine("No engine is connected that could speak; is one running?");
      this.#command(seat, command);
    });
  }

  enginePreview(socket: LiveSocket, preview: EnginePreview): void {
    const seat = this.#engines.get(socket);
    if (seat) this.#previews.answered(seat.environment, preview);
  }

  /** Whoever may place calls asks for it; without a connection it is found by asking now and then. */
  testCallWaits(who: Who): void {
    for (const seat of this.#seats(environmentOf(who))) this.#command(seat, { type: "test_call" });
  }

  /** The engine with the most room for a browser's call. @throws ProblemError 503 when there is none. */
  expectStream(who: Who, expectation: Omit<Extract<EngineCommand, { type: "expect_stream" }>, "type">): EngineHello {
    const free = (seat: EngineSeat) => (seat.hello?.max_calls ?? 0) - seat.calls.size;
    const [seat] = this.#seats(environmentOf(who))
      .filter((one) => one.hello?.stream_url && free(one) > 0)
      .sort((a, b) => free(b) - free(a));
    if (!seat?.hello) {
      throw noEngine("No engine that takes browser calls is connected; is one running?");
    }
    this.#command(seat, { type: "expect_stream", ...expectation });
    return seat.hello;
  }

  #started(seat: EngineSeat, call: LiveCall): void {
    seat.calls.set(call.id, call);
    this.#tell(seat.environment, { type: "call", call });
  }

  #levels(seat: EngineSeat, event: Extract<LiveEvent, { type: "levels" }>): void {
    const levels = event.levels.filter(({ call_id }) => seat.calls.has(call_id));
    for (const { call_id, state } of levels) {
      const call = seat.calls.get(call_id);
      if (call && call.state !== state) seat.calls.set(call_id, { ...call, state });
    }
    this.#tell(seat.environment, { type: "levels", levels });
  }

  #tell(environment: string, message: DashboardMessage): void {
    const mayBeLost = message.type === "levels" || message.type === "audio";
    let text: string | undefined;
    for (const viewer of this.#viewers.values()) {
      if (viewer.environment !== environment) continue;
      if (message.type === "audio" && !viewer.listens.has(message.call_id)) continue;
      if (mayBeLost && viewer.socket.waitingBytes() > MAX_WAITING_BYTES) {
        this.droppedMessages++;
        continue;
      }
      text ??= JSON.stringify(message);
      viewer.socket.send(text);
    }
  }

  #tellEngines(environment: string): void {
    this.#tell(environment, { type: "engines", engines: this.#list(environment) });
  }

  #list(environment: string): LiveEngine[] {
    return this.#seats(environment).flatMap(({ hello, calls }) =>
      hello
        ? [
            {
              engine_id: hello.engine_id,
              calls: calls.size,
              max_calls: hello.max_calls,
              takes_streams: hello.stream_url !== null,
            },
          ]
        : [],
    );
  }

  #seats(environment: string): EngineSeat[] {
    return [...this.#engines.values()].filter((seat) => seat.environment === environment);
  }

  #engineOf(environment: string, callId: string): EngineSeat | undefined {
    return this.#seats(environment).find(({ calls }) => calls.has(callId));
  }

  #isWatched(environment: string): boolean {
    return [...this.#viewers.values()].some((viewer) => viewer.environment === environment);
  }

  #isHeard(environment: string, callId: string): boolean {
    return [...this.#viewers.values()].some(
      (viewer) => viewer.environment === environment && viewer.listens.has(callId),
    );
  }

  #watch(environment: string, on: boolean): void {
    for (const seat of this.#seats(environment)) this.#command(seat, { type: "watch", on });
  }

  #listen(seat: EngineSeat, call_id: string, on: boolean): void {
    this.#command(seat, { type: "listen", call_id, on });
  }

  #command(seat: EngineSeat, command: EngineCommand): void {
    seat.socket.send(JSON.stringify(command));
  }
}
