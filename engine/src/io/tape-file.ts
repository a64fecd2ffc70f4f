/**
 * Tapes of calls on disk, one file each, for `bun run replay`. Off unless a folder is set: a tape is as private as a recording, and is
 * erased by whoever keeps the folder. Bounded in size and number; what exceeds them, or a disk that does not keep up, ends the tape and
 * not the call.
 */
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, write } from "node:fs";
import { join } from "node:path";
import type { TapeSink } from "../replay/taped-session.ts";
import type { Log } from "./log.ts";

export const TAPE_SUFFIX = ".tape.ndjson";
/** Written in pieces, so that ticks do not wait for the disk line by line. */
const PIECE_BYTES = 64 * 1024;
const MAX_PENDING_WRITES = 32;

export interface TapeSettings {
  /** Empty: no call is taped. */
  readonly folder: string;
  /** Of one tape. */
  readonly maxBytes: number;
  /** The oldest are removed. */
  readonly maxTapes: number;
}

/** `undefined` when no tape is to be made, or none can be. */
export function openTape(settings: TapeSettings, callId: string, log: Log): TapeSink | undefined {
  if (settings.folder === "") return undefined;
  try {
    mkdirSync(settings.folder, { recursive: true });
    forgetOldest(settings);
    return new TapeFile(openSync(join(settings.folder, `${callId}${TAPE_SUFFIX}`), "w", 0o600), settings, callId, log);
  } catch (err) {
    log.error({ callId, err }, "the tape cannot be created; the call goes on without");
    return undefined;
  }
}

/** Calls' ids sort by time. */
function forgetOldest({ folder, maxTapes }: TapeSettings): void {
  const tapes = readdirSync(folder).filter((name) => name.endsWith(TAPE_SUFFIX));
  for (const name of tapes.sort().slice(0, Math.max(0, tapes.length - maxTapes + 1))) rmSync(join(folder, name));
}

class TapeFile implements TapeSink {
  #lines: string[] = [];
  #waitingBytes = 0;
  #bytes = 0;
  #pending = 0;
  #open = true;

  constructor(
    private readonly fd: number,
    private readonly settings: TapeSettings,
    private readonly callId: string,
    private readonly log: Log,
  ) {}

  write(line: string): void {
    if (!this.#open) return;
    this.#bytes += line.length + 1;
    if (this.#bytes > this.settings.maxBytes) {
      this.#flush();
      return this.#giveUp("the tape is full", undefined);
    }
    this.#lines.push(line);
    this.#waitingBytes += line.length + 1;
    if (this.#waitingBytes >= PIECE_BYTES) this.#flush();
  }

  close(): void {
    if (!this.#open) return;
    this.#flush();
    this.#open = false;
    this.#release();
  }

  #flush(): void {
    if (this.#lines.length === 0) return;
    if (this.#pending >= MAX_PENDING_WRITES) return this.#giveUp("the disk does not keep up with the tape", undefined);
    const piece = Buffer.from(`${this.#lines.join("\n")}\n`);
    this.#lines = [];
    this.#waitingBytes = 0;
    this.#pending++;
    write(this.fd, piece, 0, piece.length, null, (err) => {
      this.#pending--;
      if (err) this.#giveUp("the tape cannot be written", err);
      this.#release();
    });
  }

  #giveUp(why: string, err: unknown): void {
    if (!this.#open) return;
    this.#open = false;
    this.#lines = [];
    this.log.warn({ callId: this.callId, err }, `${why}; the call goes on without`);
    this.#release();
  }

  #release(): void {
    if (!this.#open && this.#pending === 0) closeSync(this.fd);
  }
}
