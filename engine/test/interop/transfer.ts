import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openEmbeddedTts } from "@sk-voice/models/io/embedded-tts.ts";
import { Phone } from "../../../bench/src/caller/phone.ts";
import { eventually, Stack } from "../../../bench/test/stack.ts";
import { TestPhone } from "../phone/test-phone.ts";
import { tone, toneShare } from "../phone/tone.ts";

/** The whole of a warm transfer on the real processes: a caller asks for a human, the human is called by a trunk and presses 1. */

const CALLER_HZ = 500;
const HUMAN_HZ = 1100;
const HUMAN = "+914422334455";
const WINDOW = 4000;

export interface TransferResult {
  readonly whisperSeconds: number;
  readonly humanHeardCaller: number;
  readonly callerHeardHuman: number;
  readonly outcome: string | null;
  readonly left: { readonly calls: number; readonly transfers: number; readonly rtpPorts: number };
  readonly ok: boolean;
}

export async function runTransfer(folder: string, basePort: number): Promise<TransferResult> {
  const human = await TestPhone.open(HUMAN_HZ);
  const trunks = join(folder, "trunks.yaml");
  const outbound = { proxy: `sip:127.0.0.1:${human.sipPort}`, from: "suki", allowedPrefixes: ["+91"] };
  writeFileSync(trunks, JSON.stringify({ trunks: [{ name: "local", allow: ["127.0.0.0/8"], outbound }] }));
  const ports = { SK_RTP_PORT_MIN: String(basePort + 10), SK_RTP_PORT_MAX: String(basePort + 90) };
  const stack = await Stack.start({ basePort, env: { SK_TRUNKS: trunks, ...ports } });
  try {
    return await handOver(stack, human);
  } finally {
    await human.close();
    await stack.stop();
  }
}

async function handOver(stack: Stack, human: TestPhone): Promise<TransferResult> {
  const escalation = {
    transfer_to: HUMAN,
    keywords: [],
    topics: [],
    vip_numbers: [],
    sentiment_below: null,
    hours: "always",
  };
  await patchAgent(stack, { escalation });
  const heard = new Int16Array(8000);
  const talk = { isOver: false, answered: 0 };
  const caller = new Phone({
    uri: stack.sipUri,
    from: "+919845012345",
    onAudio: (_atMs, samples) => {
      heard.copyWithin(0, samples.length);
      heard.set(samples, heard.length - samples.length);
    },
    onSaid: () => {},
    onAnswered: () => {
      talk.answered = performance.now();
    },
    onEnded: () => {
      talk.isOver = true;
    },
  });
  await caller.dial();
  await eventually("the answer", 10_000, () => talk.answered > 0);
  await Bun.sleep(GREETING_MS);
  caller.say(await speech("I would like to speak to the manager please."));
  await eventually("the human's telephone answers", 60_000, () => human.events.some(({ kind }) => kind === "acked"));
  const startedAt = performance.now();
  await Bun.sleep(4000);
  human.press("1");
  caller.say(tone(CALLER_HZ, 0, 8000 * 20));
  const whisperSeconds = (performance.now() - startedAt) / 1000;
  let [humanHeardCaller, callerHeardHuman] = [0, 0];
  for (let waitedMs = 0; waitedMs < 10_000 && Math.min(humanHeardCaller, callerHeardHuman) < 0.9; waitedMs += 100) {
    await Bun.sleep(100);
    humanHeardCaller = Math.max(humanHeardCaller, toneShare(human.heard.subarray(-WINDOW), CALLER_HZ));
    callerHeardHuman = Math.max(callerHeardHuman, toneShare(heard.subarray(-WINDOW), HUMAN_HZ));
  }
  human.hangUp();
  await eventually("the end of the caller's call", 10_000, () => talk.isOver);
  await caller.close();
  await eventually("the outcome", 20_000, async () => (await outcomeOf(stack)) !== null);
  const { calls, transfers, rtpPorts } = (await stack.figures()) as unknown as TransferResult["left"];
  const left = { calls, transfers, rtpPorts };
  const outcome = await outcomeOf(stack);
  const isBridged = humanHeardCaller > 0.9 && callerHeardHuman > 0.9;
  const ok = isBridged && outcome === "escalated" && calls + transfers + rtpPorts === 0;
  return { whisperSeconds, humanHeardCaller, callerHeardHuman, outcome, left, ok };
}

/** Her greeting, said to its end. */
const GREETING_MS = 9000;

async function speech(text: string): Promise<Int16Array> {
  const tts = openEmbeddedTts({ voice: "rms" });
  const parts: Int16Array[] = [];
  const request = { text, language: "en", voice: "rms" };
  for await (const { samples } of tts.speak(request, new AbortController().signal)) parts.push(samples);
  await tts.close();
  const out = new Int16Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

async function patchAgent(stack: Stack, change: object): Promise<void> {
  const response = await fetch(`${stack.apiUrl}/voice/v1/agent`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${stack.testKey}`, "content-type": "application/json" },
    body: JSON.stringify({ ...change, via: "api" }),
  });
  if (!response.ok) throw new Error(`the agent's settings were not taken: ${response.status} ${await response.text()}`);
  // The engine asks for them every ten seconds.
  await Bun.sleep(11_500);
}

async function outcomeOf(stack: Stack): Promise<string | null> {
  const { data } = await stack.get<{ data: { outcome: string | null }[] }>("/voice/v1/calls");
  return data[0]?.outcome ?? null;
}

export function printTransfer({
  whisperSeconds,
  humanHeardCaller,
  callerHeardHuman,
  outcome,
  left,
  ok,
}: TransferResult): void {
  console.log(`the human listened ${whisperSeconds.toFixed(1)} s to the whisper and pressed 1`);
  console.log(
    `the human heard the caller's tone ${humanHeardCaller.toFixed(3)}, the caller the human's ${callerHeardHuman.toFixed(3)}`,
  );
  console.log(`outcome ${outcome}; left: ${JSON.stringify(left)}`);
  console.log(ok ? "ok" : "FAILED");
}
