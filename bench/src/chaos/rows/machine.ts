/** The machine beneath: disks that are full, a clock that steps, a database that is away. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monotonicMs } from "@sk-voice/engine/io/clock.ts";
import { eventually } from "../../../test/stack.ts";
import { openServer } from "../postgres.ts";
import type { Chaos, Own, Row } from "../row.ts";
import { Unavailable, unless } from "../row.ts";

/** A filesystem of `megabytes` at `folder`, which is made. @throws Unavailable without the right to mount. */
function mountSmall(folder: string, megabytes: number): () => void {
  mkdirSync(folder, { recursive: true });
  const mount = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder]);
  if (mount.exitCode !== 0) throw new Unavailable("mounting a small file system needs root");
  return () => {
    Bun.spawnSync(["umount", "-l", folder]);
  };
}

/** Writes until the file system of the folder is full. Returns how to undo it. */
function fill(folder: string): () => void {
  const file = join(folder, "ballast");
  Bun.spawnSync(["dd", "if=/dev/zero", `of=${file}`, "bs=64k"], { stderr: "ignore" });
  Bun.spawnSync(["sh", "-c", `cat /dev/zero >> "${file}"`], { stderr: "ignore" });
  return () => rmSync(file, { force: true });
}

async function conversation(chaos: Chaos): Promise<string> {
  const victim = chaos.caller();
  await victim.call();
  await victim.greeted();
  await victim.quiet();
  victim.say(chaos.question);
  await victim.reply();
  await victim.quiet();
  victim.hangUp();
  await victim.ended();
  return victim.heard;
}

function diskFull(name: string, fault: string, part: string, megabytes: number): Row {
  let folder = "";
  return {
    name,
    fault,
    prepare: (chaos): Own => {
      folder = join(chaos.folder, part);
      return { env: {}, undo: mountSmall(folder, megabytes) };
    },
    run: async (chaos) => {
      const empty = fill(folder);
      const faultMs = monotonicMs();
      const heard = await conversation(chaos);
      empty();
      await chaos.answersAgain(faultMs);
      const emptiedMs = monotonicMs();
      const problems = await chaos.settled();
      return { heard, recoveryMs: monotonicMs() - emptiedMs, problems };
    },
  };
}

export const diskRecordings = diskFull("disk-recordings", "disk full for recordings", "recordings", 4);
export const diskSpool = diskFull("disk-spool", "disk full for the spool", "spool", 4);
export const diskDatabase = diskFull("disk-pglite", "disk full for the embedded database", "db", 300);

const FAKETIME = [
  "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
  "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
];

export const clockSteps: Row = {
  name: "clock",
  fault: "clock stepped an hour ahead, then an hour back, in mid-call (libfaketime)",
  prepare: ({ folder }) => {
    const library = FAKETIME.find((path) => existsSync(path));
    if (library === undefined) throw new Unavailable("libfaketime is not installed (apt-get install faketime)");
    const file = join(folder, "faketime");
    writeFileSync(file, "+0");
    return {
      env: {
        LD_PRELOAD: library,
        FAKETIME_TIMESTAMP_FILE: file,
        FAKETIME_NO_CACHE: "1",
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
        DONT_FAKE_MONOTONIC: "1",
      },
    };
  },
  run: async (chaos) => {
    const file = join(chaos.stack.dataDir, "faketime");
    const victim = chaos.caller();
    await victim.call();
    await victim.greeted();
    const faultMs = monotonicMs();
    writeFileSync(file, "+3600");
    await victim.quiet();
    victim.say(chaos.question);
    await victim.reply();
    writeFileSync(file, "-3600");
    await victim.quiet();
    victim.say(chaos.question);
    await victim.reply();
    victim.hangUp();
    await victim.ended();
    const recoveryMs = await chaos.answersAgain(faultMs);
    return { heard: victim.heard, recoveryMs, problems: unless({ "no gap": victim.longestGapMs < 1500 }) };
  },
};

const SHORT_OUTAGE_MS = 8000;
const LONG_OUTAGE_MS = 300_000;

let server: Awaited<ReturnType<typeof openServer>> | undefined;

export const postgresStopped: Row = {
  name: "postgres",
  fault: "PostgreSQL stopped (8 s; 5 min in the long run) and started again",
  prepare: async () => {
    server = await openServer();
    return { env: { DATABASE_URL: server.url }, undo: () => server?.close() };
  },
  run: async (chaos) => {
    const outageMs = chaos.isLong ? LONG_OUTAGE_MS : SHORT_OUTAGE_MS;
    const faultMs = monotonicMs();
    server?.stop();
    const heard = await conversation(chaos);
    await Bun.sleep(Math.max(0, outageMs - (monotonicMs() - faultMs)));
    const backMs = monotonicMs();
    await server?.start();
    await eventually("the api", 60_000, async () => (await fetch(`${chaos.stack.apiUrl}/ready`)).ok);
    const problems = await chaos.settled(outageMs + 60_000);
    return { heard, recoveryMs: monotonicMs() - backMs, problems };
  },
};

/** A folder for one stack; its mounts must be gone before it is removed. */
export const stackFolder = () => mkdtempSync(join(tmpdir(), "sk-chaos-"));
