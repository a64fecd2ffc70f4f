/** Prometheus metrics of one engine, read at `/metrics` of its health port. Counts and times only, labelled by outcome, part and thread. */
import type { CallCompletedReport, EngineReport } from "@sk-voice/api/contract/index.ts";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { PARTS, partOf } from "../observe/spans.ts";
import type { MediaThreadFigures } from "./messages.ts";

export interface EngineFigures {
  readonly calls: number;
  readonly answeredCalls: number;
  readonly refusedCalls: number;
  readonly spoolWaiting: number;
  readonly recordingsWaiting: number;
  readonly media: Readonly<Record<string, MediaThreadFigures>>;
}

/** Around the budget of 650 ms at the median and a second at p95. */
const BUCKETS_MS = [50, 100, 200, 300, 400, 500, 650, 800, 1000, 1500, 2000, 3000, 6000];

export class Metrics {
  readonly #registry = new Registry();
  readonly #completed = this.#counter("sk_calls_completed_total", "Calls that ended.", ["outcome", "ended_by"]);
  readonly #reports = this.#counter("sk_reports_total", "Reports written to the spool.", ["type"]);
  readonly #response = this.#histogram("sk_turn_response_ms", "Caller's last voice to her first sound.", []);
  readonly #parts = this.#histogram("sk_turn_part_ms", "Consecutive parts of the response; they add up to it.", [
    "part",
  ]);
  readonly #firstToken = this.#histogram("sk_turn_llm_first_token_ms", "Within the llm part.", []);
  readonly #unmeasured = this.#counter("sk_turns_unmeasured_total", "Turns without a measured response.", []);

  /** `figures` is asked at every scrape. */
  constructor(figures: () => EngineFigures) {
    const gauge = (name: string, help: string, read: (now: EngineFigures) => number) =>
      new Gauge({
        name,
        help,
        registers: [this.#registry],
        collect() {
          this.set(read(figures()));
        },
      });
    gauge("sk_calls", "Calls now.", ({ calls }) => calls);
    gauge("sk_calls_answered", "Calls answered since the start.", ({ answeredCalls }) => answeredCalls);
    gauge("sk_calls_refused", "Calls refused since the start.", ({ refusedCalls }) => refusedCalls);
    gauge("sk_spool_waiting", "Reports the api has not taken yet.", ({ spoolWaiting }) => spoolWaiting);
    gauge("sk_recordings_waiting", "Recordings not yet in the object storage.", (now) => now.recordingsWaiting);
    gauge("sk_resident_memory_bytes", "Resident memory.", () => process.memoryUsage.rss());
    const media = (name: string, help: string, read: (thread: MediaThreadFigures) => number) =>
      new Gauge({
        name,
        help,
        labelNames: ["thread"],
        registers: [this.#registry],
        collect() {
          for (const [thread, now] of Object.entries(figures().media)) this.set({ thread }, read(now));
        },
      });
    media("sk_media_calls", "Calls of a media thread.", ({ calls }) => calls);
    media("sk_media_tick_late_p99_ms", "Lateness of its ticks.", ({ tickLateP99Ms }) => tickLateP99Ms);
    media("sk_media_dropped_packets", "Datagrams that belonged to no call.", ({ droppedPackets }) => droppedPackets);
    media(
      "sk_provider_failures",
      "Failed requests to models since the start.",
      ({ providerFailures }) => providerFailures,
    );
    media(
      "sk_speculation_started",
      "Replies begun before the turn was committed.",
      ({ speculation }) => speculation.started,
    );
    media("sk_speculation_hits", "Of these used.", ({ speculation }) => speculation.hits);
    media(
      "sk_speculation_wasted_tokens",
      "Output tokens of the others.",
      ({ speculation }) => speculation.wastedTokens,
    );
  }

  report(report: EngineReport): void {
    this.#reports.inc({ type: report.type });
    if (report.type === "call.completed") this.#ended(report);
  }

  /** Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #ended({ finalize, ended_by, turns }: CallCompletedReport): void {
    this.#completed.inc({ outcome: finalize.outcome, ended_by });
    for (const turn of turns) {
      if (turn.response_ms === null) this.#unmeasured.inc();
      else this.#response.observe(turn.response_ms);
      if (turn.llm_first_token_ms != null) this.#firstToken.observe(turn.llm_first_token_ms);
      for (const part of PARTS) {
        const ms = partOf(turn, part);
        if (ms !== null) this.#parts.observe({ part }, ms);
      }
    }
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  #histogram<Label extends string>(name: string, help: string, labelNames: Label[]): Histogram<Label> {
    return new Histogram({ name, help, labelNames, buckets: BUCKETS_MS, registers: [this.#registry] });
  }
}
