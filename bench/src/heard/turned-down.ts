/**
 * When a caller who speaks up hears her turn down, with a voice that is no tone: the same question brings the same words, so the level of an interrupted reply is
 * taken beside a reply that nobody interrupted, packet by packet as they came.
 */
import { monotonicMs } from "@sk-voice/engine/io/clock.ts";
import { Listener } from "@sk-voice/engine/sim/listener.ts";
import { codecForPayloadType } from "@sk-voice/media/g711/index.ts";
import { joinSamples } from "@sk-voice/media/pcm.ts";
import { createRtpHeader, parseRtp } from "@sk-voice/media/rtp/packet.ts";
import { FRAME_SAMPLES } from "@sk-voice/media/units.ts";
import type { TtsPort } from "@sk-voice/models/ports.ts";
import { Phone } from "../caller/phone.ts";
import { levels } from "./level.ts";

const QUESTION = "Where are you located?";
const INTERRUPTION = "Wait a moment, please.";
/** Packets of a reply before the caller speaks up. */
const SPEAK_UP_PACKET = 40;
/** Below this level she is turned down: she goes to −12 dB, a quarter, within a packet. `wire` takes the same share of the peak, which falls a packet later. */
const DOWN_LEVEL = 0.6;
const VOICED_PEAK = 300;
const THINK_MS = 500;
const TURN_MS = 20_000;

/** Her packets since her voice began, in order. */
export interface Reply {
  readonly samples: Int16Array;
  /** When each packet of 20 ms came. */
  readonly atMs: readonly number[];
}

export interface TurnedDownOptions {
  readonly uri: string;
  /** Of a caller who has called before: whom she does not know she may ask who is calling, in the middle of the question. */
  readonly from: string;
  readonly tts: TtsPort;
  readonly times: number;
}

export interface Overlap {
  /** The caller's first audible packet leaves → her first packet turned down (or silent) comes. */
  readonly downMs: number;
  /** → her last packet at full level. */
  readonly lastFullMs: number;
}

export interface TurnedDown {
  readonly overlaps: readonly Overlap[];
  /** Interruptions through which she spoke on at full level. */
  readonly missed: number;
  /** Replies in other words than the first. */
  readonly otherWords: number;
}

/** One call: a question heard to its end, then asked `times` times and interrupted. @throws Error when she says nothing for 20 s. */
export async function hearTurnedDown({ uri, from, tts, times }: TurnedDownOptions): Promise<TurnedDown> {
  const [question, interruption] = [await audible(tts, QUESTION), await audible(tts, INTERRUPTION)];
  const ear = new Ear();
  const ended = Promise.withResolvers<void>();
  let onsetMs = 0;
  const phone = new Phone({
    uri,
    from,
    onAnswered: () => {},
    onAudio: () => {},
    onPacket: ear.receive,
    onVoice: (atMs) => {
      onsetMs = atMs;
    },
    onSaid: () => {},
    onEnded: () => ended.resolve(),
  });
  const heard: (Overlap | "missed" | "other words")[] = [];
  try {
    await phone.dial();
    await ear.turn();
    await Bun.sleep(THINK_MS);
    phone.say(question);
    const whole = await ear.turn();
    for (let n = 0; n < times; n++) {
      await Bun.sleep(THINK_MS);
      phone.say(question);
      await ear.packet(SPEAK_UP_PACKET);
      phone.say(interruption);
      const reply = await ear.turn();
      heard.push(overlap(reply, whole.samples, onsetMs));
      // What she says to the interruption, if it did not follow at once.
      await ear.quiet();
    }
    phone.hangUp();
    await within(ended.promise, "the call did not end");
  } finally {
    await phone.close();
  }
  return {
    overlaps: heard.filter((one): one is Overlap => typeof one === "object"),
    missed: heard.filter((one) => one === "missed").length,
    otherWords: heard.filter((one) => one === "other words").length,
  };
}

/** Exported for its test. */
export function overlap(reply: Reply, whole: Int16Array, onsetMs: number): Overlap | "missed" | "other words" {
  const { samples, atMs } = reply;
  const before = atMs.findIndex((at) => at >= onsetMs);
  if (before <= 0) return "missed";
  const level = levels(samples, whole, before * FRAME_SAMPLES);
  if (!level) return "other words";
  const down = level.findIndex((one, n) => n >= before && one < DOWN_LEVEL);
  if (down < 0) return "missed";
  const full = level.findLastIndex((one, n) => n < down && one >= DOWN_LEVEL);
  return { downMs: atMs[down]! - onsetMs, lastFullMs: Math.max(0, (atMs[full] ?? onsetMs) - onsetMs) };
}

/** Her voice, turn by turn. */
class Ear {
  readonly #listener = new Listener();
  readonly #header = createRtpHeader();
  readonly #samples = new Int16Array(FRAME_SAMPLES);
  #atMs: number[] = [];
  #speaking = false;
  #heardMs = 0;
  #turn: PromiseWithResolvers<Reply> | undefined;
  #waiting: { readonly count: number; readonly resolve: () => void } | undefined;

  readonly receive = (atMs: number, datagram: Uint8Array): void => {
    if (parseRtp(datagram, this.#header) !== "ok") return;
    const { payloadType, payloadOffset, payloadLength } = this.#header;
    const codec = codecForPayloadType(payloadType);
    if (codec?.decode(datagram, this.#samples, payloadOffset, payloadLength) === FRAME_SAMPLES) this.#hear(atMs);
  };

  #hear(atMs: number): void {
    const heard = this.#listener.push(atMs, this.#samples);
    if (heard?.type === "voice") {
      this.#speaking = true;
      this.#atMs = [];
    }
    if (!this.#speaking) return;
    this.#heardMs = atMs;
    this.#atMs.push(atMs);
    if (this.#waiting && this.#atMs.length >= this.#waiting.count) this.#waiting.resolve();
    if (heard?.type !== "turn") return;
    this.#speaking = false;
    this.#turn?.resolve({ samples: heard.samples, atMs: this.#atMs });
  }

  /** Her next turn, or the one she is in, when it is over. */
  turn(): Promise<Reply> {
    this.#turn = Promise.withResolvers();
    return within(this.#turn.promise, "she did not finish");
  }

  /** Her next turn has come to this packet. */
  packet(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting = { count, resolve };
    return within(promise, "she did not answer").finally(() => {
      this.#waiting = undefined;
    });
  }

  /** She has said nothing for two seconds. @throws Error when she speaks on, or no packets come while she does. */
  async quiet(): Promise<void> {
    const latestMs = monotonicMs() + TURN_MS;
    do {
      if (monotonicMs() > latestMs) throw new Error(`she did not fall silent within ${TURN_MS / 1000} s`);
      await Bun.sleep(2000);
    } while (this.#speaking || monotonicMs() - this.#heardMs < 2000);
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
