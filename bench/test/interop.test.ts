/** Real SIP clients against the real engine: baresip books by voice, sipp sets up two hundred calls. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeWav } from "@sk-voice/media/wav.ts";
import { openEmbeddedTts } from "@sk-voice/models/io/embedded-tts.ts";
import { receiveWebhooks, type WebhookReceiver } from "../src/caller/webhooks.ts";
import { eventually, Stack } from "./stack.ts";

const RATE_HZ = 8000;
const TEST_MS = 180_000;
const SIPP_CALLS = 200;

/** When each line is said, in seconds: baresip cannot listen, so she is given time to finish. */
const LINES: readonly (readonly [number, string])[] = [
  [9, "I'd like to book an appointment for tomorrow at three pm. My name is Priya Raghavan."],
  [29, "Yes, please."],
  [41, "Yes, please."],
  [56, "No, thank you. Goodbye."],
];
const LENGTH_S = 66;

const folder = mkdtempSync(join(tmpdir(), "sk-interop-"));
const has = (program: string) => Bun.which(program) !== null;
let stack: Stack;
let receiver: WebhookReceiver;

beforeAll(async () => {
  stack = await Stack.start({ basePort: 17_200 });
  receiver = await receiveWebhooks({ url: stack.apiUrl, key: stack.testKey }, () => {});
}, TEST_MS);

afterAll(async () => {
  await receiver?.close();
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

/** Skips, saying why, where the program is not installed. */
function withProgram(program: string, debianPackage: string, name: string, run: () => Promise<void>): void {
  if (has(program)) test(name, run, TEST_MS);
  else test.skip(`${name}: ${program} is not installed (apt-get install ${debianPackage})`, () => {});
}

async function speech(): Promise<Int16Array> {
  const tts = openEmbeddedTts({ voice: "rms" });
  const out = new Int16Array(LENGTH_S * RATE_HZ);
  for (const [atSeconds, text] of LINES) {
    let at = atSeconds * RATE_HZ;
    for await (const { samples } of tts.speak({ text, language: "en", voice: "rms" }, new AbortController().signal)) {
      out.set(samples, at);
      at += samples.length;
    }
  }
  await tts.close();
  return out;
}

async function configureBaresip(wav: string): Promise<void> {
  mkdirSync(join(folder, "heard"), { recursive: true });
  const modules = ["g711.so", "aufile.so", "sndfile.so"].map((name) => `module ${name}`).join("\n");
  await Bun.write(
    join(folder, "config"),
    `sip_listen 127.0.0.1:0
audio_player aufile,/dev/null
audio_source aufile,${wav}
audio_alert aufile,/dev/null
audio_channels 1
ausrc_srate 8000
auplay_srate 8000
module_path /usr/lib/baresip/modules
${modules}
module_tmp account.so
module_app menu.so
snd_path ${join(folder, "heard")}
`,
  );
  await Bun.write(join(folder, "accounts"), `<sip:+919845012345@127.0.0.1>;regint=0;audio_codecs=pcmu,pcma\n`);
}

withProgram("baresip", "baresip-core", "baresip books an appointment by voice", async () => {
  const wav = join(folder, "caller.wav");
  await Bun.write(wav, encodeWav(RATE_HZ, [await speech()]));
  await configureBaresip(wav);
  const baresip = Bun.spawn(["baresip", "-f", folder, "-t", String(LENGTH_S + 10), "-e", `/dial ${stack.sipUri}`], {
    stdin: "ignore",
    stdout: Bun.file(join(folder, "baresip.log")),
    stderr: Bun.file(join(folder, "baresip.err.log")),
  });
  await eventually("call.completed", 100_000, () => receiver.events.some(({ type }) => type === "call.completed"));
  baresip.kill();
  await baresip.exited;
  const { data } = await stack.get<{ data: { id: string; outcome: string }[] }>("/voice/v1/calls");
  const transcript = await stack.get<{ lines: { speaker: string; text: string }[] }>(
    `/voice/v1/calls/${data[0]?.id}/transcript`,
  );
  const said = transcript.lines.map(({ speaker, text }) => `${speaker}: ${text}`).join("\n");
  console.log(said);
  expect(data[0]?.outcome, said).toBe("booked");
  expect(receiver.events.map(({ type }) => type).sort()).toEqual([
    "appointment.booked",
    "call.completed",
    "call.started",
  ]);
  expect(receiver.events.every(({ verified }) => verified)).toBe(true);
});

withProgram(
  "sipp",
  "sip-tester",
  `sipp's uac completes ${SIPP_CALLS} calls at 10 cps without a failed call`,
  async () => {
    const { answeredCalls } = await stack.figures();
    const sipp = Bun.spawn(
      [
        "sipp",
        "-sn",
        "uac",
        `127.0.0.1:${stack.sipPort}`,
        "-i",
        "127.0.0.1",
        "-p",
        "17298",
        "-mp",
        "17290",
        "-m",
        String(SIPP_CALLS),
        "-r",
        "10",
        "-nostdin",
        "-trace_err",
      ],
      { cwd: folder, stdin: "ignore", stdout: "pipe", stderr: "pipe" },
    );
    const [out, code] = await Promise.all([new Response(sipp.stdout).text(), sipp.exited]);
    expect(code, out.slice(-3000)).toBe(0);
    await eventually("all calls closed", 10_000, async () => (await stack.figures()).calls === 0);
    const after = await stack.figures();
    expect(after.answeredCalls - answeredCalls).toBe(SIPP_CALLS);
    expect(after.refusedCalls).toBe(0);
  },
);

withProgram("sipsak", "sipsak", "OPTIONS pings are answered", async () => {
  const sipsak = Bun.spawn(["sipsak", "-s", stack.sipUri], { stdout: "pipe", stderr: "pipe" });
  expect(await sipsak.exited).toBe(0);
});
