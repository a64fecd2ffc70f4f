/** Robocalls and people on the real processes: a recorded prompt is hung up on and told to nobody, people of every kind get through. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { openEmbeddedTts } from "@sk-voice/models/io/embedded-tts.ts";
import { type ActingResult, act, type CallerKind, KINDS } from "../src/caller/acting.ts";
import { type ReceivedEvent, receiveWebhooks, type WebhookReceiver } from "../src/caller/webhooks.ts";
import { eventually, Stack } from "./stack.ts";

const TEST_MS = 240_000;
const ROBOCALL = "+15005550006";

interface CallRow {
  readonly id: string;
  readonly from: string;
  readonly verdict: string;
  readonly recording: { readonly bytes: number } | null;
  readonly quarantine: { readonly signals: readonly string[]; readonly verdict_at_ms: number } | null;
}

const PROMPT =
  "This is an important message about your vehicle warranty. Our records show that the factory warranty of your car has expired or is about to expire, " +
  "and this is the final courtesy call before we close your file. Press one now to speak with a specialist, or press two to be removed from our list.";
const STORY = [
  "Yes so I was there last week with my daughter, and the colour you put in was lovely at first, but then we went swimming, and after that it turned a bit green at the ends,",
  "It is Meera, Meera Krishnan. I was wondering whether somebody could have a look at it.",
  "Yes please, that would be very kind of you.",
];
const ADDRESS = [
  "My address is flat number four, second floor, Lakshmi Apartments, eighteen stroke two, Fourth Main Road, Gandhi Nagar, Adyar, Chennai, six hundred and twenty,",
  "My name is Anbu, I am speaking for the delivery.",
  "Yes, thank you.",
];
const RELAY = [
  "Hello, this is the relay service with a call from a person who is deaf. I will read what they type, please speak directly to the caller, and say go ahead when you have finished speaking,",
  "The caller is named Joseph. Go ahead.",
  "He would like a haircut on Friday. Go ahead.",
];
const MUTED = ["Oh sorry, I was on mute. Hello, can you hear me?", "What are your opening hours?", "Thank you."];

const PEOPLE: readonly (readonly [CallerKind, string, readonly string[]])[] = [
  ["hesitant", "+919000000001", STORY],
  ["dictation", "+919000000002", ADDRESS],
  ["relay", "+919000000003", RELAY],
  ["muted", "+919000000004", MUTED],
];

let stack: Stack;
let receiver: WebhookReceiver;
const tts = openEmbeddedTts({ voice: "rms" });
const events: ReceivedEvent[] = [];

async function speak(text: string, voice: string): Promise<Int16Array> {
  const parts: number[] = [];
  const { signal } = new AbortController();
  for await (const { samples } of tts.speak({ text, language: "en", voice }, signal)) parts.push(...samples);
  return Int16Array.from(parts);
}

const eventsOf = (number: string) =>
  events.filter(({ data }) => (data["call"] as CallRow | undefined)?.from === number).map(({ type }) => type);

beforeAll(async () => {
  stack = await Stack.start({ basePort: 47_000 });
  receiver = await receiveWebhooks({ url: stack.apiUrl, key: stack.testKey }, (event) => events.push(event));
}, TEST_MS);

afterAll(async () => {
  await receiver?.close();
  await stack?.stop();
  await tts.close();
}, 30_000);

test(
  "a recorded prompt is hung up on and told to nobody, while people of four kinds get through",
  async () => {
    const uri = stack.sipUri;
    const prompt = await speak(PROMPT, "awb");
    const robocall = act({ uri, from: ROBOCALL, manners: KINDS.recording, turns: [prompt], maxMs: 25_000 });
    const people = PEOPLE.map(async ([kind, from, lines], index): Promise<[CallerKind, ActingResult]> => {
      const turns: Int16Array[] = [];
      for (const line of lines) turns.push(await speak(line, index % 2 ? "rms" : "slt"));
      const satisfied = () => eventsOf(from).includes("call.started");
      return [kind, await act({ uri, from, manners: KINDS[kind], turns, maxMs: 25_000, satisfied })];
    });
    const ended = await robocall;
    expect(ended, "the recording").toMatchObject({ cause: "bye" });
    expect(ended.durationMs).toBeLessThan(17_000);
    for (const [kind, result] of await Promise.all(people)) expect([kind, result.cause]).toEqual([kind, "hangup"]);

    await eventually("the people's outcomes", 10_000, () =>
      PEOPLE.every(([, from]) => eventsOf(from).includes("call.completed")),
    );
    const quarantine = await stack.get<{ data: CallRow[] }>("/voice/v1/quarantine");
    expect(quarantine.data.map(({ from }) => from)).toEqual([ROBOCALL]);
    const [held] = quarantine.data;
    expect(held?.recording?.bytes).toBeGreaterThan(100_000);
    expect(held?.quarantine?.verdict_at_ms).toBeLessThan(15_500);
    expect(held?.quarantine?.signals.join("; ")).toContain("did not stop or answer");
    expect(eventsOf(ROBOCALL)).toEqual([]);
    const contacts = await stack.get<{ data: unknown[] }>(`/crm/v1/contacts?phone=${encodeURIComponent(ROBOCALL)}`);
    expect(contacts.data).toEqual([]);

    const released = await fetch(`${stack.apiUrl}/voice/v1/quarantine/${held?.id}/release`, {
      method: "POST",
      headers: { authorization: `Bearer ${stack.testKey}` },
    });
    expect(released.status).toBe(200);
    await eventually("the late events", 10_000, () => eventsOf(ROBOCALL).length === 2);
    expect(events.filter(({ data }) => data["late"] === true)).toHaveLength(2);
  },
  TEST_MS,
);
