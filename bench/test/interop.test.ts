/** Real SIP clients against the real engine: baresip calls her and is called by her, sipp sets up a hundred calls. That she understands: first-call.test.ts. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openUdp } from "@sk-voice/engine/io/udp.ts";
import { encodeWav } from "@sk-voice/media/wav.ts";
import { receiveWebhooks, type WebhookReceiver } from "../src/caller/webhooks.ts";
import { eventually, Stack } from "./stack.ts";

const RATE_HZ = 8000;
const TEST_MS = 120_000;
const SIPP_CALLS = 100;
const TO = "+919845012345";
/** A silent caller: nothing here waits for the recogniser, which a busy machine starves. */
const LENGTH_S = 60;
const LOUD = 1000;

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

/** She was heard: something loud in what baresip wrote down. */
function heardHer(name: string): boolean {
  const heard = join(folder, name, "heard");
  const file = readdirSync(heard).find((each) => each.endsWith("dec.wav"));
  if (file === undefined) return false;
  const bytes = readFileSync(join(heard, file));
  for (let at = bytes.indexOf("data") + 8; at + 1 < bytes.length; at += 2)
    if (bytes.readInt16LE(at) > LOUD) return true;
  return false;
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

/** The newest call of that direction, when it has been reported, and what was said in it. */
async function reported(direction: string): Promise<{ call: CallRow; said: string }> {
  let call: CallRow | undefined;
  await eventually(`the ${direction} call's report`, 60_000, async () => {
    const { data } = await stack.get<{ data: CallRow[] }>(`/voice/v1/calls?direction=${direction}&status=completed`);
    call = data[0];
    return call !== undefined;
  });
  const { lines } = await stack.get<{ lines: { speaker: string; text: string }[] }>(
    `/voice/v1/calls/${call?.id}/transcript`,
  );
  return { call: call!, said: lines.map(({ speaker, text }) => `${speaker}: ${text}`).join("\n") };
}

/** Calls in which she has finished a sentence of the greeting, as a dashboard sees it. */
function watchGreetings(): { greeted: Set<string>; socket: WebSocket } {
  const greeted = new Set<string>();
  const options: unknown = { headers: { authorization: `Bearer ${stack.testKey}` } };
  const socket = new WebSocket(`${stack.apiUrl.replace("http", "ws")}/voice/v1/live`, options as string[]);
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(String(data)) as { type: string; speaker?: string; call_id?: string };
    if (message.type === "caption" && message.speaker === "agent") greeted.add(message.call_id ?? "");
  };
  return { greeted, socket };
}

withProgram("baresip", "baresip-core", "baresip calls her, is called by her, and hears her both times", async () => {
  const wav = join(folder, "silence.wav");
  writeFileSync(wav, encodeWav(RATE_HZ, [new Int16Array(LENGTH_S * RATE_HZ)]));
  const { greeted, socket } = watchGreetings();
  await eventually("the dashboard's connection", 10_000, () => socket.readyState === WebSocket.OPEN);
  const phones = [startBaresip("called", wav, baresipPort), startBaresip("calling", wav, 0, stack.sipUri)];
  const placed = await fetch(`${stack.apiUrl}/voice/v1/test-calls`, {
    method: "POST",
    headers: { authorization: `Bearer ${stack.testKey}`, "content-type": "application/json" },
    body: JSON.stringify({ to: TO, options: { greeting: "You hear the winter greeting. What can I do?" } }),
  });
  const testCall = (await placed.json()) as { id: string; status: string };
  expect(testCall.status).toBe("queued");
  try {
    await eventually("her greetings", 55_000, () => greeted.size === 2);
  } finally {
    socket.close();
    for (const phone of phones) {
      phone.kill();
      await phone.exited;
    }
  }
  const [inbound, outbound] = [await reported("inbound"), await reported("outbound")];
  expect(inbound.said).toStartWith("agent: Hello");
  expect(outbound.said).toStartWith("agent: Hello, this is the test call you asked for.");
  expect(outbound.said).toContain("You hear the winter greeting.");
  expect(inbound.said).not.toContain("winter");
  expect([heardHer("calling"), heardHer("called")]).toEqual([true, true]);
  expect(outbound.call.to).toBe(TO);
  const { id } = outbound.call;
  expect(await stack.get(`/voice/v1/test-calls/${testCall.id}`)).toMatchObject({ status: "completed", call_id: id });
  const ofCall = () => receiver.events.filter((event) => JSON.stringify(event.data).includes(id));
  await eventually("the outbound call's events", 20_000, () => ofCall().length === 2);
  expect(ofCall().map(({ type, verified }) => [type, verified])).toEqual([
    ["call.started", true],
    ["call.completed", true],
  ]);
});

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
