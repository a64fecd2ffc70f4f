/** Real SIP clients against the real engine: baresip asks her something and is called by her, sipp sets up a hundred calls. A booking by voice: first-call.test.ts. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openUdp } from "@sk-voice/engine/io/udp.ts";
import { encodeWav } from "@sk-voice/media/wav.ts";
import { openEmbeddedTts } from "@sk-voice/models/io/embedded-tts.ts";
import { receiveWebhooks, type WebhookReceiver } from "../src/caller/webhooks.ts";
import { eventually, Stack } from "./stack.ts";

const RATE_HZ = 8000;
const TEST_MS = 120_000;
const SIPP_CALLS = 100;
const TO = "+919845012345";
const QUESTION = "What are your opening hours?";
/** baresip cannot listen: the question is asked when the greeting is over, and again for a machine so slow that it was not. */
const ASKED_AT_S = [9, 22, 35];
const LENGTH_S = 60;

interface CallRow {
  readonly id: string;
  readonly direction: string;
  readonly to: string;
  readonly outcome: string | null;
}

const folder = mkdtempSync(join(tmpdir(), "sk-interop-"));
const has = (program: string) => Bun.which(program) !== null;
let stack: Stack;
let receiver: WebhookReceiver;
let baresipPort = 0;

beforeAll(async () => {
  baresipPort = await freePort();
  const trunks = join(folder, "trunks.yaml");
  writeFileSync(
    trunks,
    `trunks:
  - name: local
    allow: [127.0.0.0/8]
    outbound:
      proxy: sip:127.0.0.1:${baresipPort}
      from: "+914440001234"
      allowedPrefixes: ["+91"]
`,
  );
  stack = await Stack.start({ basePort: 17_200, env: { SK_TRUNKS: trunks } });
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

async function freePort(): Promise<number> {
  const socket = await openUdp({ host: "127.0.0.1", port: 0, onPacket: () => {} });
  socket.close();
  return socket.port;
}

async function question(): Promise<string> {
  const tts = openEmbeddedTts({ voice: "rms" });
  const out = new Int16Array(LENGTH_S * RATE_HZ);
  const chunks: Int16Array[] = [];
  const aborted = new AbortController().signal;
  for await (const { samples } of tts.speak({ text: QUESTION, language: "en", voice: "rms" }, aborted))
    chunks.push(samples);
  await tts.close();
  for (const second of ASKED_AT_S) {
    let at = second * RATE_HZ;
    for (const samples of chunks) {
      out.set(samples, at);
      at += samples.length;
    }
  }
  const wav = join(folder, "caller.wav");
  writeFileSync(wav, encodeWav(RATE_HZ, [out]));
  return wav;
}

/** Plays `wav` in every call; takes calls, and makes one if told to. */
function startBaresip(name: string, wav: string, port: number, dial?: string): Bun.Subprocess {
  const home = join(folder, name);
  mkdirSync(join(home, "heard"), { recursive: true });
  const modules = ["g711.so", "aufile.so", "sndfile.so"].map((module) => `module ${module}`).join("\n");
  writeFileSync(
    join(home, "config"),
    `sip_listen 127.0.0.1:${port}
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
snd_path ${join(home, "heard")}
`,
  );
  const account = `<sip:${TO}@127.0.0.1>;regint=0;answermode=auto;audio_codecs=pcmu,pcma`;
  writeFileSync(join(home, "accounts"), `${account}\n`);
  const call = dial === undefined ? [] : ["-e", `/dial ${dial}`];
  return Bun.spawn(["baresip", "-f", home, "-t", String(LENGTH_S + 10), ...call], {
    stdin: "ignore",
    stdout: Bun.file(join(home, "log")),
    stderr: Bun.file(join(home, "err.log")),
  });
}

/** What was said in the newest call of that direction, once she has answered the question. */
async function answered(direction: string): Promise<{ call: CallRow; said: string }> {
  let said = "";
  let call: CallRow | undefined;
  await eventually(`the ${direction} call's report`, 60_000, async () => {
    const { data } = await stack.get<{ data: CallRow[] }>(`/voice/v1/calls?direction=${direction}&status=completed`);
    call = data[0];
    return call !== undefined;
  });
  const transcript = await stack.get<{ lines: { speaker: string; text: string }[] }>(
    `/voice/v1/calls/${call?.id}/transcript`,
  );
  said = transcript.lines.map(({ speaker, text }) => `${speaker}: ${text}`).join("\n");
  console.log(`${direction}:\n${said}`);
  return { call: call!, said };
}

/** She has said when they are open: the caller may hang up. */
async function hoursSaid(calls: number): Promise<void> {
  await eventually("her answers", 55_000, () => {
    const captions = live.filter((text) => /nine|9/i.test(text));
    return captions.length >= calls;
  });
}

const live: string[] = [];

/** What she says, as a dashboard sees it. */
function watch(): WebSocket {
  const options: unknown = { headers: { authorization: `Bearer ${stack.testKey}` } };
  const socket = new WebSocket(`${stack.apiUrl.replace("http", "ws")}/voice/v1/live`, options as string[]);
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(String(data)) as { type: string; speaker?: string; text?: string };
    if (message.type === "caption" && message.speaker === "agent") live.push(message.text ?? "");
  };
  return socket;
}

withProgram(
  "baresip",
  "baresip-core",
  "baresip asks her for the hours, and is called by her and asks again",
  async () => {
    const wav = await question();
    const [called, calling] = [startBaresip("called", wav, baresipPort), startBaresip("calling", wav, 0, stack.sipUri)];
    const socket = watch();
    const placed = await fetch(`${stack.apiUrl}/voice/v1/test-calls`, {
      method: "POST",
      headers: { authorization: `Bearer ${stack.testKey}`, "content-type": "application/json" },
      body: JSON.stringify({ to: TO }),
    });
    const testCall = (await placed.json()) as { id: string; status: string };
    expect(testCall.status).toBe("queued");
    try {
      await hoursSaid(2);
    } finally {
      socket.close();
      for (const child of [called, calling]) {
        child.kill();
        await child.exited;
      }
    }
    const [inbound, outbound] = [await answered("inbound"), await answered("outbound")];
    expect(inbound.call.outcome, inbound.said).toBe("answered");
    expect(outbound.call, outbound.said).toMatchObject({ outcome: "answered", to: TO });
    expect(outbound.said).toContain("test call you asked for");
    expect(await stack.get(`/voice/v1/test-calls/${testCall.id}`)).toMatchObject({
      status: "completed",
      call_id: outbound.call.id,
    });
    await eventually("the events", 10_000, () => receiver.events.length === 4);
    expect(receiver.events.map(({ type }) => type).sort()).toEqual([
      "call.completed",
      "call.completed",
      "call.started",
      "call.started",
    ]);
    expect(receiver.events.every(({ verified }) => verified)).toBe(true);
  },
);

withProgram(
  "baresip",
  "baresip-core",
  "a test call to nobody fails with its SIP status, and is kept as an outbound call",
  async () => {
    const placed = await fetch(`${stack.apiUrl}/voice/v1/test-calls`, {
      method: "POST",
      headers: { authorization: `Bearer ${stack.testKey}`, "content-type": "application/json" },
      body: JSON.stringify({ to: "+15550100" }),
    });
    const { id } = (await placed.json()) as { id: string };
    let seen: { status: string; call_id: string | null; failure: unknown } | undefined;
    await eventually("the failure", 20_000, async () => {
      seen = await stack.get(`/voice/v1/test-calls/${id}`);
      return seen?.status === "failed";
    });
    expect(seen?.failure).toMatchObject({ reason: "forbidden", sip_status: null });
    expect(await stack.get(`/voice/v1/calls/${seen?.call_id}`)).toMatchObject({ direction: "outbound", outcome: null });
  },
);

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
