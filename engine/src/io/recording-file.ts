/**
 * A stereo WAV that grows on disk while the call runs, so that no call is held in memory. The header is written first with sizes of
 * zero and corrected at the end; a file whose engine died is readable by its length. A full disk ends the recording, not the call.
 */
import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import type { RecordingKey } from "@sk-voice/api/contract/recordings/sealed.ts";
import { WAV_HEADER_BYTES, wavHeader } from "@sk-voice/media/wav.ts";
import { ulid } from "ulid";
import type { RecordingFigures } from "../call/record.ts";
import { type Layout, type Piece, plainLayout, sealedLayout } from "../recording/layout.ts";
import { StereoTimeline } from "../recording/stereo.ts";
import { monotonicMs } from "./clock.ts";
import type { Log } from "./log.ts";

const SAMPLE_RATE_HZ = 8000;
const BYTES_PER_FRAME = 4;
/** Written in pieces of a second. */
const FLUSH_FRAMES = 8000;
/** Writes waiting for the disk; beyond it the recording ends: the disk does not keep up. */
const MAX_PENDING_WRITES = 32;

/** Plain data: it goes to the media threads. */
export interface RecordingPlace {
  readonly folder: string;
  /** Encrypts; `undefined`: plain WAV. */
  readonly key: RecordingKey | undefined;
}

export interface RecordingOptions extends RecordingPlace {
  readonly callId: string;
  readonly recordingId: string;
  readonly startMs: number;
  readonly log: Log;
}

export function recordCall(callId: string, place: RecordingPlace, log: Log): RecordingFile {
  return new RecordingFile({ ...place, callId, recordingId: `rec_${ulid()}`, startMs: monotonicMs(), log });
}

export class RecordingFile {
  readonly #timeline: StereoTimeline;
  readonly #layout: Layout;
  #file: FileHandle | undefined;
  /** Of the WAV, encrypted or not. */
  #offset = WAV_HEADER_BYTES;
  #pending = 0;
  /** It has ended before the call. */
  #ended = false;
  /** What is asked of the disk, one after the other. The media thread waits for none of it. */
  #disk: Promise<void>;

  constructor(private readonly options: RecordingOptions) {
    const { startMs, key, recordingId } = options;
    this.#timeline = new StereoTimeline(startMs);
    this.#layout = key === undefined ? plainLayout() : sealedLayout(key, recordingId, randomBytes);
    this.#disk = this.#create().catch((error: unknown) => this.#give("cannot create the recording", error));
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
    const { recordingId, key } = this.options;
    const frames = (this.#offset - WAV_HEADER_BYTES) / BYTES_PER_FRAME;
    return {
      recordingId,
      path: this.#fileName,
      durationMs: Math.round((frames / SAMPLE_RATE_HZ) * 1000),
      bytes: this.#offset,
      ...(key === undefined ? {} : { keyId: key.id }),
    };
  }

  /** Places the rest and counts it; `close` then waits for the disk. */
  finish(now: number): RecordingFigures {
    this.#write(this.#timeline.finish(now));
    return this.figures();
  }

  async close(): Promise<void> {
    if (!this.#ended) for (const piece of this.#layout.rest()) this.#enqueue(piece);
    await this.#disk;
    const file = this.#file;
    this.#file = undefined;
    if (!file) return;
    try {
      await this.#writeHeader(file, this.#offset - WAV_HEADER_BYTES);
    } finally {
      await file.close();
    }
  }

  get #fileName(): string {
    return `${this.options.callId}.wav`;
  }

  async #create(): Promise<void> {
    const { folder } = this.options;
    await mkdir(folder, { recursive: true });
    this.#file = await open(join(folder, this.#fileName), "w", 0o600);
    await this.#writeHeader(this.#file, undefined);
  }

  async #writeHeader(file: FileHandle, bodyBytes: number | undefined): Promise<void> {
    const wav = wavHeader({ sampleRateHz: SAMPLE_RATE_HZ, channels: 2 }, bodyBytes ?? 0);
    const header = this.#layout.header(wav, bodyBytes);
    await file.write(header, 0, header.length, 0);
  }

  #write(samples: Int16Array): void {
    if (this.#ended || samples.length === 0) return;
    if (this.#pending >= MAX_PENDING_WRITES) {
      this.#disk = this.#disk.then(() => this.#give("the disk does not keep up with the recording", undefined));
      this.#ended = true;
      return;
    }
    const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    this.#offset += bytes.length;
    for (const piece of this.#layout.add(bytes)) this.#enqueue(piece);
  }

  #enqueue({ bytes, at }: Piece): void {
    this.#pending++;
    this.#disk = this.#disk
      .then(async () => void (await this.#file?.write(bytes, 0, bytes.length, at)))
      .catch((error: unknown) => this.#give("cannot write the recording", error))
      .finally(() => this.#pending--);
  }

  async #give(what: string, error: unknown): Promise<void> {
    this.#ended = true;
    this.options.log.error(
      { callId: this.options.callId, err: error },
      `${what}; the call goes on without a recording`,
    );
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}
