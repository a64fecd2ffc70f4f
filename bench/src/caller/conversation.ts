/**
 * A spoken conversation: phones, listens until she has finished, says the next line. What she said is what our own recogniser heard, so the transcript is
 * that of a caller, not of the engine.
 */
import { Listener } from "@sk-voice/engine/sim/listener.ts";
import type { Script } from "@sk-voice/engine/sim/script.ts";
import type { SttPort, TtsPort } from "@sk-voice/models/ports.ts";
import { Phone } from "./phone.ts";

export interface Turn {
  readonly speaker: "caller" | "her";
  readonly text: string;
  /** From the end of the caller's voice to the beginning of hers; `undefined` for the caller and for her greeting. */
  readonly pauseMs: number | undefined;
}

export interface ConversationOptions {
  readonly uri: string;
  readonly from: string;
  readonly fromName?: string;
  readonly script: Script;
  readonly stt: SttPort;
  readonly tts: TtsPort;
  /** Voice of the caller. */
  readonly voice: string;
  /** Keys pressed instead of the first line. */
  readonly dtmf?: string;
  /** Played instead of the first line. */
  readonly audio?: Int16Array;
  readonly onTurn?: (turn: Turn) => void;
  readonly maxMs: number;
}

export interface ConversationResult {
  readonly turns: readonly Turn[];
  readonly pausesMs: readonly number[];
  /** ACK → first packet of hers. */
  readonly firstAudioMs: number | undefined;
  /** Stereo, us left. */
  readonly recording: Int16Array;
  readonly ended: { readonly cause: string; readonly status: number };
}

const LANGUAGE = "en";
/** A moment to think before answering, as people take. */
const THINK_MS = 350;
/** Shorter is the beginning of a sentence she broke off because we were still speaking. */
const SHORTEST_TURN_MS = 400;
const LEAVE_MS = 4000;

export async function converse(options: ConversationOptions): Promise<ConversationResult> {
  const conversation = new Conversation(options);
  return conversation.run();
}

class Conversation {
  readonly #turns: Turn[] = [];
  readonly #pausesMs: number[] = [];
  readonly #listener = new Listener();
  readonly #phone: Phone;
  readonly #ended = Promise.withResolvers<{ cause: string; status: number }>();
  #queue: Promise<void> = Promise.resolve();
  #answeredMs = 0;
  #saidMs: number | undefined;
  #pauseMs: number | undefined;
  #begun = false;
  #leaving: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: ConversationOptions) {
    this.#phone = new Phone({
      uri: options.uri,
      from: options.from,
      ...(options.fromName === undefined ? {} : { fromName: options.fromName }),
      onAnswered: (atMs) => {
        this.#answeredMs = atMs;
      },
      onAudio: (atMs, samples) => this.#hear(atMs, samples),
      onSaid: (atMs) => {
        this.#saidMs = atMs;
      },
      onEnded: (cause, status) => this.#ended.resolve({ cause, status }),
    });
  }

  async run(): Promise<ConversationResult> {
    await this.#phone.dial();
    const timer = setTimeout(() => this.#phone.hangUp(), this.options.maxMs);
    const ended = await this.#ended.promise;
    clearTimeout(timer);
    clearTimeout(this.#leaving);
    const last = this.#listener.finish();
    if (last?.type === "turn") this.#take(last.samples, false);
    await this.#queue;
    const { firstAudioMs } = this.#phone;
    const recording = this.#phone.recording();
    await this.#phone.close();
    return {
      turns: this.#turns,
      pausesMs: this.#pausesMs,
      firstAudioMs: firstAudioMs === undefined ? undefined : firstAudioMs - this.#answeredMs,
      recording,
      ended,
    };
  }

  #hear(atMs: number, samples: Int16Array): void {
    const heard = this.#listener.push(atMs, samples);
    if (heard?.type === "voice" && this.#saidMs !== undefined) {
      this.#pauseMs = heard.atMs - this.#saidMs;
      this.#pausesMs.push(this.#pauseMs);
      this.#saidMs = undefined;
    }
    if (heard?.type === "turn" && heard.endMs - heard.startMs >= SHORTEST_TURN_MS) this.#take(heard.samples, true);
  }

  /** One after the other, so that the transcript keeps its order. */
  #take(samples: Int16Array, answer: boolean): void {
    const pauseMs = this.#pauseMs;
    this.#pauseMs = undefined;
    this.#queue = this.#queue.then(async () => {
      const text = await this.#recognise(samples);
      this.#note({ speaker: "her", text, pauseMs });
      if (answer) await this.#answer(text);
    });
  }

  async #answer(heard: string): Promise<void> {
    const { audio, dtmf, script } = this.options;
    await Bun.sleep(THINK_MS);
    if (!this.#begun && (audio || dtmf)) {
      this.#begun = true;
      if (dtmf) this.#phone.press(dtmf);
      if (audio) this.#phone.say(audio);
      this.#note({ speaker: "caller", text: audio ? "(recording)" : `(keys ${dtmf})`, pauseMs: undefined });
      return;
    }
    const line = script.next(heard);
    if (line === undefined) return this.#leave();
    this.#phone.say(await this.#speak(line));
    this.#note({ speaker: "caller", text: line, pauseMs: undefined });
  }

  /** Nothing more to say: she usually hangs up herself. */
  #leave(): void {
    this.#leaving ??= setTimeout(() => this.#phone.hangUp(), LEAVE_MS);
  }

  async #speak(text: string): Promise<Int16Array> {
    const parts: number[] = [];
    const { tts, voice } = this.options;
    for await (const { samples } of tts.speak({ text, language: LANGUAGE, voice }, new AbortController().signal)) {
      for (const sample of samples) parts.push(sample);
    }
    return Int16Array.from(parts);
  }

  async #recognise(samples: Int16Array): Promise<string> {
    const ears = this.options.stt.open({ language: LANGUAGE });
    ears.push(samples);
    const hint = { expects: "open", vocabulary: [], speechMs: samples.length / 8 } as const;
    const { text } = await ears.transcribe(hint, new AbortController().signal);
    ears.close();
    return text;
  }

  #note(turn: Turn): void {
    this.#turns.push(turn);
    this.options.onTurn?.(turn);
  }
}
