import { FRAME_SAMPLES, SAMPLE_RATE_HZ } from "./units.ts";

/**
 * What becomes of an item when she is interrupted:
 * - `"drop"`: stops within 5 ms and is forgotten (replies).
 * - `"finish"`: plays to its end all the same (legal notices, "goodbye").
 * - `"resume"`: stops within 5 ms, and goes on from there after `resume()`.
 */
export type OnInterrupt = "drop" | "finish" | "resume";

/** What one `frame` call played; one object, overwritten by the next call. */
export interface PlayedFrame {
  /** The item in this frame; `undefined` when nothing is queued, or everything is held. */
  id: string | undefined;
  /** Where in the item the frame's first sample lies. */
  offsetSamples: number;
  /** Samples of the item in this frame, from its start: 160, less in the last frame or when cut, 0 when waiting for audio. */
  samples: number;
  /** Nothing audible in this frame: peak under -60 dBFS. The first frame that is not silent is when the caller hears her. */
  silent: boolean;
  /** The item ended with this frame: played to its end, or dropped. */
  finished: boolean;
  /** The item was cut in this frame by an interruption; `offsetSamples + samples` is what was heard of it. */
  interrupted: boolean;
  /** The item had started and its next audio had not come in time. */
  underrun: boolean;
}

/** An item an interruption removed. The one being spoken is heard 5 ms further: the frame that cuts it says how far. */
export interface DroppedItem {
  readonly id: string;
  readonly heardSamples: number;
}

export interface PlayoutOptions {
  /** Longest item; the rest of a longer one is not accepted. Default 60 s. */
  readonly maxItemSamples?: number;
  /** Items waiting or playing; more are refused. Default 32. */
  readonly maxItems?: number;
}

export interface PlayoutStats {
  readonly queuedItems: number;
  readonly queuedSamples: number;
  /** Refused because the queue or an item was full. */
  readonly refusedItems: number;
  readonly refusedSamples: number;
  /** Frames of silence inside an item whose audio came too slowly. */
  readonly underrunFrames: number;
}

interface Item {
  readonly id: string;
  readonly onInterrupt: OnInterrupt;
  readonly chunks: Int16Array[];
  /** Read position: chunk and sample within it. */
  chunk: number;
  chunkOffset: number;
  played: number;
  total: number;
  final: boolean;
  held: boolean;
}

const FADE_SAMPLES = (5 * SAMPLE_RATE_HZ) / 1000;
/** Full scale in 20 ms: quick enough for ducking at speech onset, slow enough not to click. */
const RAMP_PER_SAMPLE = 1 / FRAME_SAMPLES;
const SILENT_PEAK = 33;

/**
 * Her outgoing voice: items in order, one 20 ms frame at a time, one item per frame. Items stream in while they play.
 * Full-queue behaviour: new items are refused, and an item's audio beyond its limit is cut off; both are counted.
 */
