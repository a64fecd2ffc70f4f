/** Screening from a tape: decides what it decided, in the hook in which it did. */

import type { ScreenHook, TapeEntry, TapeScreen, TapeSound } from "../../replay/tape.ts";
import type { ScreeningSinks } from "../../screening/call-screening.ts";
import type { Screener } from "../../screening/session-screening.ts";

export class TapedScreener implements Screener {
  soundClass: Screener["soundClass"];
  readonly #sounds: TapeSound[];
  readonly #screens: TapeScreen[];
  #sinks: ScreeningSinks | undefined;

  constructor(entries: readonly TapeEntry[]) {
    this.#sounds = entries.filter((entry) => entry.kind === "sound");
    this.#screens = entries.filter((entry) => entry.kind === "screen" && entry.hook !== "later") as TapeScreen[];
  }

  readonly open = (sinks: ScreeningSinks): Screener => {
    this.#sinks = sinks;
    return this;
  };

  /** The tape has come to what was decided outside of any hook. */
  decide({ call, value }: TapeScreen): void {
    const sinks = this.#sinks;
    if (call === "verdict") sinks?.verdict(value as Parameters<ScreeningSinks["verdict"]>[0]);
    else if (call === "challenge") sinks?.challenge(value as Parameters<ScreeningSinks["challenge"]>[0]);
    else sinks?.peek();
  }

  answered(now: number): void {
    this.#hook("answered", now);
  }

  window(_samples: Float32Array, _probability: number, _endMs: number): void {
    this.#hook("window", this.#nowMs);
  }

  tick(now: number): void {
    this.#hook("tick", now);
  }

  words(now: number): void {
    this.#hook("words", now);
  }

  knownContact(): void {}

  hangUp(now: number): void {
    this.#hook("hangUp", now);
  }

  /** `window` is not told the time. */
  #nowMs = 0;

  at(now: number): void {
    this.#nowMs = now;
  }

  #hook(hook: ScreenHook, now: number): void {
    const nowMs = Math.max(now, this.#nowMs);
    for (let next = this.#sounds[0]; next && next.atMs <= nowMs; next = this.#sounds[0]) {
      this.soundClass = next.class as Screener["soundClass"];
      this.#sounds.shift();
    }
    for (let place = this.#due(hook, nowMs); place >= 0; place = this.#due(hook, nowMs)) {
      const [screen] = this.#screens.splice(place, 1);
      if (screen) this.decide(screen);
    }
  }

  #due(hook: ScreenHook, nowMs: number): number {
    return this.#screens.findIndex((screen) => screen.hook === hook && screen.atMs <= nowMs);
  }
}
