/**
 * Rooms without a server: the life of a call with a room that is played, and sound both ways through the library's own sources, tracks and streams. With a server
 * (LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET) the last test runs a call through it.
 */
import { afterAll, expect, test } from "bun:test";
import { pcmu } from "@sk-voice/media/g711/index.ts";
import { RtpSender } from "@sk-voice/media/rtp/sender.ts";
import { adminToken, joinToken } from "../../transports/livekit/access.ts";
import { ROOM_FRAME_SAMPLES, ROOM_RATE_HZ } from "../../transports/livekit/bridge.ts";
import { AGENT_IDENTITY, type RoomParticipant } from "../../transports/livekit/participant.ts";
import { PCMU_PAYLOAD_TYPE } from "../../transports/stream-rtp.ts";
import { createLog } from "../log.ts";
import type { EndedBy, Peer } from "../peer-calls.ts";
import { Guest, loudest } from "./guest.ts";
import { type Library, type LibraryFrame, type LibraryTrack, loadLibrary } from "./library.ts";
import { joinRooms, type RoomEvents } from "./room.ts";
import { CAPTIONS_TOPIC, LiveKitRooms } from "./rooms.ts";

const url = process.env["LIVEKIT_URL"] ?? "";
const KEY = {
  apiKey: process.env["LIVEKIT_API_KEY"] ?? "devkey",
  apiSecret: process.env["LIVEKIT_API_SECRET"] ?? "a secret of at least thirty-two bytes",
};
const log = createLog({ level: "error", name: "test" });
const library = await loadLibrary().catch((error: Error) => error.message);
if (typeof library === "string") console.log(`skipped: sound through @livekit/rtc-node (${library})`);
if (url === "") console.log("skipped: a call through a LiveKit server (LIVEKIT_URL is not set)");
afterAll(() => (typeof library === "string" ? undefined : library.dispose()));

const tone = (rateHz: number, count: number, index: number) =>
  Int16Array.from({ length: count }, (_, n) =>
    Math.round(8000 * Math.sin((2 * Math.PI * 440 * (n + index * count)) / rateHz)),
  );

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await Bun.sleep(5);
}

/** Calls as the rooms see them: what they open, send and end. */
class Calls {
  hasRoom = true;
  isOverQuota = false;
  peer: Peer | undefined;
  readonly sent: Uint8Array[] = [];
  readonly ended: EndedBy[] = [];
  readonly #rtp = new RtpSender({ ssrc: 1, firstSequence: 1, firstTimestampTicks: 1 });

  open(peer: Peer): string | undefined {
    if (this.isOverQuota) return undefined;
    this.peer = peer;
    return "cal_1";
  }

  send(_callId: string, packet: Uint8Array): void {
    this.sent.push(packet.slice());
  }

  end(_callId: string, by: EndedBy): void {
    this.ended.push(by);
    this.peer?.close(by);
  }

  /** 20 ms of a tone from her. */
  say(index: number): void {
    pcmu.encode(tone(8000, 160, index), this.#rtp.payload);
    this.peer?.onRtp(this.#rtp.audio(PCMU_PAYLOAD_TYPE, 160, 160));
  }

  heard(): number {
    const samples = new Int16Array(160);
    return Math.max(
      0,
      ...this.sent.map((packet) => {
        pcmu.decode(packet.subarray(12), samples);
        return loudest(samples);
      }),
    );
  }
}

/** A room that is played, and the server's RoomService. */
function stage(participants: RoomParticipant[]) {
  const asked: { path: string; body: unknown }[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      asked.push({ path: new URL(request.url).pathname, body: await request.json() });
      return Response.json({});
    },
  });
  const calls = new Calls();
  const told: [string, string][] = [];
  let events: RoomEvents | undefined;
  let left = 0;
  const rooms = new LiveKitRooms({
    key: KEY,
    url: `ws://127.0.0.1:${server.port}`,
    roomPrefix: "",
    engineId: "engine-1",
    calls,
    log,
    join: async (_token, given) => {
      events = given;
      return {
        participants,
        listen: (_identity, onFrame) => onFrame(0, tone(ROOM_RATE_HZ, ROOM_FRAME_SAMPLES * 2, 0)),
        speak: async () => {},
        hush: () => told.push(["hush", ""]),
        tell: (topic, text) => told.push([topic, text]),
        leave: async () => {
          left++;
        },
      };
    },
  });
  const send = async (token: string, room = "call-1") =>
    (
      await rooms.answer(
        new Request("http://engine/livekit/join", {
          method: "POST",
          headers: { authorization: `Bearer ${token}` },
          body: JSON.stringify({ room }),
        }),
      )
    ).status;
  const close = () => server.stop(true);
  return { asked, calls, told, rooms, send, close, events: () => events, left: () => left };
}

