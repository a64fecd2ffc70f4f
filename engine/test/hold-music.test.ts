/** Music on hold as the models hear it, in a whole call: she waits, and answers who comes back. */
import { afterAll, expect, test } from "bun:test";
import { openEmbeddedTts } from "@sk-voice/models/io/embedded-tts.ts";
import { openRobocallModels } from "@sk-voice/models/io/robocall.ts";
import { openSileroVad } from "@sk-voice/models/io/silero-vad.ts";
import { Spectrum } from "@sk-voice/models/robocall/spectrum.ts";
import { Random } from "../../models/train/random.ts";
import { music } from "../../models/train/sounds.ts";
import { CallScreening } from "../src/screening/call-screening.ts";
import { DEFAULT_SCREENING_POLICY } from "../src/screening/policy.ts";
import type { PartyFactory } from "../src/sim/party.ts";
import { simulateCall } from "../src/sim/world.ts";

const models = await openRobocallModels();
afterAll(() => models.close());

const QUESTION = "What are your opening hours?";
const [MUSIC_FROM_MS, MUSIC_TO_MS] = [8000, 24_000];
/** A song: a recogniser hears words in it, and it pauses. */
const [VERSE_MS, PAUSE_MS] = [3200, 800];

async function spoken(text: string): Promise<Int16Array> {
  const tts = openEmbeddedTts({ voice: "rms" });
  const samples: number[] = [];
  const { signal } = new AbortController();
  for await (const chunk of tts.speak({ text, language: "en", voice: "rms" }, signal)) samples.push(...chunk.samples);
  await tts.close();
  return Int16Array.from(samples);
}

const question = await spoken(QUESTION);

const party: PartyFactory = (onLine) => {
  const tune = music(new Random(3), 16);
  return {
    pausesMs: [],
    done: false,
    step: (now, _heard, said) => {
      const [source, from] = now < MUSIC_TO_MS ? [tune, MUSIC_FROM_MS] : [question, MUSIC_TO_MS + 1500];
      if (source === question && now === from) onLine(QUESTION, question.length / 8);
      const inVerseMs = (now - from) % (VERSE_MS + PAUSE_MS);
      if (source === tune && now >= from && inVerseMs === 0) onLine("Love me tonight.", VERSE_MS);
      if (source === tune && inVerseMs >= VERSE_MS) return;
      for (let n = 0; n < said.length; n++) said[n] = source[(now - from) * 8 + n] ?? 0;
    },
  };
};

test("music is waited for in silence, and a question after it answered", async () => {
  const pending = new Set<Promise<unknown>>();
  const said: { atMs: number; speaker: string; text: string }[] = [];
  await simulateCall({
    seed: 1,
    party,
    network: {},
    maxMs: 36_000,
    vad: await openSileroVad(),
    settled: async () => {
      await Promise.all(pending);
      pending.clear();
    },
    screening: (sinks) =>
      new CallScreening(
        {
          policy: { ...DEFAULT_SCREENING_POLICY, mode: "shadow" },
          from: null,
          signalling: undefined,
          models: {
            threshold: models.threshold,
            votes: models.votes,
            text: models.text,
            judge: async () => ({ all: 0, groups: {} }),
            classify: (features) => {
              const answer = models.classify(features);
              pending.add(answer);
              return answer;
            },
          },
          prints: undefined,
          spectrum: new Spectrum(),
        },
        sinks,
      ),
    observe: { caption: (atMs, speaker, text) => said.push({ atMs, speaker, text }) },
  });
  // What was heard before she was sure, she may have asked about once.
  const during = said.filter(
    ({ atMs, speaker }) => speaker === "agent" && atMs > MUSIC_FROM_MS + 7000 && atMs < MUSIC_TO_MS,
  );
  expect(during).toEqual([]);
  expect(said.at(-1)?.text).toMatch(/open/);
});
