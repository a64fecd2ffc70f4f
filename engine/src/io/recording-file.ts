/**
 * A stereo WAV that grows on disk while the call runs, so that no call is held in memory. The header is written first with sizes of
 * zero and corrected at the end; a file whose engine died is readable by its length. A full disk ends the recording, not the call.
 */
import { closeSync, mkdirSync, openSync, write, writeSync } from "node:fs";
import { join } from "node:path";
import { WAV_HEADER_BYTES, wavHeader } from "@sk-voice/media/wav.ts";
import type { RecordingFigures } from "../call/record.ts";
import { StereoTimeline } from "../recording/stereo.ts";
import type { Log } from "./log.ts";

const SAMPLE_RATE_HZ = 8000;
const BYTES_PER_FRAME = 4;
/** Written in pieces of a second. */
const FLUSH_FRAMES = 8000;
/** Writes waiting for the disk; beyond it the recording ends: the disk does not keep up. */
const MAX_PENDING_WRITES = 32;

export interface RecordingOptions {
  readonly folder: string;
  readonly callId: string;
  readonly recordingId: string;
  readonly startMs: number;
  readonly log: Log;
}

export class RecordingFile {
  readonly #timeline: StereoTimeline;
  #fd: number | undefined;
  #offset = WAV_HEADER_BYTES;
  #pending = 0;
  #settled: (() => void) | undefined;

  constructor(private readonly options: RecordingOptions) {
    this.#timeline = new StereoTimeline(options.startMs);
    try {
      mkdirSync(options.folder, { recursive: true });
      this.#fd = openSync(join(options.folder, this.#fileName), "w", 0o600);
      writeSync(this.#fd, header(0), 0, WAV_HEADER_BYTES, 0);
    } catch (error) {
      this.#give("cannot create the recording", error);
    }
  }

  caller(arrivalMs: number, timestampTicks: number, samples: Int16Array): void {
    this.#timeline.received(arrivalMs, timestampTicks, samples);
  }

  agent(sentMs: number, samples: Int16Array): void {
    this.#timeline.sent(sentMs, samples);
    const piece = this.#timeline.take(sentMs, FLUSH_FRAMES);
    if (piece) this.#write(piece);
  }

  figures(): RecordingFigures {
    const { recordingId } = this.options;
    const frames = (this.#offset - WAV_HEADER_BYTES) / BYTES_PER_FRAME;
    return {
      recordingId,
      path: this.#fileName,
      durationMs: Math.round((frames / SAMPLE_RATE_HZ) * 1000),
      bytes: this.#offset,
    };
  }

  /** Places the rest and counts it; `close` then waits for the disk. */
  finish(now: number): RecordingFigures {
    this.#write(this.#timeline.finish(now));
    return this.figures();
  }

  async close(): Promise<void> {
    if (this.#pending > 0) await new Promise<void>((resolve) => (this.#settled = resolve));
    if (this.#fd === undefined) return;
    try {
      writeSync(this.#fd, header(this.#offset - WAV_HEADER_BYTES), 0, WAV_HEADER_BYTES, 0);
    } finally {
      closeSync(this.#fd);
      this.#fd = undefined;
    }
  }

  get #fileName(): string {
    return `${this.options.callId}.wav`;
  }

  #write(samples: Int16Array): void {
    if (this.#fd === undefined || samples.length === 0) return;
    if (this.#pending >= MAX_PENDING_WRITES)
      return this.#give("the disk does not keep up with the recording", undefined);
    const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    const at = this.#offset;
    this.#offset += bytes.length;
    this.#pending++;
    write(this.#fd, bytes, 0, bytes.length, at, (error) => {
      this.#pending--;
      if (error) this.#give("cannot write the recording", error);
      if (this.#pending === 0) this.#settled?.();
    });
  }

  #give(what: string, error: unknown): void {
    this.options.log.error(
      { callId: this.options.callId, err: error },
      `${what}; the call goes on without a recording`,
    );
    if (this.#fd !== undefined && this.#pending === 0) {
      closeSync(this.#fd);
      this.#fd = undefined;
    }
  }
}

function header(dataBytes: number): Uint8Array {
  return wavHeader({ sampleRateHz: SAMPLE_RATE_HZ, channels: 2 }, dataBytes);
}
