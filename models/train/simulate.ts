/** Whole simulated calls, 32 at a time through the real VAD: caller → telephone line → VAD → edges, tones, features → screening → her. */

import type { VadModel, VadState } from "../src/ports.ts";
import type { FingerprintMatch, FingerprintStore } from "../src/robocall/fingerprint-store.ts";
import { RobocallListener } from "../src/robocall/listener.ts";
import { Spectrum, WINDOW_MS, WINDOW_SAMPLES } from "../src/robocall/spectrum.ts";
import type { ToneEvent } from "../src/robocall/tones.ts";
import { type SpeechEdge, SpeechSegmenter } from "../src/vad/segmenter.ts";
import { SimulatedAgent } from "./agent.ts";
import type { Caller } from "./callers.ts";
import { type ChainOptions, TelephoneChain } from "./chain.ts";
import type { Random } from "./random.ts";

/** What listens to a simulated call and may interject or hang up. Times in milliseconds since answer. */
export interface Screen {
  edge(edge: SpeechEdge, now: number): void;
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
      call.hear(now, windows.subarray(index * WINDOW_SAMPLES, (index + 1) * WINDOW_SAMPLES));
    });
    await vad.infer(
      windows,
      running.map((call) => call.vadState),
      probabilities,
    );
    running.forEach((call, index) => {
      call.decide(now, probabilities[index]!);
    });
    for (const call of running) await call.settle();
    running = running.filter((call) => !call.over);
  }
}

class SimulatedCall {
  over = false;
  readonly vadState: VadState;
  readonly #segmenter = new SpeechSegmenter();
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
    this.#listener.window(window, now, speaking);
  }

  decide(now: number, probability: number): void {
    this.#listener.speech(probability);
    const edge = this.#segmenter.push(probability, now);
    if (edge) {
      this.plan.screen.edge(edge, now);
      this.#agent.edge(edge);
    }
    this.#agent.tick(now);
    const command = this.plan.screen.tick(now, this.#listener);
    if (command === "interject") this.#agent.interject(now);
    this.over = command === "over";
  }
}
