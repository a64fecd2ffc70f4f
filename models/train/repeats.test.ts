import { expect, test } from "bun:test";
import type { VadModel } from "../src/ports.ts";
import type { FingerprintMatch } from "../src/robocall/fingerprint-store.ts";
import { FingerprintStore } from "../src/robocall/fingerprint-store.ts";
import type { RobocallListener } from "../src/robocall/listener.ts";
import { EnergyVoice } from "../src/vad/energy.ts";
import { babble } from "../test/babble.ts";
import type { Data } from "./data.ts";
import { population } from "./population.ts";
import { type Screen, simulate } from "./simulate.ts";

const GROUPS = 6;
const clips = Array.from({ length: GROUPS }, (_, n) => ({
  file: `${n}.wav`,
  label: "tts-robocall" as const,
  group: `campaign:${n}`,
  samples: Int16Array.from(babble(n + 1, 10), (x) => x * 20_000),
}));
const data: Data = { folder: "", clips, hash: "" };

const voices = new Map<object, EnergyVoice>();
const vad: VadModel = {
  name: "energy",
  windowSamples: 256,
  createState: () => {
    const state = { tensors: [], context: new Float32Array(0) };
    voices.set(state, new EnergyVoice());
    return state as never;
  },
  infer: async (windows, states, out) => {
    states.forEach((state, index) => {
      out[index] = voices.get(state)!.push(windows.subarray(index * 256, (index + 1) * 256));
    });
  },
  close: async () => {},
};

/** Asks who is calling as the gate does, over the recording and again, until it is sure. */
class Asking implements Screen {
  match: FingerprintMatch | undefined;
  #speech = 0;
  #speaking = false;
  #asked = 0;
  constructor(private readonly learn: ((listener: RobocallListener) => void) | undefined) {}
  edge({ type }: { readonly type: string }): void {
    this.#speaking = type === "speech-start";
  }
  agentStart(): void {}
  agentEnd(): void {}
  turn(): void {}
  tone(): void {}
  fingerprint(match: FingerprintMatch): void {
    this.match = match;
  }
  tick(_now: number, listener: RobocallListener): "interject" | "over" | undefined {
    if (this.#speaking) this.#speech++;
    if (this.match) return "over";
    if (this.#speech > 160) {
      this.learn?.(listener);
      return "over";
    }
    if (this.#asked >= 2 || this.#speech < 31 + 60 * this.#asked) return undefined;
    this.#asked++;
    return "interject";
  }
}

/** Which recordings phoned, and which print each was recognised by. */
async function phone(seed: number, take: number, store: FingerprintStore, learns: boolean) {
  const plans = population(data, { seed, accepts: () => true, people: 0, recordings: 6, take })
    .filter(({ kind }) => kind === "tts-robocall")
    .map((planned) => {
      const learn = learns
        ? (listener: RobocallListener) => store.remember(planned.file, listener.print, 0)
        : undefined;
      return { ...planned, screen: new Asking(learn), ...(learns ? {} : { store }) };
    });
  await simulate(plans, vad, 15_000);
  return plans.map(({ file, screen }) => ({ file, known: screen.match?.id }));
}

test("a recording that phones again over another line is recognised by its print, although she talked over it both times", async () => {
  const store = new FingerprintStore();
  const first = await phone(1, 0, store, true);
  const again = await phone(1, 1, store, false);
  expect(again.map(({ file }) => file)).toEqual(first.map(({ file }) => file));
  const wrong = again.filter(({ file, known }) => known !== undefined && known !== file);
  expect(wrong).toEqual([]);
  expect(again.filter(({ known }) => known !== undefined).length).toBeGreaterThanOrEqual(3);
}, 30_000);
