/**
 * What a dashboard shows of a running call: levels of both sides, and their sound while somebody listens in. Idle it costs a comparison a frame; watched, the peak of
 * 160 samples; heard, their μ-law encoding.
 */
import { pcmu } from "@sk-voice/media/g711/index.ts";
import { FRAME_SAMPLES } from "@sk-voice/media/units.ts";

/** One second: a reader that comes later than that loses sound. */
const MAX_FRAMES = 50;
const SILENCE_DB = -100;

export interface Levels {
  /** Peaks since the last reading, dBFS, −100 for silence. */
  readonly callerDb: number;
  readonly agentDb: number;
}

export class LiveTap {
  #watched = false;
  #callerPeak = 0;
  #agentPeak = 0;
  #caller: Track | undefined;
  #agent: Track | undefined;

  /** Levels are measured only while somebody watches. */
  watch(on: boolean): void {
    this.#watched = on;
  }

  /** Sound is kept only while somebody listens in. */
  listen(on: boolean): void {
    this.#caller = on ? new Track() : undefined;
    this.#agent = on ? new Track() : undefined;
  }

  /** One frame of the caller. */
  caller(samples: Int16Array): void {
    if (this.#watched) this.#callerPeak = Math.max(this.#callerPeak, peak(samples));
    this.#caller?.push(samples);
  }

  /** One frame of hers. */
  agent(samples: Int16Array): void {
    if (this.#watched) this.#agentPeak = Math.max(this.#agentPeak, peak(samples));
    this.#agent?.push(samples);
  }

  levels(): Levels {
    const levels = { callerDb: decibels(this.#callerPeak), agentDb: decibels(this.#agentPeak) };
    this.#callerPeak = this.#agentPeak = 0;
    return levels;
  }

  /** μ-law of both sides since the last reading; `undefined` when nobody listens. Valid until the next frame. */
  sound(): { readonly caller: Uint8Array; readonly agent: Uint8Array } | undefined {
    if (!this.#caller || !this.#agent) return undefined;
    return { caller: this.#caller.take(), agent: this.#agent.take() };
  }
}

class Track {
  readonly #bytes = new Uint8Array(MAX_FRAMES * FRAME_SAMPLES);
  #length = 0;

  push(samples: Int16Array): void {
    if (this.#length + samples.length > this.#bytes.length) return;
    pcmu.encode(samples, this.#bytes.subarray(this.#length));
    this.#length += samples.length;
  }

  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return taken;
  }
}

function peak(samples: Int16Array): number {
  let most = 0;
  for (let index = 0; index < samples.length; index++) most = Math.max(most, Math.abs(samples[index]!));
  return most;
}

function decibels(peakSample: number): number {
  return peakSample === 0 ? SILENCE_DB : Math.min(0, Math.round(20 * Math.log10(peakSample / 32768)));
}
