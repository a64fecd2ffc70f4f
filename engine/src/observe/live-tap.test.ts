import { expect, test } from "bun:test";
import { pcmu } from "@sk-voice/media/g711/index.ts";
import { LiveTap } from "./live-tap.ts";

const frame = (value: number) => new Int16Array(160).fill(value);

test("levels are peaks since the last reading, and silence while nobody watches", () => {
  const tap = new LiveTap();
  tap.caller(frame(16384));
  expect(tap.levels()).toEqual({ callerDb: -100, agentDb: -100 });
  tap.watch(true);
  tap.caller(frame(100));
  tap.caller(frame(-16384));
  tap.agent(frame(-32768));
  expect(tap.levels()).toEqual({ callerDb: -6, agentDb: 0 });
  expect(tap.levels()).toEqual({ callerDb: -100, agentDb: -100 });
});

test("sound is kept while somebody listens, at most a second of it", () => {
  const tap = new LiveTap();
  tap.caller(frame(1000));
  expect(tap.sound()).toBeUndefined();
  tap.listen(true);
  tap.caller(frame(1000));
  for (let index = 0; index < 60; index++) tap.agent(frame(-1000));
  const sound = tap.sound()!;
  expect(sound.agent).toHaveLength(8000);
  const decoded = new Int16Array(160);
  pcmu.decode(sound.caller, decoded);
  expect(decoded[0]).toBeWithin(950, 1050);
  expect(tap.sound()?.caller).toHaveLength(0);
  tap.listen(false);
  expect(tap.sound()).toBeUndefined();
});
