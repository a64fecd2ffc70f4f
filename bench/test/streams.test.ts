/** Calls over WebSockets with the real processes: a browser's with a ticket, seen and steered live; Twilio's with a signature. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { pcmu } from "@sk-voice/media/g711/index.ts";
import { eventually, Stack } from "./stack.ts";

const BASE_PORT = 19_300;
const TOKEN = "a token for tests";
let stack: Stack;

beforeAll(async () => {
  const env = { SK_TWILIO_AUTH_TOKEN: TOKEN, SK_STREAM_URL: `ws://127.0.0.1:${BASE_PORT + 3}` };
  stack = await Stack.start({ basePort: BASE_PORT, env });
}, 120_000);

afterAll(() => stack.stop());

interface Message {
  readonly event?: string;
  readonly type?: string;
  readonly [name: string]: unknown;
}

class Client {
  readonly messages: Message[] = [];
  readonly socket: WebSocket;
  closed = false;

  constructor(url: string, headers: Record<string, string> = {}) {
    const options: unknown = { headers };
    // Bun takes headers here; the DOM's types do not know it.
    this.socket = new WebSocket(url, options as string[]);
    this.socket.onmessage = ({ data }) => this.messages.push(JSON.parse(String(data)) as Message);
    this.socket.onclose = () => {
      this.closed = true;
    };
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  async opened(): Promise<boolean> {
    await eventually("the socket's answer", 5000, () => this.closed || this.socket.readyState === WebSocket.OPEN);
    return !this.closed;
  }

  /** The loudest sample of hers so far. */
  loudest(): number {
    let most = 0;
    const samples = new Int16Array(160);
    for (const { event, media } of this.messages) {
      if (event !== "media") continue;
      pcmu.decode(Buffer.from((media as { payload: string }).payload, "base64"), samples);
      for (const sample of samples) most = Math.max(most, Math.abs(sample));
    }
    return most;
  }
}

async function post(path: string, body: object): Promise<{ status: number; json: Record<string, unknown> }> {
  const response = await fetch(`${stack.apiUrl}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${stack.testKey}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

const live = () =>
  new Client(`${stack.apiUrl.replace("http", "ws")}/voice/v1/live`, { authorization: `Bearer ${stack.testKey}` });
const start = (from?: string) => ({
  event: "start",
  streamSid: "MZ1",
  start: { callSid: "CA1", customParameters: from === undefined ? {} : { from } },
});

test("a browser calls: she greets, a dashboard sees, hears and steers the call, the record says how it came", async () => {
  const viewer = live();
  expect(await viewer.opened()).toBe(true);
  await eventually(
    "the engine at the api",
    15_000,
    async () => (await post("/voice/v1/browser-calls", {})).status === 201,
  );
  const { json } = await post("/voice/v1/browser-calls", { from: "+919876500001", from_display: "Asha" });
  const browser = new Client(String(json["url"]));
  expect(await browser.opened()).toBe(true);
  browser.send(start());
  await eventually("her greeting", 10_000, () => browser.loudest() > 1000);

  const call = () => viewer.messages.find(({ type }) => type === "call")?.["call"] as { id: string } | undefined;
  expect(call()).toMatchObject({ from: "+919876500001", from_display: "Asha", transport: "browser" });
  const id = call()!.id;
  viewer.send({ type: "listen", call_id: id, on: true });
  await eventually("levels and sound", 5000, () => {
    const speaking = viewer.messages.some(
      ({ type, levels }) => type === "levels" && JSON.stringify(levels).includes("speaking"),
    );
    return speaking && viewer.messages.some(({ type }) => type === "audio");
  });
  expect((await post(`/voice/v1/calls/${id}/say`, { text: "We are closing now.", after: "hang_up" })).status).toBe(202);
  await eventually("her word and goodbye", 15_000, () => browser.closed);
  const captions = viewer.messages.filter(({ type }) => type === "caption").map(({ text }) => text);
  expect(captions).toContain("We are closing now.");
  expect(viewer.messages.some(({ type, kind }) => type === "barge_in" && kind === "stopped")).toBe(true);
  expect(browser.messages.some(({ event }) => event === "clear")).toBe(true);
  expect(browser.messages.some(({ event }) => event === "mark")).toBe(true);
  await eventually("the end at the dashboard", 5000, () => viewer.messages.some(({ type }) => type === "ended"));
  await eventually("the record", 10_000, async () => {
    const record = await stack
      .get<{ status: string; transport: string }>(`/voice/v1/calls/${id}`)
      .catch(() => undefined);
    return record?.status === "completed" && record.transport === "browser";
  });
  expect((await post(`/voice/v1/calls/${id}/hang-up`, {})).status).toBe(404);
  viewer.socket.close();
}, 60_000);

test("Twilio calls with its signature, and nobody else with any", async () => {
  const url = `ws://127.0.0.1:${BASE_PORT + 3}/twilio`;
  const signature = createHmac("sha1", TOKEN).update(url).digest("base64");
  expect(await new Client(url).opened()).toBe(false);
  expect(await new Client(url, { "x-twilio-signature": "x".repeat(28) }).opened()).toBe(false);
  expect(await new Client(`ws://127.0.0.1:${BASE_PORT + 3}/stream?ticket=guess`).opened()).toBe(false);

  const twilio = new Client(url, { "x-twilio-signature": signature });
  expect(await twilio.opened()).toBe(true);
  twilio.send({ event: "connected", protocol: "Call", version: "1.0.0" });
  twilio.send(start("+919876500002"));
  await eventually("her greeting", 10_000, () => twilio.loudest() > 1000);
  twilio.send({ event: "stop", streamSid: "MZ1", stop: { callSid: "CA1" } });
  await eventually("the end", 5000, () => twilio.closed);
  await eventually("the record", 10_000, async () => {
    const { data } = await stack.get<{ data: object[] }>("/voice/v1/calls?from=%2B919876500002");
    return data.some(
      (call) => "status" in call && call.status === "completed" && "transport" in call && call.transport === "twilio",
    );
  });
  const { calls } = await stack.figures();
  expect(calls).toBe(0);
}, 60_000);
