/**
 * When a caller who speaks up hears her turn down, with a voice that is no tone: the same question brings the same words, so each frame of an interrupted reply is
 * compared with the frame of a reply that nobody interrupted.
 */
import { monotonicMs } from "@sk-voice/engine/io/clock.ts";
import { Listener } from "@sk-voice/engine/sim/listener.ts";
import { joinSamples } from "@sk-voice/media/pcm.ts";
import type { TtsPort } from "@sk-voice/models/ports.ts";
import { Phone } from "../caller/phone.ts";

const QUESTION = "Where are you located?";
const INTERRUPTION = "Wait a moment, please.";
/** Frames of a reply before the caller speaks up. */
const SPEAK_UP_FRAME = 40;
/** Below this share of the undisturbed frame she is turned down: she is at −12 dB, a quarter. */
const DOWN_SHARE = 0.6;
/** A frame tells only where her voice is loud. */
const LOUD_PEAK = 1200;
const VOICED_PEAK = 300;
const THINK_MS = 500;
const TURN_MS = 20_000;

interface Frame {
  readonly atMs: number;
  readonly peak: number;
}

export interface TurnedDownOptions {
  readonly uri: string;
  readonly tts: TtsPort;
  readonly times: number;
}

export interface TurnedDown {
  /** The caller's first audible sample → her first frame turned down (or silent). */
  readonly downMs: readonly number[];
  /** Replies that were no repetition of the first, or too quiet to tell. */
  readonly untold: number;
}

/** One call: a question heard to its end, then asked `times` times and interrupted. @throws Error when she says nothing for 20 s. */
export async function hearTurnedDown({ uri, tts, times }: TurnedDownOptions): Promise<TurnedDown> {
  const [question, interruption] = [await audible(tts, QUESTION), await audible(tts, INTERRUPTION)];
  const ear = new Ear();
  const ended = Promise.withResolvers<void>();
  const phone = new Phone({
    uri,
    from: "+919845012346",
    onAnswered: () => {},
    onAudio: (atMs, samples) => ear.hear(atMs, samples),
    onSaid: () => {},
    onEnded: () => ended.resolve(),
  });
  const downMs: number[] = [];
  let untold = 0;
  try {
    await phone.dial();
    await ear.turn();
    await Bun.sleep(THINK_MS);
    phone.say(question);
    const whole = await ear.turn();
    for (let n = 0; n < times; n++) {
      await Bun.sleep(THINK_MS);
      phone.say(question);
      await ear.frame(SPEAK_UP_FRAME);
      const onsetMs = monotonicMs();
      phone.say(interruption);
      const atMs = downAt(await ear.turn(), whole, onsetMs);
      if (atMs === undefined) untold++;
      else downMs.push(atMs - onsetMs);
      // What she says to the interruption, if it did not follow at once.
      await ear.quiet();
    }
    phone.hangUp();
    await ended.promise;
  } finally {
    await phone.close();
  }
  return { downMs, untold };
}

/** `undefined`: these are other words, or she is not loud enough afterwards to tell. Exported for its test. */
export function downAt(heard: readonly Frame[], whole: readonly Frame[], onsetMs: number): number | undefined {
  const isLoud = (n: number) => (whole[n]?.peak ?? 0) >= LOUD_PEAK;
  const isDown = (n: number) => heard[n]!.peak < DOWN_SHARE * whole[n]!.peak;
  const before = heard.flatMap(({ atMs }, n) => (atMs < onsetMs && isLoud(n) ? [n] : []));
  if (before.length < 5 || before.some(isDown)) return undefined;
  const n = heard.findIndex(({ atMs }, at) => atMs >= onsetMs && isLoud(at) && isDown(at));
  return n < 0 ? undefined : heard[n]!.atMs;
}

/** Her frames since her voice began, turn by turn. */
class Ear {
  readonly #listener = new Listener();
  #frames: Frame[] = [];
  #speaking = false;
  #heardMs = 0;
  #turn: PromiseWithResolvers<Frame[]> | undefined;
  #waiting: { readonly count: number; readonly resolve: () => void } | undefined;

  hear(atMs: number, samples: Int16Array): void {
    const heard = this.#listener.push(atMs, samples);
    if (heard?.type === "voice") {
      this.#speaking = true;
      this.#frames = [];
    }
    if (!this.#speaking) return;
    this.#heardMs = atMs;
    this.#frames.push({ atMs, peak: samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0) });
    if (this.#waiting && this.#frames.length >= this.#waiting.count) this.#waiting.resolve();
    if (heard?.type !== "turn") return;
    this.#speaking = false;
    this.#turn?.resolve(this.#frames);
  }

  /** The frames of her next turn, or of the one she is in, when it is over. */
  turn(): Promise<Frame[]> {
    this.#turn = Promise.withResolvers();
    return within(this.#turn.promise, "she did not finish");
  }

  /** Her next turn has come to this frame. */
  frame(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting = { count, resolve };
    return within(promise, "she did not answer").finally(() => {
      this.#waiting = undefined;
    });
  }

  /** She has said nothing for two seconds. */
  async quiet(): Promise<void> {
    do await Bun.sleep(2000);
    while (this.#speaking || monotonicMs() - this.#heardMs < 2000);
  }
}

async function within<T>(promise: Promise<T>, otherwise: string): Promise<T> {
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => timeout.reject(new Error(`${otherwise} within ${TURN_MS / 1000} s`)), TURN_MS);
  return Promise.race([promise, timeout.promise]).finally(() => clearTimeout(timer));
}

/** From the first audible sample on. */
async function audible(tts: TtsPort, text: string): Promise<Int16Array> {
  const parts: Int16Array[] = [];
  const request = { text, language: "en", voice: "rms" };
  for await (const { samples } of tts.speak(request, new AbortController().signal)) parts.push(samples);
  const samples = joinSamples(parts);
  return samples.subarray(
    Math.max(
      0,
      samples.findIndex((sample) => Math.abs(sample) > VOICED_PEAK),
    ),
  );
}
