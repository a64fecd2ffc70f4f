/**
 * One process per database directory. PGlite takes no lock itself: two processes on one directory lost 86 of 300 acknowledged rows.
 * The lock names its holder by pid and start time (pids repeat, above all in containers) and the holder's parent, so that a database
 * process whose api was killed is recognised as on its way out and does not block the restart.
 */
import { linkSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const Holder = z.object({ pid: z.number(), start: z.string(), parentPid: z.number(), parentStart: z.string() });
type Holder = z.infer<typeof Holder>;

/** The directory belongs to a living process. The message is for the operator. */
export class DirectoryLocked extends Error {
  override name = "DirectoryLocked";
}

/** Start time of a process as the kernel tells it; empty when there is no such process. */
export function processStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // Field 2 is the name in parentheses and may hold anything; field 22, counted from there, is the start time. Z is dead, unreaped.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? "" : (fields[19] ?? "");
  } catch {
    return processStartByPs(pid);
  }
}

/** For systems without /proc. */
function processStartByPs(pid: number): string {
  try {
    process.kill(pid, 0);
  } catch {
    return "";
  }
  return Bun.spawnSync(["ps", "-o", "lstart=", "-p", String(pid)])
    .stdout.toString()
    .trim();
}

function readHolder(file: string): Holder | undefined {
  try {
    return Holder.safeParse(JSON.parse(readFileSync(file, "utf8"))).data;
  } catch {
    return undefined;
  }
}

const alive = (pid: number, start: string) => start !== "" && processStart(pid) === start;

/** How long a database process may take to leave after its api died; measured 0.1 s, then it is ended by force. */
const ORPHAN_GRACE_MS = 3000;

/**
 * Takes the lock or throws `DirectoryLocked`. Waits for a holder whose parent is dead, then ends it.
 * @returns releases the lock
 */
export async function lockDirectory(directory: string, parentPid: number): Promise<() => void> {
  const file = join(directory, "lock.json");
  const own: Holder = {
    pid: process.pid,
    start: processStart(process.pid),
    parentPid,
    parentStart: processStart(parentPid),
  };
  const mine = join(directory, `lock.${process.pid}.tmp`);
  writeFileSync(mine, JSON.stringify(own), { mode: 0o600 });
  try {
    const giveUpAt = performance.now() + ORPHAN_GRACE_MS;
    for (;;) {
      if (tryLink(mine, file)) return () => rmSync(file, { force: true });
      const holder = readHolder(file);
      if (holder === undefined || !alive(holder.pid, holder.start)) {
        breakLock(file, holder);
      } else if (alive(holder.parentPid, holder.parentStart)) {
        throw new DirectoryLocked(
          `The database in ${directory} is in use by process ${holder.parentPid}; stop it, or set SK_DATA_DIR to another folder.`,
        );
      } else {
        if (performance.now() > giveUpAt) process.kill(holder.pid, "SIGKILL");
        await Bun.sleep(50);
      }
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** `link` is atomic and the file has its content from the first moment. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/** Moves a dead holder's lock away; puts it back when another process was quicker and the lock is already a new one. */
function breakLock(file: string, dead: Holder | undefined): void {
  const aside = `${file}.${process.pid}.dead`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const taken = readHolder(aside);
  if (taken !== undefined && (taken.pid !== dead?.pid || taken.start !== dead.start)) tryLink(aside, file);
  unlinkSync(aside);
}
