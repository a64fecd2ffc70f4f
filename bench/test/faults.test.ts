/** Processes killed where it hurts: nothing that was answered is lost, nothing is told twice under another id. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { linesInOrder } from "@sk-voice/engine/sim/script.ts";
import { openEmbeddedStt } from "@sk-voice/models/io/embedded-stt.ts";
import { openEmbeddedTts } from "@sk-voice/models/io/embedded-tts.ts";
import { converse } from "../src/caller/conversation.ts";
import { receiveWebhooks, type WebhookReceiver } from "../src/caller/webhooks.ts";
import { eventually, Stack } from "./stack.ts";

interface EventRow {
  readonly id: string;
  readonly type: string;
  readonly data: { readonly id?: string; readonly call_id?: string; readonly outcome?: string };
}

interface CallRow {
  readonly id: string;
  readonly status: string;
  readonly outcome: string | null;
  readonly ended_by: string | null;
}

const TEST_MS = 120_000;
let stack: Stack;
let receiver: WebhookReceiver;
const stt = openEmbeddedStt({ model: "tiny" });
const tts = openEmbeddedTts({ voice: "rms" });

beforeAll(async () => {
  stack = await Stack.start({ basePort: 17_100, env: { SK_DRAIN_SECONDS: "60" } });
  await Promise.all([stt.warm(), tts.warm()]);
  receiver = await receiveWebhooks({ url: stack.apiUrl, key: stack.testKey }, () => {});
}, TEST_MS);

afterAll(async () => {
  await receiver?.close();
  await stack?.stop();
  await Promise.all([stt.close(), tts.close()]);
}, 30_000);

const call = (lines: readonly string[], maxMs = 60_000) =>
  converse({ uri: stack.sipUri, from: "+919845099999", script: linesInOrder(lines), stt, tts, voice: "rms", maxMs });

const calls = async () => (await stack.get<{ data: CallRow[] }>("/voice/v1/calls?limit=100")).data;
const completedEvents = async () =>
  (await stack.get<{ data: EventRow[] }>("/voice/v1/events?limit=100")).data.filter(
    ({ type }) => type === "call.completed",
  );

test(
  "the api is killed in mid-call: she goes on, and the outcome is stored and told once when it is back",
  async () => {
    const talking = call(["What are your opening hours?", "Thank you. Goodbye."]);
    await eventually("the call", 10_000, async () => (await stack.figures()).answeredCalls === 1);
    await Bun.sleep(3000);
    await stack.kill("api", "SIGKILL");
    const result = await talking;
    expect(result.turns.filter(({ speaker }) => speaker === "her").length).toBeGreaterThan(1);
    await eventually("the report in the spool", 10_000, async () => (await stack.figures()).spool.waiting > 0);
    await stack.launch("api");
    await eventually("the outcome", 40_000, async () => (await calls()).some(({ status }) => status === "completed"));
    expect(await calls()).toHaveLength(1);
    await eventually("the event", 20_000, () => receiver.events.some(({ type }) => type === "call.completed"));
    expect(receiver.events.every(({ verified }) => verified)).toBe(true);
  },
  TEST_MS,
);

test(
  "the engine is killed right after hang-up: the outcome is stored once, its event keeps one id",
  async () => {
    await call(["Where are you located?"]);
    await stack.kill("engine", "SIGKILL");
    await stack.launch("engine");
    await eventually(
      "the outcome",
      30_000,
      async () => (await calls()).filter(({ status }) => status === "completed").length === 2,
    );
    const told = await completedEvents();
    expect(new Set(told.map(({ id }) => id)).size).toBe(2);
    await eventually(
      "the event",
      20_000,
      () => receiver.events.filter(({ type }) => type === "call.completed").length === 2,
    );
  },
  TEST_MS,
);

test(
  "the engine is killed in mid-call: the call is told as ended by the restart, with what was said so far",
  async () => {
    const talking = call(["What are your opening hours?", "And on Sunday?"], 15_000);
    await eventually("the call", 10_000, async () => (await stack.figures()).calls === 1);
    await Bun.sleep(9000);
    await stack.kill("engine", "SIGKILL");
    await stack.launch("engine");
    await eventually(
      "the outcome",
      30_000,
      async () => (await calls()).filter(({ status }) => status === "completed").length === 3,
    );
    const [latest] = await calls();
    expect(latest).toMatchObject({ ended_by: "engine_restart" });
    const { lines } = await stack.get<{ lines: { speaker: string }[] }>(`/voice/v1/calls/${latest!.id}/transcript`);
    expect(lines.length).toBeGreaterThan(0);
    await talking;
  },
  TEST_MS,
);

test(
  "the engine is told to end in mid-call: new callers get 503, the call goes on to its end, then the engine leaves",
  async () => {
    const talking = call(["What are your opening hours?", "Thank you. Goodbye."]);
    await eventually("the call", 10_000, async () => (await stack.figures()).calls === 1);
    const ended = stack.kill("engine", "SIGTERM");
    await eventually("draining", 5000, async () => (await fetch(`${stack.healthUrl}/ready`)).status === 503);
    expect((await call(["Hello?"])).ended.status).toBe(503);
    const { turns, ended: how } = await talking;
    expect(turns.filter(({ speaker }) => speaker === "her").length).toBeGreaterThan(1);
    expect(how.cause).toBeOneOf(["bye", "hangup"]);
    await ended;
    const [latest] = await calls();
    expect(latest).toMatchObject({ status: "completed" });
    expect(latest?.ended_by).not.toBe("engine_restart");
  },
  TEST_MS,
);
