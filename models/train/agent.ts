/** Her side of a simulated call: greeting, stopping when talked over, replying when the caller has finished, interjecting when told. */
import type { CallerEdge } from "../src/robocall/listener.ts";
import type { Random } from "./random.ts";

export interface AgentSinks {
  agentStart(atMs: number): void;
  agentEnd(atMs: number): void;
  /** The caller's turn is complete: words have been recognised. */
  turn(atMs: number): void;
}

const ANSWER_MS = 200;
const BARGE_IN_MS = 240;
const ENDPOINT_MS = 800;
const SILENCE_MS = 8000;

/** As the call core behaves with its defaults; times in milliseconds since answer. */
export class SimulatedAgent {
  speaking = false;
  spoke = false;
  changedMs = 0;
  #endMs = 0;
  #finish = false;
  #startMs = ANSWER_MS;
  #callerSinceMs: number | undefined;
  #callerStoppedMs: number | undefined;
  #lengthMs: number;

  constructor(
    private readonly random: Random,
    private readonly sinks: AgentSinks,
  ) {
    this.#lengthMs = random.between(2500, 5000);
  }

  edge(edge: CallerEdge): void {
    this.#callerSinceMs = edge.type === "speech-start" ? edge.atMs : undefined;
    this.#callerStoppedMs = edge.type === "speech-end" ? edge.atMs : undefined;
    if (edge.type === "speech-start" && !this.speaking && this.spoke) this.#startMs = Number.POSITIVE_INFINITY;
  }

  /** A short question over the caller's speech, not to be interrupted. */
  interject(now: number): void {
    if (this.speaking) return;
    this.#finish = true;
    this.#lengthMs = this.random.between(1200, 1700);
    this.#start(now);
  }

  tick(now: number): void {
    if (this.speaking) {
      const talkedOverMs = this.#callerSinceMs === undefined ? 0 : now - Math.max(this.#callerSinceMs, this.changedMs);
      if (now >= this.#endMs || (!this.#finish && talkedOverMs > BARGE_IN_MS)) this.#stop(now);
      return;
    }
    if (this.#callerStoppedMs !== undefined && this.spoke && now - this.#callerStoppedMs >= ENDPOINT_MS) {
      this.#callerStoppedMs = undefined;
      this.sinks.turn(now);
      this.#reply(now + this.random.between(100, 900));
    }
    if (now >= this.#startMs) this.#start(now);
  }

  #reply(atMs: number): void {
    this.#startMs = atMs;
    this.#lengthMs = this.random.between(1200, 4000);
  }

  #start(now: number): void {
    this.speaking = true;
    this.spoke = true;
    this.changedMs = now;
    this.#endMs = now + this.#lengthMs;
    this.#startMs = Number.POSITIVE_INFINITY;
    this.sinks.agentStart(now);
  }

  #stop(now: number): void {
    this.speaking = false;
    this.#finish = false;
    this.changedMs = now;
    this.sinks.agentEnd(now);
    this.#reply(now + SILENCE_MS);
  }
}
