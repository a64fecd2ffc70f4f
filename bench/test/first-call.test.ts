/** The main job, on the real processes: the built-in caller phones in, she books, the events arrive signed. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { bookingCaller, linesInOrder } from "@sk-voice/engine/sim/script.ts";
import { openEmbeddedStt } from "@sk-voice/models/io/embedded-stt.ts";
import { openEmbeddedTts } from "@sk-voice/models/io/embedded-tts.ts";
import { converse } from "../src/caller/conversation.ts";
import { type ReceivedEvent, receiveWebhooks, type WebhookReceiver } from "../src/caller/webhooks.ts";
import { eventually, Stack } from "./stack.ts";

interface CallRow {
  readonly id: string;
  readonly outcome: string | null;
  readonly created: { readonly contact_id: string | null; readonly appointment_ids: readonly string[] };
}

const FROM = "+919845012345";
const TEST_MS = 180_000;

let stack: Stack;
let receiver: WebhookReceiver;
const stt = openEmbeddedStt({ model: "tiny" });
const tts = openEmbeddedTts({ voice: "rms" });
const events: ReceivedEvent[] = [];

beforeAll(async () => {
  stack = await Stack.start({ basePort: 17_000 });
  await Promise.all([stt.warm(), tts.warm()]);
  receiver = await receiveWebhooks({ url: stack.apiUrl, key: stack.testKey }, (event) => events.push(event));
}, TEST_MS);

afterAll(async () => {
  await receiver?.close();
  await stack?.stop();
  await Promise.all([stt.close(), tts.close()]);
}, 30_000);

const call = (script: ReturnType<typeof linesInOrder>, extra: { dtmf?: string } = {}) =>
  converse({
    uri: stack.sipUri,
    from: FROM,
    fromName: "Priya",
    script,
    stt,
    tts,
    voice: "rms",
    maxMs: 120_000,
    ...extra,
  });

test(
  "a caller books an appointment by voice; call, contact, booking and signed events agree",
  async () => {
    const result = await call(bookingCaller("I'd like to book an appointment for tomorrow at three pm."));
    const transcript = result.turns.map(({ speaker, text }) => `${speaker}: ${text}`).join("\n");
    expect(result.ended.cause, transcript).toBeOneOf(["bye", "hangup"]);
    await eventually("call.completed", 15_000, () => events.some(({ type }) => type === "call.completed"));
    expect(events.every(({ verified }) => verified)).toBe(true);
    expect(events.map(({ type }) => type).sort(), transcript).toEqual([
      "appointment.booked",
      "call.completed",
      "call.started",
    ]);

    const completed = events.find(({ type }) => type === "call.completed")!.data;
    const { data: calls } = await stack.get<{ data: CallRow[] }>("/voice/v1/calls");
    expect(calls[0]).toMatchObject({ outcome: "booked" });
    expect(calls[0]?.created.appointment_ids).toHaveLength(1);
    const contact = await stack.get<{ phone: string; name: string }>(
      `/crm/v1/contacts/${calls[0]?.created.contact_id}`,
    );
    expect(contact.phone).toBe(FROM);
    const spoken = await stack.get<{ lines: { speaker: string }[] }>(`/voice/v1/calls/${calls[0]?.id}/transcript`);
    expect(spoken.lines.filter(({ speaker }) => speaker === "caller").length).toBeGreaterThan(1);
    expect(JSON.stringify(completed)).toContain(calls[0]!.id);
    console.log(
      `\n${transcript}\npauses ms: ${result.pausesMs.map(Math.round).join(" ")}; first audio ${Math.round(result.firstAudioMs ?? -1)} ms`,
    );
  },
  TEST_MS,
);

test(
  "a question is answered from the knowledge; hanging up on her ends the call",
  async () => {
    const result = await call(linesInOrder(["What are your opening hours?"]));
    const answer = result.turns.filter(({ speaker }) => speaker === "her").map(({ text }) => text.toLowerCase());
    expect(answer.join(" ")).toMatch(/nine|9/);
    await eventually("the outcome", 10_000, async () => {
      const { data } = await stack.get<{ data: CallRow[] }>("/voice/v1/calls");
      return data.length === 2 && data[0]?.outcome === "answered";
    });
    expect((await stack.figures()).calls).toBe(0);
  },
  TEST_MS,
);
