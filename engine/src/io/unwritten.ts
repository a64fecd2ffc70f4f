/**
 * Writes that a full disk refused: kept in memory in their order and tried again until there is room. What stands here is lost with the process, so it
 * is said in the log; a call must not break because its report cannot be written yet.
 */
interface Write {
  /** A later write of the same key replaces an earlier one that waits. */
  readonly key: string | undefined;
  run: () => void;
}

/** A report is some kB. Beyond it the disk has been full for a day. */
const MAX_WAITING = 20_000;

export class Unwritten {
  #waiting: Write[] = [];

  get count(): number {
    return this.#waiting.length;
  }

  /** True when it is on the disk now; false when it waits. @throws the disk's error when too many wait. */
  write(key: string | undefined, run: () => void): boolean {
    this.retry();
    if (this.#waiting.length === 0 && succeeds(run)) return true;
    const earlier = key === undefined ? undefined : this.#waiting.find((write) => write.key === key);
    if (earlier) earlier.run = run;
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push({ key, run });
    else run();
    return false;
  }

  /** In order, until one fails again. */
  retry(): void {
    let written = 0;
    while (written < this.#waiting.length && succeeds(this.#waiting[written]!.run)) written++;
    if (written > 0) this.#waiting = this.#waiting.slice(written);
  }
}

function succeeds(run: () => void): boolean {
  try {
    run();
    return true;
  } catch {
    return false;
  }
}
