/**
 * Moves closed recordings from the folder into the object storage (`recording/uploads` decides when). The local file goes when the object is there
 * whole: its length is the same, and so is its MD5 where the ETag is one, else its bytes, read back. Two engines may share a folder: they do the
 * same to a file, and the second finds it stored or gone.
 */
import { open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { explainS3, isThere, s3Options } from "@sk-voice/api/contract/recordings/s3.ts";
import { isClosed, isSealed, SEALED_HEADER_BYTES } from "@sk-voice/api/contract/recordings/sealed.ts";
import type { S3Settings } from "@sk-voice/api/contract/recordings/settings.ts";
import { Uploads } from "../recording/uploads.ts";
import { monotonicMs } from "./clock.ts";
import type { Log } from "./log.ts";

/** Not closed and not written to for so long: its engine died. */
const ABANDONED_MS = 600_000;
const WAV_DATA_SIZE_AT = 40;
/** Closed files looked for at a time. */
const MAX_NAMES = 1000;
/** A storage that fails is told of at once, then every minute. */
const COMPLAIN_EVERY_MS = 60_000;

export function openRecordingUploads(folder: string, s3: S3Settings | undefined, log: Log) {
  if (s3 === undefined) return undefined;
  const uploads = new RecordingUploads(folder, s3, log);
  uploads.start();
  return uploads;
}

export class RecordingUploads {
  readonly #core = new Uploads();
  readonly #client: Bun.S3Client;
  readonly #running = new Set<Promise<void>>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  #complainedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly folder: string,
    private readonly s3: S3Settings,
    private readonly log: Log,
    private readonly now: () => number = monotonicMs,
  ) {
    this.#client = new Bun.S3Client(s3Options(s3));
  }

  get waiting(): number {
    return this.#core.waiting;
  }

  start(): void {
    this.step();
  }

  /** Waits for what is under way. The rest is found again at the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await Promise.all(this.#running);
  }

  /** What is due now; `settled` waits for it. */
  step(): void {
    this.#core.handle(this.now(), { kind: "tick" });
    this.#drain();
  }

  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #drain(): void {
    for (let command = this.#core.poll(); command; command = this.#core.poll()) {
      if (this.#closed) return;
      const done = command.kind === "look" ? this.#look() : this.#upload(command.name);
      const kept = done.finally(() => this.#running.delete(kept));
      this.#running.add(kept);
    }
    clearTimeout(this.#timer);
    if (this.#closed) return;
    const waitMs = this.#core.deadline() - this.now();
    if (Number.isFinite(waitMs)) this.#timer = setTimeout(() => this.step(), Math.max(0, waitMs));
  }

  async #look(): Promise<void> {
    const names: string[] = [];
    const all = await readdir(this.folder).catch(() => []);
    for (const name of all.filter((other) => other.endsWith(".wav")).sort()) {
      if (names.length >= MAX_NAMES) break;
      if (await isOver(join(this.folder, name)).catch(() => false)) names.push(name);
    }
    this.#core.handle(this.now(), { kind: "found", names });
    this.#drain();
  }

  async #upload(name: string): Promise<void> {
    const path = join(this.folder, name);
    try {
      const stored = await this.#store(path, `${this.s3.prefix}${name}`);
      if (stored) await rm(path, { force: true });
      else
        this.log.error({ file: name }, "the object storage keeps other bytes than were sent; the recording stays here");
      this.#core.handle(this.now(), stored ? { kind: "gone", name } : { kind: "failed", name, fault: "file" });
    } catch (error) {
      const here = await stat(path).catch(() => undefined);
      if (here !== undefined) this.#complain(error);
      this.#core.handle(
        this.now(),
        here === undefined ? { kind: "gone", name } : { kind: "failed", name, fault: "storage" },
      );
    }
    this.#drain();
  }

  /** @returns whether it is there whole */
  async #store(path: string, key: string): Promise<boolean> {
    const file = Bun.file(path);
    const hash = await md5(file);
    if (await this.#holds(key, file, hash)) return true;
    await this.#client.file(key).write(file, { type: "audio/wav" });
    return this.#holds(key, file, hash);
  }

  async #holds(key: string, file: Bun.BunFile, hash: string): Promise<boolean> {
    const object = this.#client.file(key);
    if (!(await isThere(object))) return false;
    const { size, etag } = await object.stat();
    if (size !== file.size) return false;
    // Multipart uploads and storages that encrypt by themselves have other ETags.
    return etag.replaceAll('"', "") === hash || (await md5(object)) === hash;
  }

  #complain(error: unknown): void {
    const now = this.now();
    if (now - this.#complainedAtMs < COMPLAIN_EVERY_MS) return;
    this.#complainedAtMs = now;
    this.log.error(
      { waiting: this.waiting },
      `${explainS3(error, this.s3)} Recordings wait in ${this.folder} and are tried again.`,
    );
  }
}

async function md5(file: Blob): Promise<string> {
  const hasher = new Bun.CryptoHasher("md5");
  for await (const bytes of file.stream()) hasher.update(bytes);
  return hasher.digest("hex");
}

/** Closed by its engine, or left by one that died. */
async function isOver(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const header = Buffer.alloc(SEALED_HEADER_BYTES);
    await file.read(header, 0, header.length, 0);
    const closed = isSealed(header) ? isClosed(header) : header.readUInt32LE(WAV_DATA_SIZE_AT) > 0;
    return closed || Date.now() - (await file.stat()).mtimeMs > ABANDONED_MS;
  } finally {
    await file.close();
  }
}
