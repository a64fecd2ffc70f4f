/**
 * Calls that come as LiveKit rooms. The server's webhook, or somebody with an administrator's token, sends her into a room; there she talks to one caller.
 *
 * | state   | event                                  | next                                    |
 * |---------|----------------------------------------|-----------------------------------------|
 * | –       | sent into a room                       | joining                                 |
 * | joining | joined                                 | waiting; out again if an engine is there |
 * | waiting | the caller is there                    | a call                                  |
 * | waiting | nobody for 30 s                        | out                                     |
 * | a call  | the caller leaves, the room is deleted | ended by the caller                     |
 * | a call  | connection lost for good               | ended by an error                       |
 * | a call  | she hangs up                           | the caller is put out (a phone hears it hung up), then she leaves |
 */
import type { LiveEvent } from "@sk-voice/api/contract/index.ts";
import { adminToken, isFromLiveKit, joinToken, type LiveKitKey, maySendUs } from "../../transports/livekit/access.ts";
import { RoomBridge } from "../../transports/livekit/bridge.ts";
import { type Dispatch, dispatchOf, joinOf } from "../../transports/livekit/dispatch.ts";
import {
  AGENT_IDENTITY,
  callerOf,
  isTaken,
  lineOf,
  type RoomParticipant,
} from "../../transports/livekit/participant.ts";
import { rtpRandom } from "../call-start.ts";
import { epochMs } from "../clock.ts";
import type { Log } from "../log.ts";
import type { EndedBy, PeerCalls } from "../peer-calls.ts";
import { type JoinRoom, QUEUE_MS, type RoomLink } from "./room.ts";

export interface LiveKitRoomsOptions {
  readonly key: LiveKitKey;
  /** `wss://…` of the server. */
  readonly url: string;
  /** Webhooks of other rooms are not for her. */
  readonly roomPrefix: string;
  readonly engineId: string;
  readonly calls: Pick<PeerCalls, "hasRoom" | "open" | "send" | "end">;
  readonly join: JoinRoom;
  readonly log: Log;
}

interface RoomCall {
  readonly name: string;
  readonly wanted: string | undefined;
  link: RoomLink | undefined;
  caller: RoomParticipant | undefined;
  bridge: RoomBridge | undefined;
  callId: string | undefined;
  waiting: ReturnType<typeof setTimeout> | undefined;
}

export const CAPTIONS_TOPIC = "sk.captions";
const CALLER_WITHIN_MS = 30_000;
const MAX_ROOMS = 1000;
const REQUEST_TIMEOUT_MS = 5000;
/** Her last word is still on its way through the room. */
const LAST_WORD_MS = QUEUE_MS + 200;

export class LiveKitRooms {
  readonly #rooms = new Map<string, RoomCall>();
  readonly #ending = new Set<Promise<void>>();

  constructor(private readonly options: LiveKitRoomsOptions) {}

  get roomCount(): number {
    return this.#rooms.size;
  }

