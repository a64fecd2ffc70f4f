/** A call is recorded, and what it sent and reported comes out of its tape again, bit for bit. */
import { describe, expect, test } from "bun:test";
import { decodeTape } from "../src/replay/tape.ts";
import { interruptingParty, scriptedParty } from "../src/sim/party.ts";
import { playTape } from "../src/sim/player/player.ts";
import { bookingCaller, linesInOrder } from "../src/sim/script.ts";
import { simulateCall, type WorldOptions } from "../src/sim/world.ts";
import { DEFAULT_TURN_OPTIONS } from "../src/talk/turn-events.ts";

async function recorded(options: Partial<WorldOptions>): Promise<string> {
  const lines: string[] = [];
  await simulateCall({
    seed: 7,
    party: scriptedParty(bookingCaller("I'd like to book a haircut for tomorrow at three pm.")),
    network: { delayMs: 20, jitterMs: 8, lossInGood: 0.02 },
    maxMs: 60_000,
    ...options,
    tape: { write: (line) => lines.push(line), close: () => {} },
  });
  return lines.join("\n");
}

describe("a tape played again", () => {
  const calls: Record<string, Partial<WorldOptions>> = {
    "a booking on a bad line": {},
    "a caller who interrupts": {
      party: interruptingParty(["What are your opening hours?", "Stop.", "No, thank you. Goodbye."], 900),
    },
    "providers that die": {
      faults: [
        { provider: "llm", kind: "cut", fromMs: 3000, untilMs: 9000 },
        { provider: "tts", kind: "dead", fromMs: 9000, untilMs: 14_000 },
        { provider: "stt", kind: "slow", fromMs: 14_000, untilMs: 40_000 },
        { provider: "vad", kind: "dead", fromMs: 16_000, untilMs: 17_000 },
      ],
    },
    "a caller on hold": {
      party: scriptedParty(linesInOrder(["What are your opening hours?", "Goodbye."])),
      reinvites: [
        { atMs: 4000, terms: { sending: false } },
        { atMs: 6000, terms: {} },
      ],
    },
  };
  for (const [name, options] of Object.entries(calls)) {
    test(name, async () => {
      const tape = decodeTape(await recorded(options));
      const played = await playTape(tape);
      expect(played.differences).toEqual([]);
      expect(played.unknown).toBe(0);
      expect(played.packets).toBeGreaterThan(100);
    });
  }
});

test("a tape whose caller was changed does not pass for the same", async () => {
  const text = await recorded({ maxMs: 12_000 });
  const changed = decodeTape(text).map((entry) =>
    entry.kind === "voice" ? { ...entry, probability: 1 - entry.probability } : entry,
  );
  expect((await playTape(changed)).differences).not.toEqual([]);
});

test("another policy is played from the same tape", async () => {
  const tape = decodeTape(
    await recorded({ party: scriptedParty(linesInOrder(["What are your opening hours?", "Goodbye."])) }),
  );
  const endpointing = async (endpoint: object) => {
    const { report } = await playTape(tape, {
      policy: { ...DEFAULT_TURN_OPTIONS, endpoint: { ...DEFAULT_TURN_OPTIONS.endpoint, ...endpoint } },
    });
    return report?.type === "call.completed" ? report.turns[0]?.endpointing_ms : undefined;
  };
  expect(await endpointing({})).toBe(450);
  expect(await endpointing({ fixedMs: 800 })).toBe(800);
});

test("what is no tape is refused with the place", () => {
  expect(() => decodeTape('{"kind":"tick"}')).toThrow("this is no tape");
  expect(() => decodeTape('{"kind":"begin","version":1}\n{"kin')).toThrow("line 2");
  expect(() => decodeTape('{"kind":"begin","version":99}')).toThrow("version 99");
});
