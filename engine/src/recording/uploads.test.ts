import { expect, test } from "bun:test";
import { type UploadCommand, Uploads } from "./uploads.ts";

/** A storage on a virtual clock: `works` says whether it takes anything. */
function play(uploads: Uploads, folder: Set<string>, works: (now: number) => boolean, untilMs: number) {
  const tries: { now: number; name: string }[] = [];
  let most = 0;
  for (let now = 0; now <= untilMs; ) {
    uploads.handle(now, { kind: "tick" });
    const commands: UploadCommand[] = [];
    for (let command = uploads.poll(); command; command = uploads.poll()) commands.push(command);
    most = Math.max(most, commands.filter(({ kind }) => kind === "upload").length);
    for (const command of commands) {
      if (command.kind === "look") uploads.handle(now, { kind: "found", names: [...folder] });
      else {
        tries.push({ now, name: command.name });
        if (works(now)) {
          folder.delete(command.name);
          uploads.handle(now, { kind: "gone", name: command.name });
        } else uploads.handle(now, { kind: "failed", name: command.name, fault: "storage" });
      }
    }
    now = Math.max(now + 1, uploads.deadline());
  }
  return { tries, most };
}

test("a storage that is away for an hour loses nothing and is asked ever less often", () => {
  const folder = new Set(["cal_1.wav", "cal_2.wav", "cal_3.wav"]);
  const uploads = new Uploads();
  const HOUR_MS = 3_600_000;
  const { tries, most } = play(uploads, folder, (now) => now >= HOUR_MS, HOUR_MS + 60_000);
  expect(folder.size).toBe(0);
  expect(uploads.waiting).toBe(0);
  const failed = tries.filter(({ now }) => now < HOUR_MS).map(({ now }) => now);
  expect(failed.length).toBeLessThan(140);
  const gaps = failed.slice(1).map((now, index) => now - failed[index]!);
  expect(Math.max(...gaps)).toBe(30_000);
  expect(gaps.slice(2, 8)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000]);
  expect(most).toBeLessThanOrEqual(2);
});

test("a file that cannot be stored is tried again a minute later and holds nobody else back", () => {
  const uploads = new Uploads();
  uploads.handle(0, { kind: "tick" });
  expect(uploads.poll()).toEqual({ kind: "look" });
  uploads.handle(0, { kind: "found", names: ["a", "b", "c"] });
  uploads.handle(10, { kind: "failed", name: "a", fault: "file" });
  uploads.handle(20, { kind: "gone", name: "b" });
  const names = [];
  for (let command = uploads.poll(); command; command = uploads.poll())
    names.push(command.kind === "upload" ? command.name : "");
  expect(names).toEqual(["a", "b", "c"]);
  uploads.handle(30, { kind: "gone", name: "c" });
  expect(uploads.waiting).toBe(1);
  expect(uploads.deadline()).toBe(5000);
});

test("it remembers a thousand, and what somebody else removed no more", () => {
  const uploads = new Uploads();
  uploads.handle(0, { kind: "found", names: Array.from({ length: 5000 }, (_, index) => `${index}`) });
  expect(uploads.waiting).toBe(1000);
  uploads.handle(1, { kind: "found", names: [] });
  expect(uploads.waiting).toBe(2);
});
