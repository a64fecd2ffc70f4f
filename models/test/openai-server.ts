/** A server on the loopback that speaks the OpenAI wire format, for tests: what it says and how it misbehaves is set per test. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface FakeOpenAi {
  readonly baseUrl: string;
  readonly requests: { readonly path: string; readonly body: Buffer }[];
  /** Replaces the normal answers until set back to undefined. Return true when handled. */
  misbehave: ((path: string, response: ServerResponse) => boolean) | undefined;
  /** Pieces of the chat completion, as objects of the wire format. */
  chat: readonly unknown[];
  transcript: string;
  close(): Promise<void>;
}

export async function startFakeOpenAi(port: number): Promise<FakeOpenAi> {
  const sockets = new Set<import("node:net").Socket>();
  const server: Server = createServer(async (request, response) => {
    const path = request.url ?? "";
    const body = await read(request);
    fake.requests.push({ path, body });
    if (fake.misbehave?.(path, response)) return;
    if (path.endsWith("/chat/completions")) return chat(response, fake.chat);
    if (path.endsWith("/audio/transcriptions")) return transcription(response, body, fake.transcript);
    if (path.endsWith("/audio/speech")) return speech(response, body);
    response.writeHead(404).end("{}");
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const fake: FakeOpenAi = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests: [],
    misbehave: undefined,
    chat: [],
    transcript: "",
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return fake;
}

export function textChunks(...texts: string[]): unknown[] {
  const chunk = (delta: unknown, finish: string | null) => ({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1,
    model: "fake",
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  return [
    chunk({ role: "assistant", content: "" }, null),
    ...texts.map((content) => chunk({ content }, null)),
    chunk({}, "stop"),
    { ...chunk({}, null), choices: [], usage: { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 } },
  ];
}

/** A tool call the way it really comes: id and name first, arguments in pieces. */
export function toolChunks(id: string, name: string, ...json: string[]): unknown[] {
  const chunk = (call: unknown) => ({
    id: "chatcmpl-2",
    object: "chat.completion.chunk",
    created: 1,
    model: "fake",
    choices: [{ index: 0, delta: { tool_calls: [call] }, finish_reason: null }],
  });
  return [
    chunk({ index: 0, id, type: "function", function: { name, arguments: "" } }),
    ...json.map((part) => chunk({ index: 0, function: { arguments: part } })),
  ];
}

async function chat(response: ServerResponse, chunks: readonly unknown[]): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const chunk of chunks) {
    // Cut in the middle of a line: the client must put events together again.
    const event = `data: ${JSON.stringify(chunk)}\n\n`;
    response.write(event.slice(0, 20));
    await Bun.sleep(1);
    response.write(event.slice(20));
  }
  response.end("data: [DONE]\n\n");
}

function transcription(response: ServerResponse, body: Buffer, text: string): void {
  const streamed = /name="stream"\s+true/.test(body.toString("latin1"));
  if (!streamed) {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ text }));
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const delta of text.split(/(?<= )/)) {
    response.write(
      `event: transcript.text.delta\ndata: ${JSON.stringify({ type: "transcript.text.delta", delta })}\n\n`,
    );
  }
  const logprobs = text.split(" ").map((token) => ({ token, logprob: -0.1 }));
  const done = { type: "transcript.text.done", text, logprobs };
  response.end(`event: transcript.text.done\ndata: ${JSON.stringify(done)}\n\ndata: [DONE]\n\n`);
}

/** 24 kHz PCM: 100 ms of silence, then a 400 Hz tone of 60 ms per character, in chunks of odd length. */
async function speech(response: ServerResponse, body: Buffer): Promise<void> {
  const { input } = JSON.parse(body.toString()) as { input: string };
  const pcm = Int16Array.from({ length: 2400 + input.length * 60 * 24 }, (_, i) =>
    i < 2400 ? 0 : 8000 * Math.sin((2 * Math.PI * 400 * i) / 24_000),
  );
  response.writeHead(200, { "content-type": "application/octet-stream" });
  const bytes = Buffer.from(pcm.buffer);
  for (let at = 0; at < bytes.length; at += 4801) {
    response.write(bytes.subarray(at, at + 4801));
    await Bun.sleep(1);
  }
  response.end();
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