  /** `POST /livekit`: the server's webhooks. `POST /livekit/join`: somebody who may administer the room. */
  async answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname !== "/livekit" && pathname !== "/livekit/join") return say(404, "not found");
    if (request.method !== "POST") return say(405, "POST it");
    const token = (request.headers.get("authorization") ?? "").replace(/^Bearer /i, "");
    const body = new Uint8Array(await request.arrayBuffer());
    return pathname === "/livekit" ? this.#onWebhook(token, body) : this.#onJoin(token, body);
  }

  /** Calls are their owner's to end, before: waits until their callers are put out. */
  async close(): Promise<void> {
    const idle = [...this.#rooms.values()].filter(({ callId }) => callId === undefined);
    await Promise.all([...idle.map((room) => this.#leave(room)), ...this.#ending]);
  }

  async #onWebhook(token: string, body: Uint8Array): Promise<Response> {
    const { key, roomPrefix } = this.options;
    if (!(await isFromLiveKit(key, token, body, epochMs()))) {
      return say(401, "not signed with this engine's LIVEKIT_API_KEY and LIVEKIT_API_SECRET");
    }
    const dispatch = dispatchOf(new TextDecoder().decode(body), roomPrefix);
    if (dispatch === undefined) return say(400, "no LiveKit webhook");
    if (dispatch === "nothing") return say(200, "nothing to do");
    return this.#send(dispatch) ? say(200, "she comes") : say(503, "no capacity");
  }

  async #onJoin(token: string, body: Uint8Array): Promise<Response> {
    const dispatch = joinOf(new TextDecoder().decode(body));
    if (!dispatch) return say(400, 'send {"room": "…"}, and "participant" where one is meant');
    if (!(await maySendUs(this.options.key, token, dispatch.room, epochMs()))) {
      return say(403, "needs a LiveKit token with roomAdmin for this room, or roomCreate");
    }
    return this.#send(dispatch) ? say(202, "she comes") : say(503, "no capacity");
  }

  /** False when there is no room for a call. A room she is in, or on her way to, is not joined twice. */
  #send({ room: name, participant: wanted }: Dispatch): boolean {
    if (this.#rooms.has(name)) return true;
    if (!this.options.calls.hasRoom || this.#rooms.size >= MAX_ROOMS) return false;
    const room: RoomCall = {
      name,
      wanted,
      link: undefined,
      caller: undefined,
      bridge: undefined,
      callId: undefined,
      waiting: undefined,
    };
    this.#rooms.set(name, room);
    void this.#enter(room).catch((err: unknown) => {
      this.options.log.error({ err }, "a LiveKit room could not be joined; check LIVEKIT_URL, its key and the network");
      void this.#leave(room);
    });
    return true;
  }

  async #enter(room: RoomCall): Promise<void> {
    const { key, engineId, join } = this.options;
    const token = await joinToken(key, room.name, `${AGENT_IDENTITY}${engineId}`, epochMs());
    room.link = await join(token, {
      onJoined: () => this.#look(room),
      onLeft: (identity) => {
        if (identity === room.caller?.identity) this.#end(room, "caller");
      },
      onKey: (identity, digit) => {
        if (identity === room.caller?.identity) room.bridge?.press(digit);
      },
      onGone: (by) => this.#end(room, by),
    });
    // Taken, or the process ends meanwhile.
    if (isTaken(room.link.participants) || !this.#rooms.has(room.name)) return this.#leave(room);
    room.waiting = setTimeout(() => {
      this.options.log.warn("nobody to talk to came into a LiveKit room; she leaves it");
      void this.#leave(room);
    }, CALLER_WITHIN_MS);
    this.#look(room);
  }

  #look(room: RoomCall): void {
    const { link } = room;
    if (!link || room.caller) return;
    room.caller = callerOf(link.participants, room.wanted);
    if (room.caller) this.#begin(room, link, room.caller);
  }

  #begin(room: RoomCall, link: RoomLink, caller: RoomParticipant): void {
    clearTimeout(room.waiting);
    const { calls } = this.options;
    const bridge = new RoomBridge(rtpRandom(), (packet) => {
      if (room.callId !== undefined) calls.send(room.callId, packet);
    });
    const speak = pumpOf(bridge, link);
    room.bridge = bridge;
    room.callId = calls.open({
      transport: "livekit",
      line: (countryOf) => lineOf(caller, room.name, countryOf),
      onRtp: (packet) => {
        bridge.speak(packet);
        speak();
      },
      onLive: (event) => onLive(event, bridge, link),
      close: (by) => {
        const ending = this.#over(room, caller, by).finally(() => this.#ending.delete(ending));
        this.#ending.add(ending);
        return { droppedFrames: bridge.droppedFrames };
      },
    });
    if (room.callId === undefined) {
      this.options.log.warn("a caller in a LiveKit room found no capacity and is put out");
      return void this.#over(room, caller, "error");
    }
    link.listen(caller.identity, (now, samples) => bridge.hear(now, samples));
  }

  /** Ends the call, which leads to `#over`; a room without one is left. */
  #end(room: RoomCall, by: EndedBy): void {
    if (room.callId === undefined) void this.#leave(room);
    else this.options.calls.end(room.callId, by);
  }

  async #over(room: RoomCall, caller: RoomParticipant, by: EndedBy): Promise<void> {
    if (by === "agent") await Bun.sleep(LAST_WORD_MS);
    if (by !== "caller") await this.#putOut(room.name, caller.identity);
    await this.#leave(room);
  }

  /** A SIP participant left alone in a room would listen to silence. */
  async #putOut(room: string, identity: string): Promise<void> {
    const { key, url, log } = this.options;
    try {
      const response = await fetch(`${url.replace(/^ws/, "http").replace(/\/$/, "")}${REMOVE}`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${await adminToken(key, room, epochMs())}`,
          "content-type": "application/json",
        },
        body: JSON.stringify({ room, identity }),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      // 404: already gone.
      if (!response.ok && response.status !== 404)
        log.warn({ status: response.status }, "LiveKit did not put the caller out");
    } catch (err) {
      log.warn({ err }, "LiveKit could not be asked to put the caller out");
    }
  }

  async #leave(room: RoomCall): Promise<void> {
    clearTimeout(room.waiting);
    await room.link?.leave();
    if (this.#rooms.get(room.name) === room) this.#rooms.delete(room.name);
  }
}

const REMOVE = "/twirp/livekit.RoomService/RemoveParticipant";

/** Gives the room what she says as fast as it takes it; the bridge bounds what waits. */
function pumpOf(bridge: RoomBridge, link: RoomLink): () => void {
  let isRunning = false;
  const run = async () => {
    isRunning = true;
    for (let frame = bridge.poll(); frame; frame = bridge.poll()) await link.speak(frame);
    isRunning = false;
  };
  // A room that takes nothing any more says itself that it is gone.
  return () => void (isRunning || run().catch(() => {}));
}

function onLive(event: LiveEvent, bridge: RoomBridge, link: RoomLink): void {
  if (event.type === "caption") link.tell(CAPTIONS_TOPIC, JSON.stringify(event));
  if (event.type !== "barge_in" || event.kind !== "stopped") return;
  bridge.clear();
  link.hush();
}

function say(status: number, text: string): Response {
  return new Response(`${text}\n`, { status });
}