export class Playout {
  readonly #maxItemSamples: number;
  readonly #maxItems: number;
  readonly #items: Item[] = [];
  #cutting: Item | undefined;
  #holding = false;
  #gain = 1;
  #targetGain = 1;
  /** Samples still to fade in after a resume. */
  #fadeIn = 0;
  #refusedItems = 0;
  #refusedSamples = 0;
  #underrunFrames = 0;
  readonly #result: PlayedFrame = {
    id: undefined,
    offsetSamples: 0,
    samples: 0,
    silent: true,
    finished: false,
    interrupted: false,
    underrun: false,
  };

  constructor(options: PlayoutOptions = {}) {
    this.#maxItemSamples = options.maxItemSamples ?? 60 * SAMPLE_RATE_HZ;
    this.#maxItems = options.maxItems ?? 32;
  }

  /** Queues an item, empty as yet; `"next"`: before everything that has not begun. False when the queue is full or the id is already in it. */
  add(id: string, onInterrupt: OnInterrupt, place: "last" | "next" = "last"): boolean {
    if (this.#items.length >= this.#maxItems || this.#find(id) !== undefined) {
      this.#refusedItems++;
      return false;
    }
    const position = { chunk: 0, chunkOffset: 0, played: 0, total: 0 };
    const begun = this.#items.findLastIndex(({ played }) => played > 0) + 1;
    const item: Item = { id, onInterrupt, chunks: [], ...position, final: false, held: false };
    this.#items.splice(place === "next" ? begun : this.#items.length, 0, item);
    return true;
  }

  /**
   * Adds audio to the end of an item; `samples` belongs to the playout from here on. Returns the samples accepted: fewer when the
   * item is full, 0 when it is unknown (dropped meanwhile) or finished.
   */
  append(id: string, samples: Int16Array): number {
    const item = this.#find(id);
    if (item === undefined || item.final) return 0;
    const accepted = Math.min(samples.length, this.#maxItemSamples - item.total);
    this.#refusedSamples += samples.length - accepted;
    if (accepted > 0) item.chunks.push(accepted < samples.length ? samples.subarray(0, accepted) : samples);
    item.total += accepted;
    return accepted;
  }

  /** No more audio follows. An item that is never finished holds up everything after it. */
  finish(id: string): void {
    const item = this.#find(id);
    if (item !== undefined) item.final = true;
  }

  /** Forgets one item, e.g. because its synthesis failed. What plays fades out in 5 ms. False when it is unknown. */
  drop(id: string): boolean {
    const item = this.#find(id);
    if (item === undefined) return false;
    this.#cut(item);
    this.#items.splice(this.#items.indexOf(item), 1);
    return true;
  }

  /** The caller has taken the floor: applies each item's `onInterrupt`. Returns those dropped, in order. */
  interrupt(): DroppedItem[] {
    // What a hold has silenced needs no fade, which would be heard.
    const silenced = this.#holding && this.#cutting === undefined;
    this.#holding = false;
    const dropped: DroppedItem[] = [];
    for (const item of [...this.#items]) {
      if (item.onInterrupt === "finish") continue;
      if (!silenced) this.#cut(item);
      item.held = true;
      if (item.onInterrupt === "resume") continue;
      dropped.push({ id: item.id, heardSamples: item.played });
      this.#items.splice(this.#items.indexOf(item), 1);
    }
    return dropped;
  }

  /** Stops within 5 ms and keeps everything, until `resume()` or `interrupt()`. An item that must be finished goes on. */
  hold(): void {
    const item = this.#next();
    if (this.#holding || item?.onInterrupt === "finish") return;
    if (item !== undefined) this.#cut(item);
    this.#holding = true;
  }

  /** Goes on with what `hold()` or an interruption held back, where it stopped. */
  resume(): void {
    const alreadyCut = this.#cutting === undefined;
    const first = this.#holding ? this.#items[0] : undefined;
    this.#holding = false;
    if (first !== undefined && first.played > 0) {
      if (first === this.#cutting) this.#cutting = undefined;
      else this.#fadeIn = FADE_SAMPLES;
    }
    for (const item of this.#items) {
      if (item.held && item.played > 0 && alreadyCut) this.#fadeIn = FADE_SAMPLES;
      if (item === this.#cutting) this.#cutting = undefined;
      item.held = false;
    }
  }

  /** Lowers (or raises) everything by `gainDb`, by a ramp of at most 20 ms. */
  duck(gainDb: number): void {
    this.#targetGain = 10 ** (gainDb / 20);
  }

  unduck(): void {
    this.#targetGain = 1;
  }

  /** Nothing plays, waits or is held. */
  get idle(): boolean {
    return this.#items.length === 0 && this.#cutting === undefined;
  }

  /** Fills `out` (160 samples) with the next 20 ms and says what it was. Allocates nothing. */
  frame(out: Int16Array): PlayedFrame {
    const cutting = this.#cutting;
    const item = cutting ?? this.#next();
    this.#describe(item);
    out.fill(0);
    if (cutting !== undefined) this.#playCut(cutting, out);
    else if (item !== undefined) this.#playItem(item, out);
    this.#shape(out);
    return this.#result;
  }

  stats(): PlayoutStats {
    let queuedSamples = 0;
    for (const item of this.#items) queuedSamples += item.total - item.played;
    return {
      queuedItems: this.#items.length,
      queuedSamples,
      refusedItems: this.#refusedItems,
      refusedSamples: this.#refusedSamples,
      underrunFrames: this.#underrunFrames,
    };
  }

  #find(id: string): Item | undefined {
    for (const item of this.#items) if (item.id === id) return item;
    return undefined;
  }

  #next(): Item | undefined {
    if (this.#holding) return undefined;
    for (const item of this.#items) if (!item.held) return item;
    return undefined;
  }

  /** Only the item being spoken needs a fade; the next `frame` plays it. */
  #cut(item: Item): void {
    if (item === this.#next() && item.played > 0 && item.played < item.total) this.#cutting = item;
  }

  #describe(item: Item | undefined): void {
    const result = this.#result;
    result.id = item?.id;
    result.offsetSamples = item?.played ?? 0;
    result.samples = 0;
    result.finished = false;
    result.interrupted = false;
    result.underrun = false;
  }

  #playCut(item: Item, out: Int16Array): void {
    const count = this.#read(item, out, FADE_SAMPLES);
    for (let i = 0; i < count; i++) out[i] = out[i]! * (1 - (i + 1) / count);
    this.#cutting = undefined;
    this.#result.samples = count;
    this.#result.interrupted = true;
    this.#result.finished = !this.#items.includes(item);
  }

  #playItem(item: Item, out: Int16Array): void {
    const available = item.total - item.played;
    if (available < FRAME_SAMPLES && !item.final) {
      this.#result.underrun = item.played > 0;
      if (item.played > 0) this.#underrunFrames++;
      return;
    }
    this.#result.samples = this.#read(item, out, FRAME_SAMPLES);
    if (!item.final || item.played < item.total) return;
    this.#result.finished = true;
    this.#items.splice(this.#items.indexOf(item), 1);
  }

  #read(item: Item, out: Int16Array, most: number): number {
    let filled = 0;
    while (filled < most && item.chunk < item.chunks.length) {
      const chunk = item.chunks[item.chunk]!;
      const count = Math.min(most - filled, chunk.length - item.chunkOffset);
      for (let i = 0; i < count; i++) out[filled + i] = chunk[item.chunkOffset + i]!;
      filled += count;
      item.chunkOffset += count;
      if (item.chunkOffset < chunk.length) break;
      item.chunk++;
      item.chunkOffset = 0;
    }
    item.played += filled;
    return filled;
  }

  /** Ducking, the fade-in after a resume, and the peak. */
  #shape(out: Int16Array): void {
    let peak = 0;
    const flat = this.#gain === 1 && this.#targetGain === 1 && this.#fadeIn === 0;
    for (let i = 0; i < out.length; i++) {
      if (!flat) out[i] = out[i]! * this.#nextGain();
      peak = Math.max(peak, Math.abs(out[i]!));
    }
    this.#result.silent = peak < SILENT_PEAK;
  }

  #nextGain(): number {
    const step = this.#targetGain - this.#gain;
    this.#gain += Math.max(-RAMP_PER_SAMPLE, Math.min(RAMP_PER_SAMPLE, step));
    if (this.#fadeIn === 0) return this.#gain;
    return this.#gain * (1 - this.#fadeIn-- / FADE_SAMPLES);
  }
}
