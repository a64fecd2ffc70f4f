import { expect, test } from "bun:test";
import type { SoundClass } from "@sk-voice/models/robocall/sound.ts";
import { HoldMusic } from "./hold-music.ts";

/** One class a second; whether it plays at the end of each. */
function heard(classes: readonly (SoundClass | undefined)[]): boolean[] {
  const music = new HoldMusic();
  return classes.map((sound, second) => {
    for (let ms = 0; ms < 1000; ms += 20) music.step(second * 1000 + ms, sound);
    return music.playing;
  });
}

test("two seconds of music are hold, and voice ends it at once", () => {
  expect(heard(["voice", "music", "music", "music", "voice"])).toEqual([false, false, false, true, false]);
});

test("one answer of the model is no hold", () => {
  expect(heard(["voice", "music", "voice", "music", "noise"])).toEqual([false, false, false, false, false]);
});

test("a pause between two pieces is hold; three seconds without music are none", () => {
  expect(heard(["music", "music", "music", "noise", undefined, "music"])).toEqual([
    false,
    false,
    true,
    true,
    true,
    true,
  ]);
  expect(heard(["music", "music", "music", "noise", "tone", "noise", "noise"]).at(-1)).toBe(false);
});
