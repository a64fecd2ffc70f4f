/** Collects and fits the sound-class model: voice, music, tone, noise. */

import type { VadModel } from "../src/ports.ts";
import type { RobocallListener } from "../src/robocall/listener.ts";
import type { Mlp } from "../src/robocall/mlp.ts";
import { SOUND_CLASSES, SOUND_FEATURES, type SoundClass } from "../src/robocall/sound.ts";
import { Recording, Tape } from "./callers.ts";
import { randomChain } from "./chain.ts";
import type { Data, Label } from "./data.ts";
import { type Example, fit } from "./fit.ts";
import { Random } from "./random.ts";
import { type CallPlan, type Screen, simulate } from "./simulate.ts";
import { CADENCES, cadence, music, noise } from "./sounds.ts";

const VOICES: readonly Label[] = ["human", "human-conversation", "tts-robocall", "tts-neural", "ivr-recorded-voice"];
const UNTIL_MS = 9000;
/** Below this share of voiced windows two seconds of a voice are a pause, and count as noise. */
const VOICED = 0.3;

/** Keeps the two-second summaries of one call. */
class Collector implements Screen {
  readonly inputs: Float32Array[] = [];
  #nextMs = 2000;

  edge(): void {}
  agentStart(): void {}
  agentEnd(): void {}
  turn(): void {}
  tone(): void {}
  fingerprint(): void {}

  tick(now: number, listener: RobocallListener): undefined {
    if (now < this.#nextMs) return;
    this.#nextMs += 1000;
    const input = new Float32Array(SOUND_FEATURES);
    listener.soundFeatures(input);
    this.inputs.push(input);
  }
}

/** Examples of all classes from the accepted groups, `perClass` calls each. */
export async function soundExamples(
  data: Data,
  accepts: (group: string) => boolean,
  perClass: number,
  seed: number,
  vad: VadModel,
): Promise<Example[]> {
  const clips = data.clips.filter((clip) => accepts(clip.group));
  const calls: { label: SoundClass; collector: Collector; plan: CallPlan }[] = [];
  for (const label of SOUND_CLASSES) {
    for (let n = 0; n < perClass; n++) {
      const random = new Random(seed + 7919 * calls.length);
      const collector = new Collector();
      const tape = tapeOf(label, clips, random);
      const caller = new Recording(tape, { when: "answer", delayMs: 0 });
      calls.push({ label, collector, plan: { caller, chain: randomChain(random), screen: collector, random } });
    }
  }
  await simulate(
    calls.map(({ plan }) => plan),
    vad,
    UNTIL_MS,
  );
  return calls.flatMap(({ label, collector }) => collector.inputs.map((input) => example(label, input)));
}

function example(label: SoundClass, input: Float32Array): Example {
  const pause = label === "voice" && input[SOUND_FEATURES - 1]! < VOICED;
  return { input, label: SOUND_CLASSES.indexOf(pause ? "noise" : label), weight: 1 };
}

function tapeOf(label: SoundClass, clips: Data["clips"], random: Random): Tape {
  const real = (accepted: readonly Label[]) => clips.filter((clip) => accepted.includes(clip.label));
  const endless = (samples: ArrayLike<number>) => {
    const tape = new Tape(() => samples);
    tape.skip(random.integer(0, samples.length));
    return tape;
  };
  switch (label) {
    case "voice": {
      const voice = random.pick(VOICES.filter((each) => real([each]).length > 0));
      return new Tape(() => random.pick(real([voice])).samples);
    }
    case "music": {
      const recorded = real(["music"]);
      return endless(recorded.length > 0 && random.chance(0.5) ? random.pick(recorded).samples : music(random, 10));
    }
    case "tone":
      return endless(cadence(random.pick(CADENCES), 10 ** random.between(2.5, 4.2)));
    case "noise": {
      const recorded = real(["noise"]);
      if (random.chance(0.25)) return endless(new Float32Array(800));
      return endless(recorded.length > 0 && random.chance(0.3) ? random.pick(recorded).samples : noise(random, 10));
    }
  }
}

export function fitSound(examples: readonly Example[], seed: number): Mlp {
  return fit(examples, { seed, hidden: 24, classes: SOUND_CLASSES.length, epochs: 30, rate: 0.01, decay: 0.01 });
}
