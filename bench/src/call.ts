/**
 * `bun run call`: the built-in caller. Phones the running engine over SIP and RTP with speech made on the spot, prints both sides as they
 * speak with the pause before each reply, saves the stereo recording, receives and verifies the webhooks of the call.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bookingCaller, linesInOrder, type Script } from "@sk-voice/engine/sim/script.ts";
import { designResampler, resample } from "@sk-voice/media/resample.ts";
import { encodeWav, parseWav, WavError } from "@sk-voice/media/wav.ts";
import { openEmbeddedStt } from "@sk-voice/models/io/embedded-stt.ts";
import { openEmbeddedTts } from "@sk-voice/models/io/embedded-tts.ts";
import { converse, type Turn } from "./caller/conversation.ts";
import { type ReceivedEvent, receiveWebhooks, type WebhookReceiver } from "./caller/webhooks.ts";

const ROOT = join(import.meta.dir, "../..");
const DATA_DIR = process.env["SK_DATA_DIR"] ?? join(ROOT, ".data");
const MAX_CALL_MS = 300_000;
const OPENING = "I'd like to book an appointment for tomorrow at three pm.";
/** Events come within a second of the hang-up. */
const EVENTS_MS = 6000;

const HELP = `bun run call [options]
  --say TEXT     a line to say, once for each of her turns (several allowed); default: a caller who books an appointment
  --wav FILE     play this recording instead of the first line
  --dtmf KEYS    press these keys instead of the first line
  --uri URI      whom to call (sip:suki@127.0.0.1:5060, add ;transport=tcp for TCP)
  --from NUMBER  the caller's number (+919845012345)
  --out FILE     where the stereo recording goes`;

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

function readArguments() {
  try {
    return parseArgs({
      args: process.argv.slice(2),
      options: {
        say: { type: "string", multiple: true },
        wav: { type: "string" },
        dtmf: { type: "string" },
        uri: { type: "string", default: `sip:suki@127.0.0.1:${process.env["SK_SIP_PORT"] ?? 5060}` },
        from: { type: "string", default: "+919845012345" },
        out: { type: "string", default: join(DATA_DIR, "last-call.wav") },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
  }
}

function readAudio(path: string): Int16Array {
  try {
    const { sampleRateHz, channels } = parseWav(readFileSync(path));
    const mono = channels[0] ?? new Int16Array(0);
    if (sampleRateHz === 8000) return mono;
    return resample(mono, designResampler(sampleRateHz, 8000));
  } catch (error) {
    return fail(error instanceof WavError ? `${path}: ${error.message}` : `${path} cannot be read.`);
  }
}

function apiKey(): string | undefined {
  const path = join(DATA_DIR, "keys.json");
  if (process.env["SK_TEST_KEY"]) return process.env["SK_TEST_KEY"];
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as { test_key: string }).test_key : undefined;
}

function printTurn({ speaker, text, pauseMs }: Turn): void {
  const pause = pauseMs === undefined ? "" : `  (after ${Math.round(pauseMs)} ms)`;
  console.log(`  ${speaker === "her" ? "she   " : "caller"}  ${text}${pause}`);
}

function printEvent({ id, type, verified, data }: ReceivedEvent): void {
  console.log(`  ${verified ? "verified" : "BAD SIGNATURE"}  ${type}  ${id}`);
  console.log(`            ${JSON.stringify(data).slice(0, 240)}`);
}

async function openReceiver(onEvent: (event: ReceivedEvent) => void): Promise<WebhookReceiver | undefined> {
  const key = apiKey();
  const url = process.env["SK_API_URL"] ?? `http://127.0.0.1:${process.env["PORT"] ?? 3000}`;
  try {
    if (key) return await receiveWebhooks({ url, key }, onEvent);
    console.log("  (no key found: is `bun run up` running? Webhooks are not shown.)");
  } catch (error) {
    console.log(`  (webhooks are not shown: ${error instanceof Error ? error.message : error})`);
  }
  return undefined;
}

async function waitForEvents(receiver: WebhookReceiver): Promise<void> {
  for (let waitedMs = 0; waitedMs < EVENTS_MS; waitedMs += 100) {
    if (receiver.events.some(({ type }) => type === "call.completed")) return;
    await Bun.sleep(100);
  }
}

const options = readArguments();
if (options.help) {
  console.log(HELP);
  process.exit(0);
}
const audio = options.wav === undefined ? undefined : readAudio(options.wav);
const script: Script = options.say
  ? linesInOrder(options.say)
  : audio || options.dtmf
    ? linesInOrder([])
    : bookingCaller(OPENING);

console.log("Warming up the caller's own ears and voice …");
const stt = openEmbeddedStt({ model: "tiny" });
const tts = openEmbeddedTts({ voice: "rms" });
await Promise.all([stt.warm(), tts.warm()]);
const events: ReceivedEvent[] = [];
const receiver = await openReceiver((event) => events.push(event));

console.log(`Calling ${options.uri} …\n`);
const result = await converse({
  uri: options.uri,
  from: options.from,
  fromName: "Priya",
  script,
  stt,
  tts,
  voice: "rms",
  ...(audio ? { audio } : {}),
  ...(options.dtmf ? { dtmf: options.dtmf } : {}),
  onTurn: printTurn,
  maxMs: MAX_CALL_MS,
});
await Promise.all([stt.close(), tts.close()]);
if (result.ended.cause === "refused") {
  await receiver?.close();
  fail(`\nShe did not answer (${result.ended.status}). Is \`bun run up\` running?`);
}

if (receiver) {
  await waitForEvents(receiver);
  console.log("\nWebhooks");
  for (const event of events) printEvent(event);
  await receiver.close();
}
mkdirSync(join(options.out, ".."), { recursive: true });
const left = result.recording.filter((_, index) => index % 2 === 0);
const right = result.recording.filter((_, index) => index % 2 === 1);
await Bun.write(options.out, encodeWav(8000, [left, right]));

const sorted = [...result.pausesMs].sort((a, b) => a - b);
const median = sorted[Math.floor(sorted.length / 2)];
console.log(
  `\nThe call ended (${result.ended.cause}). First audio ${Math.round(result.firstAudioMs ?? Number.NaN)} ms after the answer; median pause ${Math.round(median ?? Number.NaN)} ms.`,
);
console.log(`Recording: ${options.out}`);
console.log(
  'Next: look at the call in the api, `curl -H "Authorization: Bearer <test key>" http://127.0.0.1:3000/voice/v1/calls`',
);
process.exit(0);
