/** The main job, on the real processes: the built-in caller phones in, she books, the events arrive signed. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TAPE_SUFFIX } from "@sk-voice/engine/io/tape-file.ts";
import { decodeTape } from "@sk-voice/engine/replay/tape.ts";
import { playTape } from "@sk-voice/engine/sim/player/player.ts";
import { bookingCaller, type Script } from "@sk-voice/engine/sim/script.ts";
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
const tapes = mkdtempSync(join(tmpdir(), "sk-tapes-"));

let stack: Stack;
let receiver: WebhookReceiver;
const stt = openEmbeddedStt({ model: "tiny" });
const tts = openEmbeddedTts({ voice: "rms" });
const events: ReceivedEvent[] = [];

beforeAll(async () => {
  stack = await Stack.start({ basePort: 17_000, env: { SK_TAPE_DIR: tapes } });
  await Promise.all([stt.warm(), tts.warm()]);
  receiver = await receiveWebhooks({ url: stack.apiUrl, key: stack.testKey }, (event) => events.push(event));
}, TEST_MS);

afterAll(async () => {
  await receiver?.close();
  await stack?.stop();
  await Promise.all([stt.close(), tts.close()]);
  rmSync(tapes, { recursive: true, force: true });
}, 30_000);

const call = (script: Script) =>
  converse({
    uri: stack.sipUri,
    from: FROM,
    fromName: "Priya",
    script,
    stt,
    tts,
    voice: "rms",
    maxMs: 120_000,
  });

test(
  "a caller books an appointment by voice; call, contact, booking and signed events agree, and the call can be played again",
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
    expect((await stack.figures()).calls).toBe(0);

    const played = await playTape(decodeTape(readFileSync(join(tapes, `${calls[0]?.id}${TAPE_SUFFIX}`), "utf8")));
    expect(played.packets).toBeGreaterThan(1000);
    expect(played.differences).toEqual([]);
    console.log(
      `\n${transcript}\npauses ms: ${result.pausesMs.map(Math.round).join(" ")}; first audio ${Math.round(result.firstAudioMs ?? -1)} ms`,
    );
  },
  TEST_MS,
);
