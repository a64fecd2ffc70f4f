/**
 * Plays the caller's part of a scenario and judges hers. Pure: virtual time and the wall clock feed it alike.
 *
 * | step      | goes on when                                                | fails when                    |
 * |-----------|-------------------------------------------------------------|-------------------------------|
 * | say       | she has finished since we last spoke; then, when it is said | she has not after 20 s        |
 * | interrupt | she has spoken for `afterMs`; then, when it is said         | she has not after 20 s        |
 * | goOn      | its own voice ended `afterMs` ago; then, when it is said    | –                             |
 * | sound     | she has spoken for `afterMs`; then, when it is over         | she has not after 20 s        |
 * | music     | it is over                                                  | –                             |
 * | wait      | the time is over                                            | –                             |
 * | press     | the keys are sent                                           | –                             |
 * | expect    | the event is there (`absent`: the time is over)             | the time is over (is there)   |
 * | hangUp    | at once                                                     | –                             |
 */
import { Listener } from "@sk-voice/engine/sim/listener.ts";
import type { EventKind, Expectation, Scenario, Step } from "./schema.ts";

export type Command =
  | { readonly type: "say"; readonly text: string }
  | { readonly type: "sound"; readonly ms: number }
  | { readonly type: "music"; readonly ms: number }
  | { readonly type: "press"; readonly keys: string }
  | { readonly type: "hang-up" };

export interface ScenarioEvent {
  readonly kind: EventKind;
  readonly atMs: number;
  /** Words of `says`, outcome of `call.completed`. */
  readonly text?: string;
}

const PATIENCE_MS = 20_000;
/** The listener is sure that she has stopped this much later than she has. */
const NOTICE_MS = 900;

export class ScenarioRun {
  readonly events: ScenarioEvent[] = [];
  readonly failures: string[] = [];
  readonly #listener = new Listener();
  #step = 0;
  #startMs = 0;
  /** Events before this one are history. */
  #mark = 0;
  #speakingSinceMs: number | undefined;
  #stoppedMs = -1;
  #saidMs = -1;
  #talking = false;

  /** `slackMs` is added to every `withinMs`: recognition of her words on the wall clock. */
  constructor(
    private readonly scenario: Scenario,
    private readonly slackMs = 0,
  ) {}

  get done(): boolean {
    return this.#step >= this.scenario.steps.length || this.failures.length > 0;
  }

  event(event: ScenarioEvent): void {
    this.events.push(event);
  }

  /** 20 ms of hers. Returns what she has said, when a turn is over. */
  hear(now: number, samples: Int16Array): Int16Array | undefined {
    const heard = this.#listener.push(now, samples);
    if (heard?.type === "voice") {
      this.#speakingSinceMs = now;
      this.event({ kind: "speaks", atMs: now });
    }
    if (heard?.type !== "turn") return undefined;
    this.#speakingSinceMs = undefined;
    this.#stoppedMs = heard.endMs;
    this.event({ kind: "stops", atMs: heard.endMs });
    return heard.samples;
  }

  /** Our own voice has ended. */
  said(now: number): void {
    this.#saidMs = now;
    this.#talking = false;
    this.#next(now);
  }

  /** Goes on as far as it can. */
  step(now: number): Command | undefined {
    while (!this.done && !this.#talking) {
      const step = this.scenario.steps[this.#step]!;
      const before = this.#step;
      const command = this.#try(now, step);
      if (command || this.#step === before) return command;
    }
    return undefined;
  }

  /** The call is over: what was expected has happened by now or never will. */
  finish(): void {
    this.#talking = false;
    while (!this.done) {
      const step = this.scenario.steps[this.#step]!;
      if (step.expect) this.#judge(Number.POSITIVE_INFINITY, step.expect);
      else if (step.wait === undefined && !step.hangUp) this.#fail("the call was over before it");
      else this.#step++;
    }
  }

  #try(now: number, step: Step): Command | undefined {
    if (step.expect) this.#judge(now, step.expect);
    else if (step.wait !== undefined && now >= this.#startMs + step.wait) this.#next(this.#startMs + step.wait);
    else if (step.say !== undefined) return this.#speak(now, this.#stoppedMs > this.#saidMs, step.say);
    else if (step.interrupt) {
      const since = this.#speakingSinceMs;
      return this.#speak(now, since !== undefined && now >= since + step.interrupt.afterMs, step.interrupt.say);
    } else if (step.goOn) return this.#speak(now, now >= this.#saidMs + step.goOn.afterMs, step.goOn.say);
    else if (step.sound) {
      const since = this.#speakingSinceMs;
      const ready = since !== undefined && now >= since + step.sound.afterMs;
      return this.#utter(now, ready, { type: "sound", ms: step.sound.ms });
    } else if (step.music !== undefined) return this.#utter(now, true, { type: "music", ms: step.music });
    else if (step.press !== undefined) {
      this.#mark = this.events.length;
      this.#saidMs = now;
      this.#next(now);
      return { type: "press", keys: step.press };
    } else if (step.hangUp) {
      this.#mark = this.events.length;
      this.#next(now);
      return { type: "hang-up" };
    }
    return undefined;
  }

  #speak(now: number, ready: boolean, text: string): Command | undefined {
    return this.#utter(now, ready, { type: "say", text });
  }

  #utter(now: number, ready: boolean, command: Command): Command | undefined {
    if (ready) {
      this.#mark = this.events.length;
      this.#talking = true;
      return command;
    }
    if (now > this.#startMs + PATIENCE_MS) this.#fail("her turn for it did not come");
    return undefined;
  }

  #judge(now: number, expectation: Expectation): void {
    const { absent, withinMs } = expectation;
    const deadlineMs = this.#startMs + withinMs + this.slackMs;
    const found = this.events.findIndex(
      (event, index) => index >= this.#mark && event.atMs <= deadlineMs && matches(expectation, event),
    );
    if (found >= 0 && absent) return this.#fail(`it happened at ${Math.round(this.events[found]!.atMs)} ms`);
    if (found >= 0) {
      this.#mark = found + 1;
      return this.#next(Math.max(this.#startMs, this.events[found]!.atMs));
    }
    if (now < deadlineMs + NOTICE_MS) return;
    if (absent) return this.#next(deadlineMs);
    const seen = this.events
      .slice(this.#mark)
      .map(({ kind, atMs, text }) => `${kind}${text ? ` "${text}"` : ""} at ${Math.round(atMs)}`);
    this.#fail(`not by ${Math.round(deadlineMs)} ms; there was: ${seen.join(", ") || "nothing"}`);
  }

  #next(now: number): void {
    this.#step++;
    this.#startMs = now;
  }

  #fail(why: string): void {
    const step = JSON.stringify(this.scenario.steps[this.#step]);
    this.failures.push(`${this.scenario.name}, step ${this.#step + 1} ${step}: ${why}`);
  }
}

function matches({ event, matching, outcome }: Expectation, { kind, text = "" }: ScenarioEvent): boolean {
  if (kind !== event) return false;
  return (
    (matching === undefined || new RegExp(matching, "i").test(text)) && (outcome === undefined || outcome === text)
  );
}