const caller: RoomParticipant = { identity: "sip_1", name: "Asha", kind: "sip", attributes: {} };
const admin = () => adminToken(KEY, "call-1", Date.now());

test("who may send her: an administrator, once for a room, while there is capacity", async () => {
  const { rooms, calls, send, close } = stage([]);
  expect(await send("nobody's")).toBe(403);
  expect(await send(await joinToken(KEY, "call-1", "guest", Date.now()))).toBe(403);
  calls.hasRoom = false;
  expect(await send(await admin())).toBe(503);
  calls.hasRoom = true;
  expect([await send(await admin()), await send(await admin())]).toEqual([202, 202]);
  expect(rooms.roomCount).toBe(1);
  const post = (body: string) => rooms.answer(new Request("http://engine/livekit", { method: "POST", body }));
  expect((await post('{"event":"room_started"}')).status).toBe(401);
  expect(calls.peer).toBeUndefined();
  await rooms.close();
  close();
});

test("a call: heard, captions told, interrupted, hung up by her, and the caller is put out", async () => {
  const { asked, calls, told, rooms, send, close, left } = stage([caller]);
  await send(await admin());
  await until(() => calls.sent.length > 0);
  calls.peer!.onLive({ type: "caption", call_id: "cal_1", speaker: "agent", text: "Hello.", final: true });
  calls.peer!.onLive({ type: "barge_in", call_id: "cal_1", kind: "stopped" });
  expect(told[0]![0]).toBe(CAPTIONS_TOPIC);
  expect(JSON.parse(told[0]![1])).toMatchObject({ speaker: "agent", text: "Hello." });
  expect(told[1]).toEqual(["hush", ""]);
  calls.end("cal_1", "agent");
  await rooms.close();
  expect(asked).toEqual([
    { path: "/twirp/livekit.RoomService/RemoveParticipant", body: { room: "call-1", identity: "sip_1" } },
  ]);
  expect([left(), rooms.roomCount]).toEqual([1, 0]);
  close();
});

test("the caller leaves, or the room is gone: the call ends, nobody is put out", async () => {
  for (const act of [(e: RoomEvents) => e.onLeft("sip_1"), (e: RoomEvents) => e.onGone("caller")]) {
    const { asked, calls, rooms, send, close, events } = stage([caller]);
    await send(await admin());
    await until(() => calls.sent.length > 0);
    events()!.onLeft("somebody else");
    act(events()!);
    await until(() => rooms.roomCount === 0);
    expect([calls.ended, asked]).toEqual([["caller"], []]);
    close();
  }
});

test("a caller over the quota is put out, not left in silence", async () => {
  const { asked, calls, rooms, send, close } = stage([caller]);
  calls.isOverQuota = true;
  await send(await admin());
  await until(() => rooms.roomCount === 0);
  expect(asked).toHaveLength(1);
  close();
});

test("another engine is there: she leaves", async () => {
  const { calls, rooms, send, close, left } = stage([
    caller,
    { ...caller, identity: `${AGENT_IDENTITY}2`, kind: "agent" },
  ]);
  await send(await admin());
  await until(() => left() === 1 && rooms.roomCount === 0);
  expect(calls.peer).toBeUndefined();
  close();
});

/** What is heard of a track: the loudest sample. */
async function listenTo({ AudioStream }: Library, track: LibraryTrack, enough: (loudestYet: number) => boolean) {
  let most = 0;
  const options = { sampleRate: ROOM_RATE_HZ, numChannels: 1, frameSizeMs: 20 };
  const reader = new AudioStream(track, options).getReader();
  while (!enough(most)) most = Math.max(most, loudest(((await reader.read()).value as LibraryFrame).data));
  await reader.cancel();
  return most;
}

