/** Whole simulated calls, 32 at a time through the real VAD: caller → telephone line → VAD → edges, tones, features → screening → her. */

import type { VadModel, VadState } from "../src/ports.ts";
import type { FingerprintMatch, FingerprintStore } from "../src/robocall/fingerprint-store.ts";
import type { CallerEdge } from "../src/robocall/listener.ts";
import { RobocallListener } from "../src/robocall/listener.ts";
import { Spectrum, WINDOW_MS, WINDOW_SAMPLES } from "../src/robocall/spectrum.ts";
import type { ToneEvent } from "../src/robocall/tones.ts";
import { SimulatedAgent } from "./agent.ts";
import type { Caller } from "./callers.ts";
import { type ChainOptions, TelephoneChain } from "./chain.ts";
import type { Random } from "./random.ts";

/** What listens to a simulated call and may interject or hang up. Times in milliseconds since answer. */
export interface Screen {
  edge(edge: CallerEdge, now: number): void;
  agentStart(atMs: number): void;
  agentEnd(atMs: number): void;
  turn(atMs: number): void;
  tone(event: ToneEvent, atMs: number): void;
  fingerprint(match: FingerprintMatch, atMs: number): void;
  /** Once a window, after everything else. */
  tick(now: number, listener: RobocallListener): "interject" | "over" | undefined;
  /** Models asked in this window have answered when this resolves. */
  settle?(): Promise<void> | undefined;
}

export interface CallPlan {
  readonly caller: Caller;
  readonly chain: ChainOptions;
  readonly screen: Screen;
  readonly random: Random;
  readonly store?: FingerprintStore;
}

const BATCH = 32;
const SPECTRUM = new Spectrum();

export async function simulate(plans: readonly CallPlan[], vad: VadModel, untilMs: number): Promise<void> {
  for (let from = 0; from < plans.length; from += BATCH) {
    await simulateBatch(
      plans.slice(from, from + BATCH).map((plan) => new SimulatedCall(plan, vad)),
      vad,
      untilMs,
    );
  }
}

async function simulateBatch(calls: SimulatedCall[], vad: VadModel, untilMs: number): Promise<void> {
  const windows = new Float32Array(BATCH * WINDOW_SAMPLES);
  const probabilities = new Float32Array(BATCH);
  let running = calls;
  for (let now = WINDOW_MS; now <= untilMs && running.length > 0; now += WINDOW_MS) {
    running.forEach((call, index) => {
      call.hear(now, part(windows, index));
    });
    await vad.infer(
      windows,
      running.map((call) => call.vadState),
      probabilities,
    );
    running.forEach((call, index) => {
      call.decide(now, part(windows, index), probabilities[index]!);
    });
    for (const call of running) await call.settle();
    running = running.filter((call) => !call.over);
  }
}

function part(windows: Float32Array, index: number): Float32Array {
  return windows.subarray(index * WINDOW_SAMPLES, (index + 1) * WINDOW_SAMPLES);
}

class SimulatedCall {
  over = false;
  readonly vadState: VadState;
  readonly #listener: RobocallListener;
  readonly #agent: SimulatedAgent;
  readonly #chain: TelephoneChain;
  readonly #spoken = new Float32Array(WINDOW_SAMPLES);

  constructor(
    private readonly plan: CallPlan,
    vad: VadModel,
  ) {
    const { screen } = plan;
    this.vadState = vad.createState();
    this.#chain = new TelephoneChain(plan.chain, plan.random);
    this.#listener = new RobocallListener(
      {
        onEdge: (edge, atMs) => {
          screen.edge(edge, atMs);
          this.#agent.edge(edge);
        },
        onTone: (event, atMs) => screen.tone(event, atMs),
        onFingerprint: (match, atMs) => screen.fingerprint(match, atMs),
      },
      plan.store,
      SPECTRUM,
    );
    this.#agent = new SimulatedAgent(plan.random, screen);
  }

  settle(): Promise<void> | undefined {
    return this.plan.screen.settle?.();
  }

  /** The window that ends at `now`, as it comes from the line. */
  hear(now: number, window: Float32Array): void {
    const { speaking, changedMs, spoke } = this.#agent;
    this.plan.caller.next(this.#spoken, {
      nowMs: now,
      agentSpeaking: speaking,
      agentChangedMs: changedMs,
      agentSpoke: spoke,
    });
    this.#chain.pass(this.#spoken, window);
  }

  decide(now: number, window: Float32Array, probability: number): void {
    this.#listener.window(window, probability, now, this.#agent.speaking);
    this.#agent.tick(now);
    const command = this.plan.screen.tick(now, this.#listener);
    if (command === "interject") this.#agent.interject(now);
    this.over = command === "over";
  }
}
