import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLog } from "./log.ts";
import { openTape, TAPE_SUFFIX } from "./tape-file.ts";

const folder = mkdtempSync(join(tmpdir(), "sk-tapes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const log = createLog({ level: "error", name: "test" });
const settings = { folder, maxBytes: 1000, maxTapes: 2 };

/** Writes are the operating system's; the file is whole when its size no longer changes. */
async function written(callId: string): Promise<string> {
  const path = join(folder, `${callId}${TAPE_SUFFIX}`);
  for (let before = -1, size = 0; size !== before || size === 0; size = statSync(path).size) {
    before = size;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return readFileSync(path, "utf8");
}

test("a tape is a file of its lines for the engine's user alone", async () => {
  const tape = openTape(settings, "cal_1", log)!;
  for (const line of ["a", "b", "c"]) tape.write(line);
  tape.close();
  expect(await written("cal_1")).toBe("a\nb\nc\n");
  expect(statSync(join(folder, `cal_1${TAPE_SUFFIX}`)).mode & 0o777).toBe(0o600);
});

test("a tape that is full ends, and the call goes on", () => {
  const quiet = { ...log, warn: () => {} } as typeof log;
  const tape = openTape(settings, "cal_2", quiet)!;
  tape.write("x".repeat(900));
  tape.write("y".repeat(900));
  tape.write("z");
  tape.close();
  expect(statSync(join(folder, `cal_2${TAPE_SUFFIX}`)).size).toBeLessThan(1000);
});

test("the oldest go, other files stay, and without a folder there is no tape", () => {
  writeFileSync(join(folder, "notes.txt"), "mine");
  openTape(settings, "cal_3", log)?.close();
  expect(readdirSync(folder).sort()).toEqual([`cal_2${TAPE_SUFFIX}`, `cal_3${TAPE_SUFFIX}`, "notes.txt"]);
  expect(openTape({ ...settings, folder: "" }, "cal_4", log)).toBeUndefined();
});
