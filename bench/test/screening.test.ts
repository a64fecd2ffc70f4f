/**
 * Robocalls and people on the real processes: a recorded prompt is hung up on and told to nobody, people of every kind get through. How long each
 * takes is proved in virtual time (`engine/test/screening-call.test.ts`, `eval:robocall`): here a slow machine may take longer.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { openEmbeddedTts } from "@sk-voice/models/io/embedded-tts.ts";
import { type ActingResult, act, type CallerKind, KINDS } from "../src/caller/acting.ts";
import { type ReceivedEvent, receiveWebhooks, type WebhookReceiver } from "../src/caller/webhooks.ts";
import { eventually, Stack } from "./stack.ts";

const TEST_MS = 240_000;
/** A verdict takes 17 s at most; its event comes later. */
const RECORDING_MS = 20_000;
const PERSON_MS = 40_000;
const WAIT_MS = 30_000;
/** Of the recording, one for each try. */
const NUMBERS = ["+15005550006", "+15005550007", "+15005550008"] as const;

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

const PEOPLE: readonly (readonly [CallerKind, string, string, readonly string[]])[] = [
  ["hesitant", "+919000000001", "slt", STORY],
  ["dictation", "+919000000002", "rms", ADDRESS],
  ["relay", "+919000000003", "slt", RELAY],
  ["muted", "+919000000004", "rms", MUTED],
];

let stack: Stack;
let receiver: WebhookReceiver;
/** Spoken before the calls: callers who must keep time share this process. */
let prompt: Int16Array;
const turnsOf = new Map<CallerKind, readonly Int16Array[]>();
const events: ReceivedEvent[] = [];

async function record(): Promise<void> {
  const tts = openEmbeddedTts();
  const { signal } = new AbortController();
  const speak = async (text: string, voice: string): Promise<Int16Array> => {
    const parts: number[] = [];
    for await (const { samples } of tts.speak({ text, language: "en", voice }, signal)) parts.push(...samples);
    return Int16Array.from(parts);
  };
  prompt = await speak(PROMPT, "awb");
  for (const [kind, , voice, lines] of PEOPLE) {
    const turns: Int16Array[] = [];
    for (const line of lines) turns.push(await speak(line, voice));
    turnsOf.set(kind, turns);
  }
  await tts.close();
}

/**
 * The number whose call was hung up on, or the last one's call. One recording in ten outlasts her questions by the phase of its pauses
 * (docs/robocall.md), more when recognition is slow: whether a call is hung up on at all is tested here, how often by `eval:robocall`.
 */
async function playPrompt(): Promise<readonly [from: string, ActingResult]> {
  const manners = KINDS["impatient-recording"];
  for (const from of NUMBERS) {
    const ended = await act({ uri: stack.sipUri, from, manners, turns: [prompt], maxMs: RECORDING_MS });
    if (ended.cause === "bye" || from === NUMBERS.at(-1)) return [from, ended];
    console.log(`the recording outlasted her (packets ${ended.latenessMs} ms late): once more`);
  }
  throw new Error("no number to call from");
}

const eventsOf = (number: string) =>
  events.filter(({ data }) => (data["call"] as CallRow | undefined)?.from === number).map(({ type }) => type);

beforeAll(async () => {
  await record();
  stack = await Stack.start({ basePort: 47_000 });
  receiver = await receiveWebhooks({ url: stack.apiUrl, key: stack.testKey }, (event) => events.push(event));
}, TEST_MS);

afterAll(async () => {
  await receiver?.close();
  await stack?.stop();
}, 30_000);

test(
  "a recorded prompt is hung up on and told to nobody until it is released",
  async () => {
    const [from, ended] = await playPrompt();
    expect(ended, stack.log("engine")).toMatchObject({ cause: "bye" });

    const held = async () => (await stack.get<{ data: CallRow[] }>("/voice/v1/quarantine")).data;
    await eventually("the quarantine", WAIT_MS, async () => (await held()).length > 0);
    const [call] = await held();
    expect(call?.from).toBe(from);
    expect(call?.recording?.bytes).toBeGreaterThan(100_000);
    expect(call?.quarantine?.signals.join("; ")).toContain("did not stop or answer");
    expect(eventsOf(from)).toEqual([]);
    const contacts = await stack.get<{ data: unknown[] }>(`/crm/v1/contacts?phone=${encodeURIComponent(from)}`);
    expect(contacts.data).toEqual([]);

    const released = await fetch(`${stack.apiUrl}/voice/v1/quarantine/${call?.id}/release`, {
      method: "POST",
      headers: { authorization: `Bearer ${stack.testKey}` },
    });
    expect(released.status).toBe(200);
    await eventually("the late events", WAIT_MS, () => eventsOf(from).length === 2);
    expect(events.filter(({ data }) => data["late"] === true)).toHaveLength(2);
  },
  TEST_MS,
);

test(
  "people of four kinds get through at once",
  async () => {
    const calls = PEOPLE.map(async ([kind, from]) => {
      const satisfied = () => eventsOf(from).includes("call.started");
      const turns = turnsOf.get(kind) ?? [];
      const { cause } = await act({
        uri: stack.sipUri,
        from,
        manners: KINDS[kind],
        turns,
        maxMs: PERSON_MS,
        satisfied,
      });
      return [kind, cause];
    });
    expect(await Promise.all(calls), stack.log("engine")).toEqual(PEOPLE.map(([kind]) => [kind, "hangup"]));
    await eventually("the people's outcomes", WAIT_MS, () =>
      PEOPLE.every(([, from]) => eventsOf(from).includes("call.completed")),
    );
  },
  TEST_MS,
);
