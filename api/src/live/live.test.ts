/** Engines and dashboards over real WebSockets: who sees what, who is told what. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { CUSTOMER_SCOPES, ENGINE_SCOPES } from "../auth.ts";
import { createWorkspace } from "../bootstrap.ts";
import type { LiveCall } from "../contract/live.ts";
import { newId } from "../ids.ts";
import { engines, openSuite, type Suite } from "../testing/suite.ts";

interface Message {
  readonly type: string;
  readonly [name: string]: unknown;
}

let suite: Suite;
let port: number;
const sockets: WebSocket[] = [];

beforeAll(async () => {
  const [engine] = await engines();
  if (engine === undefined) throw new Error("no database");
  suite = await openSuite(engine);
  const listening = suite.app.listen({ hostname: "127.0.0.1", port: 0 });
  port = listening.server?.port ?? 0;
});

afterAll(async () => {
  for (const socket of sockets) socket.close();
  await suite.app.server?.stop(true);
});

/** A client that waits for messages of a type. */
class Client {
  readonly #messages: Message[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly socket: WebSocket;
  readonly closed: Promise<number>;

  constructor(path: string, key?: string) {
    const options: unknown = { headers: key === undefined ? {} : { authorization: `Bearer ${key}` } };
    // Bun takes headers here; the DOM's types do not know it.
    this.socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, options as string[]);
    sockets.push(this.socket);
    this.socket.onmessage = ({ data }) => {
      this.#messages.push(JSON.parse(String(data)) as Message);
      for (const wake of this.#waiting.splice(0)) wake();
    };
    this.closed = new Promise((resolve) => {
      this.socket.onclose = ({ code }) => resolve(code);
    });
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  async opened(): Promise<this> {
    if (this.socket.readyState === WebSocket.OPEN) return this;
    await new Promise<void>((resolve, reject) => {
      this.socket.addEventListener("open", () => resolve());
      this.socket.addEventListener("error", () => reject(new Error("refused")));
    });
    return this;
  }

  /** The next message of this type; those before it are forgotten. */
  async next(type: string): Promise<Message> {
    for (;;) {
      const at = this.#messages.findIndex((message) => message.type === type);
      if (at >= 0) return this.#messages.splice(0, at + 1).at(-1)!;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  get pending(): readonly string[] {
    return this.#messages.map(({ type }) => type);
  }
}

function liveCall(): LiveCall {
  return {
    id: newId("call", Date.now()),
    engine_id: "engine-1",
    from: "+919876543210",
    from_display: null,
    to: "sip:suki@example.com",
    transport: "sip",
    started_at: "2026-11-23T04:00:00.000Z",
    state: "speaking",
  };
}

async function connectEngine(key: string, calls: LiveCall[], streamUrl: string | null = null): Promise<Client> {
  const engine = await new Client("/voice/v1/engine/live", key).opened();
  engine.send({ type: "hello", engine_id: "engine-1", stream_url: streamUrl, max_calls: 10, calls });
  await engine.next("watch");
  return engine;
}

test("a dashboard sees the calls that run, their captions and their end", async () => {
  const call = liveCall();
  const engine = await connectEngine(suite.engineKey, [call]);
  const viewer = await new Client("/voice/v1/live", suite.testKey).opened();
  expect(await viewer.next("snapshot")).toMatchObject({
    calls: [call],
    engines: [{ engine_id: "engine-1", calls: 1, max_calls: 10, takes_streams: false }],
  });
  expect(await engine.next("watch")).toEqual({ type: "watch", on: true });

  const caption = { type: "caption", call_id: call.id, speaker: "caller", text: "Hello?", final: true };
  engine.send(caption);
  expect(await viewer.next("caption")).toEqual(caption);
  engine.send({ type: "levels", levels: [{ call_id: call.id, caller_db: -20, agent_db: -100, state: "hearing" }] });
  expect(await viewer.next("levels")).toMatchObject({ levels: [{ state: "hearing" }] });
  expect((await suite.call("GET", "/voice/v1/live/calls")).json["calls"]).toMatchObject([{ state: "hearing" }]);
  engine.socket.close();
  expect(await viewer.next("ended")).toEqual({ type: "ended", call_id: call.id });
  viewer.socket.close();
  await Promise.all([engine.closed, viewer.closed]);
});

test("sound reaches only those who listen in, and is asked of the engine only then", async () => {
  const call = liveCall();
  const engine = await connectEngine(suite.engineKey, [call]);
  const [listener, other] = await Promise.all([
    new Client("/voice/v1/live", suite.testKey).opened(),
    new Client("/voice/v1/live", suite.testKey).opened(),
  ]);
  listener.send({ type: "listen", call_id: call.id, on: true });
  expect(await engine.next("listen")).toEqual({ type: "listen", call_id: call.id, on: true });
  engine.send({ type: "audio", call_id: call.id, caller: "f39/", agent: "f39/" });
  engine.send({ type: "ended", call_id: call.id });
  expect(await listener.next("audio")).toMatchObject({ caller: "f39/" });
  await other.next("snapshot");
  await other.next("ended");
  expect(other.pending).toEqual([]);
  for (const client of [engine, listener, other]) client.socket.close();
  await Promise.all([engine.closed, listener.closed, other.closed]);
});

test("commands reach the engine that runs the call; a call that does not run answers 404", async () => {
  const call = liveCall();
  const engine = await connectEngine(suite.engineKey, [call], "ws://127.0.0.1:9/stream");
  const said = await suite.call("POST", `/voice/v1/calls/${call.id}/say`, { text: "One moment.", after: "hang_up" });
  expect(said).toMatchObject({ status: 202, json: { call_id: call.id, sent: true } });
  expect(await engine.next("say")).toEqual({ type: "say", call_id: call.id, text: "One moment.", after: "hang_up" });
  expect((await suite.call("POST", `/voice/v1/calls/${call.id}/hang-up`)).status).toBe(202);
  expect(await engine.next("hang_up")).toEqual({ type: "hang_up", call_id: call.id });
  expect((await suite.call("POST", `/voice/v1/calls/${call.id}/transfer`, { to: "+919876543210" })).status).toBe(202);
  expect(await engine.next("transfer")).toEqual({ type: "transfer", call_id: call.id, to: "+919876543210" });
  const gone = await suite.call("POST", `/voice/v1/calls/${newId("call", 1)}/hang-up`);
  expect(gone).toMatchObject({ status: 404, json: { code: "call_not_live" } });

  const browser = await suite.call("POST", "/voice/v1/browser-calls", { from_display: "Asha" });
  expect(browser.status).toBe(201);
  const expected = await engine.next("expect_stream");
  expect(browser.json["url"]).toBe(`ws://127.0.0.1:9/stream?ticket=${String(expected["ticket"])}`);
  expect(expected).toMatchObject({ from: null, from_display: "Asha" });
  engine.socket.close();
  await engine.closed;
  const none = await suite.call("POST", "/voice/v1/browser-calls", {});
  expect(none).toMatchObject({ status: 503, json: { code: "no_engine" } });
});

test("a voice is heard before it is chosen: one at a time, a few a minute", async () => {
  const ask = (query = "") => suite.call("GET", `/voice/v1/voice-preview${query}`);
  expect(await ask()).toMatchObject({ status: 503, json: { code: "no_engine" } });
  const engine = await connectEngine(suite.engineKey, []);
  const heard = ask("?voice=rms&text=Hello%20there.");
  const { request_id, ...asked } = await engine.next("preview");
  expect(asked).toEqual({ type: "preview", text: "Hello there.", voice: "rms", language: "en-IN" });
  expect(await ask()).toMatchObject({ status: 429, json: { code: "rate_limited" } });
  engine.send({ type: "preview", request_id, sound: "/////w==" });
  const wav = await heard;
  expect(wav.status).toBe(200);
  expect(wav.headers.get("content-type")).toBe("audio/wav");
  expect(wav.text).toStartWith("RIFF");
  const broken = ask();
  engine.send({ type: "preview", request_id: (await engine.next("preview"))["request_id"], sound: null });
  expect(await broken).toMatchObject({ status: 503, json: { code: "no_voice" } });
  engine.socket.close();
  await engine.closed;
  let status = 503;
  for (let more = 0; more < 20 && status === 503; more++) ({ status } = await ask());
  expect(status).toBe(429);
});

test("another workspace, and live of the same one, see and command nothing", async () => {
  const call = liveCall();
  const engine = await connectEngine(suite.engineKey, [call]);
  const stranger = await suite.db.transaction((tx) =>
    createWorkspace(tx, Date.now(), { name: "Stranger", localDevelopment: true }),
  );
  const keys = [
    await suite.key(CUSTOMER_SCOPES, { workspaceId: stranger }),
    await suite.key(CUSTOMER_SCOPES, { livemode: true }),
  ];
  for (const key of keys) {
    const viewer = await new Client("/voice/v1/live", key).opened();
    expect(await viewer.next("snapshot")).toMatchObject({ calls: [], engines: [] });
    viewer.send({ type: "listen", call_id: call.id, on: true });
    const headers = { authorization: `Bearer ${key}` };
    expect((await suite.call("POST", `/voice/v1/calls/${call.id}/hang-up`, undefined, headers)).status).toBe(404);
    engine.send({ type: "caption", call_id: call.id, speaker: "caller", text: "secret", final: true });
    expect((await suite.call("GET", "/voice/v1/live/calls", undefined, headers)).json["calls"]).toEqual([]);
    expect(viewer.pending).toEqual([]);
    viewer.socket.close();
    await viewer.closed;
  }
  expect(engine.pending).toEqual([]);
  engine.socket.close();
  await engine.closed;
});

test("a ticket opens the dashboard's socket once; keys need the scope of the door they knock at", async () => {
  const { json } = await suite.call("POST", "/voice/v1/live/tickets");
  const path = `/voice/v1/live?ticket=${String(json["ticket"])}`;
  const viewer = await new Client(path).opened();
  await viewer.next("snapshot");
  viewer.socket.close();
  await expect(new Client(path).opened()).rejects.toThrow("refused");
  await expect(new Client("/voice/v1/live").opened()).rejects.toThrow("refused");
  await expect(new Client("/voice/v1/engine/live", suite.testKey).opened()).rejects.toThrow("refused");
  const engineOnly = await suite.key(ENGINE_SCOPES);
  await expect(new Client("/voice/v1/live", engineOnly).opened()).rejects.toThrow("refused");

  suite.clock.nowMs += 61_000;
  const late = await suite.call("POST", "/voice/v1/live/tickets");
  suite.clock.nowMs += 61_000;
  await expect(new Client(`/voice/v1/live?ticket=${String(late.json["ticket"])}`).opened()).rejects.toThrow("refused");
});

test("what is not understood is dropped, and a viewer that says nonsense is closed", async () => {
  const engine = await connectEngine(suite.engineKey, []);
  engine.send({ type: "levels", levels: "many" });
  engine.socket.send("not json");
  const call = liveCall();
  engine.send({ type: "caption", call_id: call.id, speaker: "caller", text: "of no call", final: true });
  engine.send({ type: "call", call });
  const viewer = await new Client("/voice/v1/live", suite.testKey).opened();
  await viewer.next("snapshot");
  engine.send({ type: "ended", call_id: call.id });
  await viewer.next("ended");
  expect(viewer.pending).toEqual([]);
  viewer.send({ hello: "there" });
  expect(await viewer.closed).toBe(1008);
  engine.socket.close();
  await engine.closed;
});