test.skipIf(typeof library === "string")("sound both ways through the library's own sources and streams", async () => {
  const real = library as Library;
  const callersSource = new real.AudioSource(ROOM_RATE_HZ, 1, 100);
  const callersTrack = real.LocalAudioTrack.createAudioTrack("caller", callersSource);
  let hers: LibraryTrack | undefined;
  /** The library's room but for the network: the caller's track comes when it is subscribed to. */
  class NoNetwork {
    readonly #listeners = new Map<string, (...given: unknown[]) => void>();
    readonly localParticipant = {
      publishTrack: async (track: LibraryTrack) => {
        hers = track;
      },
      publishData: async () => {},
    };
    readonly #caller = { identity: "sip_1", name: "Asha", kind: 3, attributes: {}, trackPublications: new Map() };
    readonly remoteParticipants = new Map([["sip_1", this.#caller]]);
    async connect(): Promise<void> {
      const subscribed = () => this.#listeners.get("trackSubscribed")?.(callersTrack, publication, this.#caller);
      const publication = { kind: 1, setSubscribed: subscribed };
      this.#caller.trackPublications.set("TR_1", publication);
    }
    async disconnect(): Promise<void> {}
    on(event: string, listener: (...given: never[]) => void): void {
      this.#listeners.set(event, listener as (...given: unknown[]) => void);
    }
  }
  const calls = new Calls();
  const rooms = new LiveKitRooms({
    key: KEY,
    url: "ws://127.0.0.1:9",
    roomPrefix: "",
    engineId: "engine-1",
    calls,
    log,
    join: joinRooms({ ...real, Room: NoNetwork }, "ws://127.0.0.1:9"),
  });
  const body = JSON.stringify({ room: "call-1" });
  const headers = { authorization: `Bearer ${await admin()}` };
  await rooms.answer(new Request("http://engine/livekit/join", { method: "POST", headers, body }));
  await until(() => calls.peer !== undefined && hers !== undefined);
  const herSound = listenTo(real, hers!, (most) => most > 7000);
  for (let index = 0; calls.heard() < 7000; index++) {
    const samples = tone(ROOM_RATE_HZ, ROOM_FRAME_SAMPLES, index);
    await callersSource.captureFrame(new real.AudioFrame(samples, ROOM_RATE_HZ, 1, ROOM_FRAME_SAMPLES));
    calls.say(index);
  }
  let said = true;
  const speaking = (async () => {
    for (let index = 0; said; index++) {
      calls.say(index);
      await Bun.sleep(10);
    }
  })();
  expect(await herSound).toBeLessThan(9000);
  said = false;
  await speaking;
  expect(calls.heard()).toBeLessThan(9000);
  calls.end("cal_1", "caller");
  await rooms.close();
  await callersSource.close();
});

test.skipIf(typeof library === "string" || url === "")(
  "a call through a LiveKit server: both hear each other, captions arrive, the caller is put out",
  async () => {
    const real = library as Library;
    const name = `call-${process.pid}`;
    const calls = new Calls();
    const join = joinRooms(real, url);
    const rooms = new LiveKitRooms({ key: KEY, url, roomPrefix: "", engineId: "engine-1", calls, log, join });
    const guest = new Guest(real);
    await guest.join(url, KEY, name, "asha");
    const headers = { authorization: `Bearer ${await adminToken(KEY, name, Date.now())}` };
    const body = JSON.stringify({ room: name, participant: "asha" });
    await rooms.answer(new Request("http://engine/livekit/join", { method: "POST", headers, body }));
    for (let index = 0; guest.level < 4000 || calls.heard() < 4000; index++) {
      await guest.say(tone(ROOM_RATE_HZ, ROOM_FRAME_SAMPLES, index));
      calls.say(index);
    }
    calls.peer!.onLive({ type: "caption", call_id: "cal_1", speaker: "agent", text: "Hello.", final: true });
    await until(() => guest.captions.length > 0);
    calls.end("cal_1", "agent");
    await until(() => guest.isOut);
    await rooms.close();
    await guest.leave();
  },
  60_000,
);
