/** Calls while they run: the two WebSockets, and what can be asked of a running call over HTTP. */
import { Elysia } from "elysia";
import { z } from "zod";
import { id } from "../contract/ids.ts";
import {
  BrowserCall,
  BrowserCallCreate,
  CallSay,
  CallTransfer,
  CommandSent,
  DashboardRequest,
  type EngineCommand,
  EngineHello,
  EnginePreview,
  LiveEvent,
  LiveSnapshot,
  LiveTicket,
  VoicePreviewQuery,
} from "../contract/live.ts";
import { principalOf } from "../exchange.ts";
import { mutate, read } from "../idempotency.ts";
import { op, scoped } from "../route.ts";
import { getAgent } from "../voice/agent.ts";
import { requireDemoCalls } from "../voice/demo.ts";
import type { Deps, Work } from "../work.ts";
import type { LiveHub, LiveSocket } from "./hub.ts";
import { type LiveTickets, randomTicket, TICKET_LIFE_MS } from "./tickets.ts";
import { ulawWav } from "./ulaw-wav.ts";

export interface LiveDeps extends Deps {
  readonly hub: LiveHub;
  readonly tickets: LiveTickets;
}

const params = z.object({ id: id("call") });

interface ElysiaSocket {
  readonly raw: object;
  readonly data: { readonly request: Request };
  readonly id: string;
  send(text: string): unknown;
  close(code: number, reason: string): unknown;
}

/** Elysia's type of Bun's socket lacks the method. */
function waitingBytes(raw: object): number {
  return "getBufferedAmount" in raw && typeof raw.getBufferedAmount === "function"
    ? Number(raw.getBufferedAmount())
    : 0;
}

/** Elysia makes a new wrapper for each event, with the same id. */
class Sockets {
  readonly #open = new Map<string, LiveSocket>();

  add(ws: ElysiaSocket): LiveSocket {
    const socket: LiveSocket = {
      send: (text) => void ws.send(text),
      waitingBytes: () => waitingBytes(ws.raw),
      close: (code, reason) => void ws.close(code, reason),
    };
    this.#open.set(ws.id, socket);
    return socket;
  }

  of(ws: ElysiaSocket): LiveSocket | undefined {
    return this.#open.get(ws.id);
  }

  remove(ws: ElysiaSocket): LiveSocket | undefined {
    const socket = this.#open.get(ws.id);
    this.#open.delete(ws.id);
    return socket;
  }
}

function engineSocket({ hub, log }: LiveDeps) {
  const sockets = new Sockets();
  return new Elysia().use(scoped).ws("/voice/v1/engine/live", {
    scope: "engine:write",
    detail: { hide: true },
    open: (ws) => hub.engineOpened(principalOf(ws.data.request), sockets.add(ws)),
    message(ws, message) {
      const socket = sockets.of(ws);
      if (!socket) return;
      const hello = EngineHello.safeParse(message);
      if (hello.success) return hub.engineHello(socket, hello.data);
      const preview = EnginePreview.safeParse(message);
      if (preview.success) return hub.enginePreview(socket, preview.data);
      const event = LiveEvent.safeParse(message);
      if (event.success) return hub.engineEvent(socket, event.data);
      log.warn({ issues: event.error.issues.length }, "an engine's live message is not understood and dropped");
    },
    close(ws) {
      const socket = sockets.remove(ws);
      if (socket) hub.engineClosed(socket);
    },
  });
}

function dashboardSocket({ hub }: LiveDeps) {
  const sockets = new Sockets();
  return new Elysia().use(scoped).ws("/voice/v1/live", {
    scope: "calls:read",
    detail: { hide: true },
    open: (ws) => hub.viewerOpened(principalOf(ws.data.request), sockets.add(ws)),
    message(ws, message) {
      const socket = sockets.of(ws);
      const asked = DashboardRequest.safeParse(message);
      if (socket && asked.success) hub.viewerListens(socket, asked.data.call_id, asked.data.on);
      else ws.close(1008, "expected {type: listen, call_id, on}");
    },
    close(ws) {
      const socket = sockets.remove(ws);
      if (socket) hub.viewerClosed(socket);
    },
  });
}

type CallCommand = Extract<EngineCommand, { call_id: string }>;

