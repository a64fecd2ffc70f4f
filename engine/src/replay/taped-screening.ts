/** Screening with a tape running: what it decides, and in which of its hooks, so that a replay needs none of its models. */
import type { ScreeningSinks } from "../screening/call-screening.ts";
import type { Screener, ScreeningPort } from "../screening/session-screening.ts";
import type { TapeRecorder } from "./recorder.ts";
import type { ScreenHook, TapeScreen } from "./tape.ts";

export function tapedScreening(
  open: NonNullable<ScreeningPort["open"]>,
  sinks: ScreeningSinks,
  tape: TapeRecorder,
): Screener {
  let hook: ScreenHook = "later";
  let heard: string | undefined;
  const note = (call: TapeScreen["call"], value: unknown) =>
    tape.note({ kind: "screen", atMs: tape.latch(), hook, call, value });
  const screening = open({
    ...sinks,
    verdict: (verdict) => {
      note("verdict", verdict);
      sinks.verdict(verdict);
    },
    challenge: (kind) => {
      note("challenge", kind);
      sinks.challenge(kind);
    },
    peek: () => {
      note("peek", null);
      sinks.peek();
    },
  });
  const inside = (name: ScreenHook, work: () => void): void => {
    if (screening.soundClass !== heard) {
      heard = screening.soundClass;
      tape.note({ kind: "sound", atMs: tape.now(), class: heard });
    }
    hook = name;
    work();
    hook = "later";
  };
  return {
    get soundClass() {
      return screening.soundClass;
    },
    answered: (now) => inside("answered", () => screening.answered(now)),
    window: (...window) => inside("window", () => screening.window(...window)),
    tick: (now, speaking) => inside("tick", () => screening.tick(now, speaking)),
    words: (...words) => inside("words", () => screening.words(...words)),
    knownContact: (now) => inside("later", () => screening.knownContact(now)),
    hangUp: (now) => inside("hangUp", () => screening.hangUp(now)),
  };
}
