/**
 * When which recording goes to the object storage. The folder is the queue: what lies in it has not been stored, so nothing is forgotten by a
 * restart. A storage that fails holds everything back (250 ms doubling to 30 s); a file that cannot be stored holds back itself.
 */
import type { Core } from "../core.ts";
import { retryDelayMs } from "../publish/retry.ts";

const LOOK_EVERY_MS = 5000;
const AT_ONCE = 2;
/** Remembered; the others are found again when these are gone. */
const MAX_WAITING = 1000;
const FILE_RETRY_MS = 60_000;

export type UploadEvent =
  | { readonly kind: "tick" }
  /** What lies in the folder, closed. */
  | { readonly kind: "found"; readonly names: readonly string[] }
  /** Stored, verified and removed here; or removed by somebody else. */
  | { readonly kind: "gone"; readonly name: string }
  | { readonly kind: "failed"; readonly name: string; readonly fault: "storage" | "file" };

export type UploadCommand = { readonly kind: "look" } | { readonly kind: "upload"; readonly name: string };

export class Uploads implements Core<UploadEvent, UploadCommand> {
  /** When each may be tried; `Infinity`: it is under way. */
  readonly #waiting = new Map<string, number>();
  readonly #commands: UploadCommand[] = [];
  #underWay = 0;
  #looking = false;
  #lookAtMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #storageAtMs = Number.NEGATIVE_INFINITY;

  get waiting(): number {
    return this.#waiting.size;
  }

  handle(now: number, event: UploadEvent): void {
    if (event.kind === "found") this.#found(now, event.names);
    else if (event.kind !== "tick") this.#settle(now, event);
    this.#begin(now);
  }

  poll(): UploadCommand | undefined {
    return this.#commands.shift();
  }

  deadline(): number {
    const look = this.#looking ? Number.POSITIVE_INFINITY : this.#lookAtMs;
    if (this.#underWay >= AT_ONCE) return look;
    const next = Math.min(Number.POSITIVE_INFINITY, ...this.#waiting.values());
    return Math.min(look, Math.max(next, this.#storageAtMs));
  }

  #found(now: number, names: readonly string[]): void {
    this.#looking = false;
    this.#lookAtMs = now + LOOK_EVERY_MS;
    const there = new Set(names);
    for (const [name, atMs] of this.#waiting) {
      if (!there.has(name) && atMs !== Number.POSITIVE_INFINITY) this.#waiting.delete(name);
    }
    for (const name of names) {
      if (this.#waiting.size >= MAX_WAITING) return;
      if (!this.#waiting.has(name)) this.#waiting.set(name, now);
    }
  }

  #settle(now: number, event: Extract<UploadEvent, { name: string }>): void {
    this.#underWay--;
    if (event.kind === "gone") {
      this.#waiting.delete(event.name);
      this.#failures = 0;
    } else if (event.fault === "file") this.#waiting.set(event.name, now + FILE_RETRY_MS);
    else {
      this.#waiting.set(event.name, now);
      this.#failures++;
      this.#storageAtMs = now + retryDelayMs(this.#failures);
    }
  }

  #begin(now: number): void {
    if (!this.#looking && now >= this.#lookAtMs) {
      this.#looking = true;
      this.#commands.push({ kind: "look" });
    }
    if (now < this.#storageAtMs) return;
    // While it fails one at a time finds out whether it is back.
    const atOnce = this.#failures > 0 ? 1 : AT_ONCE;
    for (const [name, atMs] of this.#waiting) {
      if (this.#underWay >= atOnce) return;
      if (atMs > now) continue;
      this.#waiting.set(name, Number.POSITIVE_INFINITY);
      this.#underWay++;
      this.#commands.push({ kind: "upload", name });
    }
  }
}