function commands(deps: LiveDeps) {
  const send = (request: Request, command: CallCommand) =>
    mutate(deps, request, CommandSent, async (work) => {
      deps.hub.command(work.who, command);
      return { status: 202, body: { call_id: command.call_id, sent: true as const } };
    });
  return new Elysia({ prefix: "/voice/v1/calls" })
    .use(scoped)
    .post("/:id/hang-up", ({ request, params }) => send(request, { type: "hang_up", call_id: params.id }), {
      ...op("calls:write", "voice", "Hang up a running call"),
      params,
      response: { 202: CommandSent },
    })
    .post("/:id/say", ({ request, params, body }) => send(request, { type: "say", call_id: params.id, ...body }), {
      ...op("calls:write", "voice", "Have her say something in a running call, and hang up after it if asked"),
      params,
      body: CallSay,
      response: { 202: CommandSent },
    })
    .post(
      "/:id/transfer",
      ({ request, params, body }) => send(request, { type: "transfer", call_id: params.id, ...body }),
      {
        ...op("calls:write", "voice", "Hand a running call to a human, who is told first who calls"),
        params,
        body: CallTransfer,
        response: { 202: CommandSent },
      },
    );
}

/** Twilio's protocol on the engine's own socket: sound does not pass through the api. */
async function expectBrowser(
  deps: LiveDeps,
  work: Work,
  from: z.infer<typeof BrowserCallCreate>,
): Promise<BrowserCall> {
  await requireDemoCalls(work);
  const ticket = randomTicket();
  const expires_at = new Date(work.nowMs + TICKET_LIFE_MS).toISOString();
  const engine = deps.hub.expectStream(work.who, { ticket, expires_at, ...from });
  const url = new URL(engine.stream_url ?? "");
  url.searchParams.set("ticket", ticket);
  return { url: url.href, engine_id: engine.engine_id, expires_at };
}

function entrances(deps: LiveDeps) {
  return new Elysia({ prefix: "/voice/v1" })
    .use(scoped)
    .get("/live/calls", ({ request }) => read(deps, request, async (work) => deps.hub.snapshot(work.who)), {
      ...op("calls:read", "voice", "List the calls that run now, and the engines"),
      response: { 200: LiveSnapshot },
    })
    .post(
      "/live/tickets",
      ({ request }) =>
        mutate(deps, request, LiveTicket, async (work) => {
          const { ticket, expiresMs } = deps.tickets.issue(work.who, work.nowMs);
          const url = `${deps.publicUrl.replace(/^http/, "ws")}/voice/v1/live?ticket=${ticket}`;
          return { status: 201, body: { ticket, url, expires_at: new Date(expiresMs).toISOString() } };
        }),
      {
        ...op("calls:read", "voice", "Make a ticket that opens the live WebSocket once, for a browser"),
        response: { 201: LiveTicket },
      },
    )
    .post(
      "/browser-calls",
      ({ request, body }) =>
        mutate(deps, request, BrowserCall, async (work) => ({
          status: 201,
          body: await expectBrowser(deps, work, body),
        })),
      {
        ...op("calls:write", "voice", "Make an address for one call from a browser"),
        body: BrowserCallCreate,
        response: { 201: BrowserCall },
      },
    );
}

const PREVIEW = {
  200: { description: "a WAV file", content: { "audio/wav": { schema: { type: "string", format: "binary" } } } },
};

/** The transaction is over before the engine is asked: it may take seconds. */
function preview(deps: LiveDeps) {
  return new Elysia({ prefix: "/voice/v1" }).use(scoped).get(
    "/voice-preview",
    async ({ request, query }) => {
      const agent = await read(deps, request, getAgent);
      const voice = query.voice ?? agent.voice;
      const ulaw = await deps.hub.preview(principalOf(request), deps.clock.now(), {
        type: "preview",
        request_id: randomTicket(),
        text: query.text ?? (agent.greeting.slice(0, 200) || "Hello."),
        voice: voice === "default" ? "" : voice,
        language: query.language ?? agent.languages[0] ?? "en-IN",
      });
      return new Response(ulawWav(ulaw), { headers: { "content-type": "audio/wav", "cache-control": "no-store" } });
    },
    {
      ...op("agent:read", "voice", "Hear a voice before it is chosen (WAV)", PREVIEW),
      query: VoicePreviewQuery,
    },
  );
}

export function liveRoutes(deps: LiveDeps) {
  return new Elysia()
    .use(engineSocket(deps))
    .use(dashboardSocket(deps))
    .use(commands(deps))
    .use(entrances(deps))
    .use(preview(deps));
}
