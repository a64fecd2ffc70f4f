/**
 * Where voice is looked for in one call: audio as it arrives → windows → the VAD of the thread → edges of speech. When the VAD does not
 * answer, answers nonsense or hears nothing in what is loud, level decides or says so.
 */
import { TICKS_PER_MS } from "@sk-voice/media/units.ts";
import type { VadState } from "@sk-voice/models/ports.ts";
import { EnergyVoice } from "@sk-voice/models/vad/energy.ts";
import { OnsetDetector } from "@sk-voice/models/vad/onset.ts";
import { DEFAULT_SEGMENTER_OPTIONS, type SpeechEdge, SpeechSegmenter } from "@sk-voice/models/vad/segmenter.ts";
import { VoiceEnd } from "@sk-voice/models/vad/voice-end.ts";
import { WindowBuffer } from "@sk-voice/models/window.ts";

/** Two windows wait at most: 64 ms behind, older ones are given up and counted. */
const WAITING_WINDOWS = 2;
/** Without an answer for this long, the VAD is deaf. */
const DEAF_MS = 200;
/** Loud for this long, and no voice in it: the recogniser is asked. */
const SOUND_MS = 400;

export type EarEvent =
  | SpeechEdge
  /** Something loud in which the VAD heard no voice. */
  | { readonly type: "sound"; readonly startMs: number; readonly endMs: number };

/** Every window with what was answered to it; `received`: at least half of it came from the wire, or it fills a hole. The array is reused. */
export type HeardWindow = (window: Float32Array, probability: number, endMs: number, received: boolean) => void;

export class Ear {
  /** Windows given up because inference did not keep up. */
  skippedWindows = 0;
  readonly #windows: WindowBuffer;
  readonly #segmenter = new SpeechSegmenter();
  readonly #onset = new OnsetDetector();
  readonly #voiceEnd = new VoiceEnd();
  readonly #energy = new EnergyVoice();
  readonly #loud = new SpeechSegmenter({ ...DEFAULT_SEGMENTER_OPTIONS, minSpeechMs: SOUND_MS });
  #loudSinceMs = 0;
  #voicedMs = Number.NEGATIVE_INFINITY;
  readonly #waiting: Float32Array;
  /** The first of them. */
  readonly #oldest: Float32Array;
  readonly #waitingEndMs = new Float64Array(WAITING_WINDOWS);
  readonly #waitingLevel = new Float64Array(WAITING_WINDOWS);
  readonly #waitingReceived = new Uint8Array(WAITING_WINDOWS);
  #waitingCount = 0;
  readonly #inferringWindow: Float32Array;
  #inferring = false;
  #inferringEndMs = 0;
  #inferringLevel = 0;
  #inferringReceived = true;
  /** Samples from the wire in the window that is being filled. */
  #received = 0;
  #answeredMs: number | undefined;
  #arrivedMs = 0;

  constructor(
    readonly vadState: VadState,
    private readonly windowSamples: number,
    private readonly tell: (event: EarEvent) => void,
    private readonly heard: HeardWindow = () => {},
  ) {
    this.#inferringWindow = new Float32Array(windowSamples);
    this.#windows = new WindowBuffer(windowSamples);
    this.#waiting = new Float32Array(windowSamples * WAITING_WINDOWS);
    this.#oldest = this.#waiting.subarray(0, windowSamples);
  }

  /** 20 ms of hers. */
  sent(samples: Int16Array): void {
    this.#onset.sent(samples);
  }

  /** The caller's audio, continuous; its last sample arrived at `endMs`. */
  push(samples: Int16Array, endMs: number, received = true): void {
    if (received) this.#received += samples.length;
    this.#arrivedMs = endMs;
    this.#voiceEnd.push(samples, endMs);
    const startMs = endMs - samples.length / TICKS_PER_MS;
    if (this.#onset.push(samples, this.#segmenter.speaking)) this.tell({ type: "onset", atMs: startMs });
    this.#windows.push(samples, this.#onWindow);
  }

  get waitingWindows(): number {
    return this.#waitingCount;
  }

  takeWindow(into: Float32Array, offset: number): boolean {
    if (this.#waitingCount === 0) return false;
    // The inference of the one before has failed: it will not be answered any more.
    if (this.#inferring) this.#segment(this.#inferringLevel, this.#inferringEndMs);
    this.#inferring = true;
    this.#inferringWindow.set(this.#oldest);
    into.set(this.#inferringWindow, offset);
    this.#inferringEndMs = this.#waitingEndMs[0]!;
    this.#inferringLevel = this.#waitingLevel[0]!;
    this.#inferringReceived = this.#waitingReceived[0] === 1;
    this.#shift();
    return true;
  }

  /** The VAD's answer to the window taken. */
  speechProbability(probability: number): void {
    this.#inferring = false;
    this.#answeredMs = this.#inferringEndMs;
    const usable = Number.isFinite(probability) && this.#inferringLevel > 0;
    const voice = usable ? probability : this.#inferringLevel;
    this.#segment(voice, this.#inferringEndMs);
    this.heard(this.#inferringWindow, voice, this.#inferringEndMs, this.#inferringReceived);
  }

  readonly #onWindow = (window: Float32Array, samplesAfter: number): void => {
    const endMs = this.#arrivedMs - samplesAfter / TICKS_PER_MS;
    const level = this.#energy.push(window);
    this.#listenForSound(level, endMs);
    if (this.#waitingCount === WAITING_WINDOWS) this.#giveUp();
    this.#waiting.set(window, this.#waitingCount * this.windowSamples);
    this.#waitingEndMs[this.#waitingCount] = endMs;
    this.#waitingReceived[this.#waitingCount] = this.#received - samplesAfter >= this.windowSamples / 2 ? 1 : 0;
    this.#received = Math.min(this.#received, samplesAfter);
    this.#waitingLevel[this.#waitingCount++] = level;
    this.#answeredMs ??= endMs;
  };

  /** The oldest window is not waited for. */
  #giveUp(): void {
    const [endMs, level] = [this.#waitingEndMs[0]!, this.#waitingLevel[0]!];
    this.#shift();
    this.skippedWindows++;
    if (endMs - (this.#answeredMs ?? endMs) >= DEAF_MS) this.#segment(level, endMs);
  }

  #shift(): void {
    this.#waiting.copyWithin(0, this.windowSamples);
    this.#waitingEndMs.copyWithin(0, 1);
    this.#waitingLevel.copyWithin(0, 1);
    this.#waitingReceived.copyWithin(0, 1);
    this.#waitingCount--;
  }

  #segment(probability: number, endMs: number): void {
    const edge = this.#segmenter.push(probability, endMs);
    if (this.#segmenter.speaking) this.#voicedMs = endMs;
    if (edge?.type === "speech-end") this.tell({ ...edge, atMs: this.#voiceEnd.refine(edge.atMs) });
    else if (edge) this.tell(edge);
  }

  #listenForSound(level: number, endMs: number): void {
    const edge = this.#loud.push(level, endMs);
    if (edge?.type === "speech-start") this.#loudSinceMs = edge.atMs;
    if (edge?.type !== "speech-end" || this.#voicedMs >= this.#loudSinceMs) return;
    this.tell({ type: "sound", startMs: this.#loudSinceMs, endMs: edge.atMs });
  }
}
