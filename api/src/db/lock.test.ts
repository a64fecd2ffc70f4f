import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../testing/suite.ts";
import { DirectoryLocked, lockDirectory, processStart } from "./lock.ts";

const folder = () => temporaryFolder("lock");
const holder = (directory: string, value: unknown) =>
  writeFileSync(join(directory, "lock.json"), JSON.stringify(value));
const self = { pid: process.pid, start: processStart(process.pid) };
const dead = { pid: 1_999_999, start: "1" };

describe("the directory lock", () => {
  test("one at a time, free again when released", async () => {
    const directory = folder();
    const release = await lockDirectory(directory, process.pid);
    expect(lockDirectory(directory, process.pid)).rejects.toThrow(DirectoryLocked);
    release();
    (await lockDirectory(directory, process.pid))();
  });

  test("a dead holder, a holder whose pid is another process now, and a torn file do not count", async () => {
    for (const left of [
      { ...dead, parentPid: 1, parentStart: "1" },
      { pid: process.pid, start: "0", parentPid: 1, parentStart: "1" },
      "torn",
    ]) {
      const directory = folder();
      holder(directory, left);
      (await lockDirectory(directory, process.pid))();
    }
  });

  test("a living database whose api is dead is waited for, then ended", async () => {
    const directory = folder();
    const orphan = Bun.spawn(["sleep", "60"]);
    holder(directory, {
      pid: orphan.pid,
      start: processStart(orphan.pid),
      parentPid: dead.pid,
      parentStart: dead.start,
    });
    (await lockDirectory(directory, self.pid))();
    expect(await orphan.exited).not.toBe(0);
  });
});
