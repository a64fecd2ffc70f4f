/**
 * The human's leg of a warm transfer, on a media thread: she whispers, listens for a key or a word, and then passes sound both ways.
 *
 * | phase     | 1, yes             | 2, no              | bridge             |
 * |-----------|--------------------|--------------------|--------------------|
 * | whisper   | answered(true)     | answered(false)    | bridged            |
 * | bridged   | key passed on      | key passed on      | –                  |
 *
 * Words are cut by loudness alone: a wrong cut costs one more question to the recogniser, and anything but a yes or no changes nothing.
 */
import type { SttPort, SttSession, TtsPort } from "@sk-voice/models/ports.ts";
import { parseYesNo } from "../receptionist/nlu/intent.ts";
import type { OpusFactory } from "./codecs.ts";
import { CallPipeline, type PipelineRandom, type PipelineSinks } from "./pipeline.ts";
import { type Bridged, type BridgeEnd, Relay } from "./relay.ts";
import type { MediaTerms } from "./terms.ts";

export interface TransferLegDeps {
  readonly stt: SttPort;
  readonly tts: TtsPort;
  readonly language: string;
  readonly voice: string;
  readonly random: PipelineRandom;
  readonly send: PipelineSinks["send"];
  readonly sendRtcp: NonNullable<PipelineSinks["sendRtcp"]>;
  /** The human has said yes or no. Once. */
  readonly answered: (accepts: boolean) => void;
  /** Nothing has come from the human for a minute. */
  readonly lost: () => void;
  readonly opus: OpusFactory;
  readonly failed: (error: unknown) => void;
}

const ACCEPT_KEY = "1";
const DECLINE_KEY = "2";
const MEDIA_TIMEOUT_MS = 60_000;
/** Root mean square of 20 ms of speech, at least −36 dBFS; line noise is some 10 dB below. */
const LOUD = 520;
const SILENCE_ENDS_MS = 500;
const SHORTEST_WORD_MS = 120;

export class TransferLeg implements BridgeEnd {
  readonly #pipeline: CallPipeline;
  readonly #ears: SttSession;
  readonly #relay: Relay;
  readonly #speaking = new AbortController();
  #hearing: AbortController | undefined;
  #other: Bridged | undefined;
  #hasAnswered = false;
  #isLost = false;
  #loudMs = 0;
  #quietMs = 0;

  constructor(
    private readonly deps: TransferLegDeps,
    terms: MediaTerms,
    text: string,
  ) {
    this.#pipeline = new CallPipeline(
      terms,
      deps.random,
      {
        onAudio: this.#onAudio,
        onSent: () => {},
        onDigit: this.#onDigit,
        onPlayed: () => {},
        send: deps.send,
        sendRtcp: deps.sendRtcp,
      },
      deps.opus,
    );
    this.#relay = new Relay(this.#pipeline.playout);
    this.#ears = deps.stt.open({ language: deps.language });
    void this.#whisper(text);
  }

  get droppedPackets(): number {
    return this.#pipeline.droppedPackets;
  }

  receive(now: number, packet: Uint8Array, address: string, port: number): void {
    this.#pipeline.receive(now, packet, address, port);
  }

  receiveRtcp(now: number, packet: Uint8Array, address: string, port: number): void {
    this.#pipeline.receiveRtcp(now, packet, address, port);
  }

  update(terms: MediaTerms): void {
    this.#pipeline.update(terms);
  }

  /** Every 20 ms. */
  tick(now: number): void {
    this.#pipeline.tick(now);
    if (this.#isLost || this.#pipeline.silentMs(now) < MEDIA_TIMEOUT_MS) return;
    this.#isLost = true;
    this.deps.lost();
  }

  /** From now on the human hears `other` and is heard by it. */
  bridge(other: Bridged): void {
    this.#speaking.abort();
    this.#hearing?.abort();
    this.#pipeline.playout.interrupt();
    this.#hasAnswered = true;
    this.#other = other;
  }

  hear(samples: Int16Array): void {
    this.#relay.push(samples);
  }

  press(digit: string): void {
    this.#pipeline.press(digit);
  }

  stop(now: number): void {
    this.#speaking.abort();
    this.#hearing?.abort();
    this.#ears.close();
    this.#pipeline.close(now);
  }

  readonly #onDigit = (digit: string): void => {
    if (this.#other !== undefined) this.#other.press(digit);
    else if (digit === ACCEPT_KEY || digit === DECLINE_KEY) this.#answer(digit === ACCEPT_KEY);
  };

  readonly #onAudio = (samples: Int16Array): void => {
    if (this.#other !== undefined) return this.#other.hear(samples);
    if (this.#hasAnswered) return;
    this.#ears.push(samples);
    const lengthMs = samples.length / 8;
    if (isLoud(samples)) {
      this.#loudMs += lengthMs;
      this.#quietMs = 0;
      return;
    }
    this.#quietMs += lengthMs;
    if (this.#loudMs === 0 || this.#quietMs < SILENCE_ENDS_MS) return;
    if (this.#loudMs >= SHORTEST_WORD_MS) void this.#listen(this.#loudMs);
    else this.#ears.reset(SILENCE_ENDS_MS);
    this.#loudMs = 0;
  };

  async #listen(speechMs: number): Promise<void> {
    this.#hearing?.abort();
    const hearing = new AbortController();
    this.#hearing = hearing;
    try {
      const { text } = await this.#ears.transcribe({ expects: "yes-no", vocabulary: [], speechMs }, hearing.signal);
      const word = parseYesNo(text);
      if (word !== undefined && !hearing.signal.aborted) this.#answer(word === "yes");
    } catch (error) {
      if (!hearing.signal.aborted) this.deps.failed(error);
    }
    this.#ears.reset(SILENCE_ENDS_MS);
  }

  #answer(accepts: boolean): void {
    if (this.#hasAnswered) return;
    this.#hasAnswered = true;
    this.deps.answered(accepts);
  }

  async #whisper(text: string): Promise<void> {
    const { tts, language, voice, failed } = this.deps;
    const { playout } = this.#pipeline;
    playout.add("whisper", "drop");
    try {
      for await (const chunk of tts.speak({ text, language, voice }, this.#speaking.signal)) {
        if (this.#speaking.signal.aborted) return;
        playout.append("whisper", chunk.samples);
      }
    } catch (error) {
      if (!this.#speaking.signal.aborted) failed(error);
    }
    playout.finish("whisper");
  }
}

function isLoud(samples: Int16Array): boolean {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return sum > LOUD * LOUD * samples.length;
}
