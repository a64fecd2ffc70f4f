/** A scenario on the wall clock: real SIP and RTP, a synthetic voice, our own recogniser for what she says. */

import { monotonicMs } from "@sk-voice/engine/io/clock.ts";
import { joinSamples } from "@sk-voice/media/pcm.ts";
import type { SttPort, TtsPort } from "@sk-voice/models/ports.ts";
import { Phone } from "../caller/phone.ts";
import { type Command, ScenarioRun } from "./run.ts";
import type { Scenario } from "./schema.ts";

export interface WallOptions {
  readonly uri: string;
  readonly from: string;
  readonly stt: SttPort;
  readonly tts: TtsPort;
  readonly voice: string;
}

/** Recognition of her words, and the way of a packet. */
const SLACK_MS = 2000;
const MAX_CALL_MS = 120_000;
const STEP_MS = 20;

/** Expectations of the engine's reports are left out: they are seen by the api, not by a caller. */
export async function runOnTheWire(scenario: Scenario, options: WallOptions): Promise<readonly string[]> {
  const audible = scenario.steps.filter(({ expect }) => !expect?.event.startsWith("call."));
  const lines = audible.flatMap(({ say, interrupt }) => say ?? interrupt?.say ?? []);
  const voices = new Map<string, Int16Array>();
  for (const line of lines) voices.set(line, await speak(options, line));
  const run = new ScenarioRun({ ...scenario, steps: audible }, SLACK_MS);
  const ended = Promise.withResolvers<void>();
  let leaving = false;
  let answeredMs: number | undefined;
  const since = (atMs: number) => atMs - (answeredMs ?? atMs);
  const phone = new Phone({
    uri: options.uri,
    from: options.from,
    onAnswered: (atMs) => {
      answeredMs = atMs;
    },
    onAudio: (atMs, samples) => {
      const turn = run.hear(since(atMs), samples);
      if (!turn) return;
      const saidMs = since(atMs);
      void recognise(options, turn).then((text) => run.event({ kind: "says", atMs: saidMs, text }));
    },
    onSaid: (atMs) => run.said(since(atMs)),
    onEnded: () => {
      if (!leaving) run.event({ kind: "hangs-up", atMs: since(monotonicMs()) });
      ended.resolve();
    },
  });
  const act = (command: Command): void => {
    if (command.type === "say") return phone.say(voices.get(command.text)!);
    if (command.type === "sound") throw new Error("only the virtual caller makes sounds without words");
    if (command.type === "press") return phone.press(command.keys);
    leaving = true;
    phone.hangUp();
  };
  const ticker = setInterval(() => {
    if (answeredMs === undefined) return;
    const now = since(monotonicMs());
    const command = run.step(now);
    if (command) act(command);
    else if ((run.done || now > MAX_CALL_MS) && !leaving) act({ type: "hang-up" });
  }, STEP_MS);
  await phone.dial();
  await ended.promise;
  clearInterval(ticker);
  run.finish();
  await phone.close();
  return run.failures;
}

async function speak({ tts, voice }: WallOptions, text: string): Promise<Int16Array> {
  const chunks: Int16Array[] = [];
  const request = { text, language: "en", voice };
  for await (const { samples } of tts.speak(request, new AbortController().signal)) chunks.push(samples);
  return joinSamples(chunks);
}

async function recognise({ stt }: WallOptions, samples: Int16Array): Promise<string> {
  const ears = stt.open({ language: "en" });
  ears.push(samples);
  const hint = { expects: "open", vocabulary: [], speechMs: samples.length / 8 } as const;
  const { text } = await ears.transcribe(hint, new AbortController().signal);
  ears.close();
  return text;
}
