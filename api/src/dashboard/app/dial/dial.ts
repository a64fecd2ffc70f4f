/**
 * A call from this browser: Twilio's media stream protocol on the engine's own WebSocket, opened with a ticket of the api.
 *
 * | state      | what happens              | next                                 |
 * |------------|---------------------------|--------------------------------------|
 * | idle       | the button is pressed     | asking                               |
 * | asking     | microphone allowed        | connecting; refused: failed          |
 * | connecting | the socket is open        | talking; refused or no engine: failed|
 * | talking    | either side hangs up      | ended                                |
 */
import { useSyncExternalStore } from "react";
import type { BrowserCall } from "../../../contract/live.ts";
import { call, Problem } from "../lib/api.ts";
import { tell } from "../ui/toast.tsx";
import type { FromWorklet, ToWorklet } from "./capture.worklet.ts";
import { decodeBase64, encodeBase64 } from "./mulaw.ts";

export type DialState = "idle" | "asking" | "connecting" | "talking" | "ended" | "failed";

interface Snapshot {
  isOpen: boolean;
  state: DialState;
  /** What the live channel shows of us as the caller. */
  display: string;
  startedMs: number;
  muted: boolean;
  problem: string | undefined;
}

let snapshot: Snapshot = { isOpen: false, state: "idle", display: "", startedMs: 0, muted: false, problem: undefined };
const listeners = new Set<() => void>();
/** Peaks from 0 to 1, read at each frame. */
export const dialLevels = { me: 0, her: 0 };
let running: { hangUp(): void; mute(on: boolean): void } | undefined;

function set(change: Partial<Snapshot>): void {
  snapshot = { ...snapshot, ...change };
  for (const listener of listeners) listener();
}

interface StreamMessage {
  event: string;
  media?: { payload: string };
  mark?: { name: string };
}

/** @throws DOMException when the microphone is refused */
async function openSound(): Promise<{ node: AudioWorkletNode; close(): void }> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { channelCount: 1, echoCancellation: true, noiseSuppression: false, autoGainControl: true },
  });
  const context = new AudioContext({ latencyHint: "interactive" });
  const worklet = document.querySelector<HTMLMetaElement>('meta[name="sk-worklet"]')?.content ?? "";
  await context.audioWorklet.addModule(worklet);
  const node = new AudioWorkletNode(context, "sk-phone", { outputChannelCount: [1] });
  context.createMediaStreamSource(stream).connect(node);
  node.connect(context.destination);
  const close = () => {
    for (const track of stream.getTracks()) track.stop();
    node.disconnect();
    void context.close();
  };
  return { node, close };
}

function openStream(url: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.onopen = () => resolve(socket);
    socket.onerror = () => reject(new Problem(0, "stream_refused", "The engine does not take the call."));
  });
}

function talk(socket: WebSocket, sound: Awaited<ReturnType<typeof openSound>>): void {
  const streamSid = `MZ${crypto.randomUUID().replaceAll("-", "")}`;
  const send = (message: object) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };
  const post = (message: ToWorklet) => sound.node.port.postMessage(message);
  let sequence = 1;
  let frames = 0;
  send({ event: "connected", protocol: "Call", version: "1.0.0" });
  send({
    event: "start",
    sequenceNumber: String(sequence++),
    streamSid,
    start: {
      streamSid,
      accountSid: "browser",
      callSid: streamSid.replace("MZ", "CA"),
      tracks: ["inbound"],
      mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
      customParameters: {},
    },
  });
  sound.node.port.onmessage = ({ data }: MessageEvent<FromWorklet>) => {
    if ("reached" in data) return send({ event: "mark", streamSid, mark: { name: data.reached } });
    if ("played" in data) {
      dialLevels.her = Math.max(data.played, dialLevels.her * 0.97);
      return;
    }
    dialLevels.me = Math.max(data.peak, dialLevels.me * 0.8);
    const media = {
      track: "inbound",
      chunk: String(++frames),
      timestamp: String(frames * 20),
      payload: encodeBase64(data.frame),
    };
    send({ event: "media", sequenceNumber: String(sequence++), streamSid, media });
  };
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(String(data)) as StreamMessage;
    if (message.event === "media" && message.media !== undefined)
      post({ samples: decodeBase64(message.media.payload) });
    else if (message.event === "mark" && message.mark !== undefined) post({ mark: message.mark.name });
    else if (message.event === "clear") post({ clear: true });
  };
  socket.onclose = () => {
    running = undefined;
    sound.close();
    set({ state: "ended" });
  };
  running = {
    hangUp() {
      send({ event: "stop", sequenceNumber: String(sequence++), streamSid, stop: {} });
      socket.close(1000);
    },
    mute(on) {
      post({ muted: on });
      set({ muted: on });
    },
  };
  set({ state: "talking", startedMs: Date.now(), muted: false });
}

/** @param name shown to whoever watches live calls */
async function start(name: string): Promise<void> {
  if (running !== undefined || snapshot.state === "asking" || snapshot.state === "connecting") return;
  const display = `${name} (browser ${crypto.randomUUID().slice(0, 4)})`;
  set({ state: "asking", display, problem: undefined });
  let sound: Awaited<ReturnType<typeof openSound>> | undefined;
  try {
    sound = await openSound();
    set({ state: "connecting" });
    const { url } = await call<BrowserCall>("POST", "/voice/v1/browser-calls", { from_display: display });
    talk(await openStream(url), sound);
  } catch (error) {
    sound?.close();
    const refused = error instanceof DOMException;
    set({ state: "failed", problem: refused ? "microphone" : error instanceof Error ? error.message : String(error) });
  }
}

function open(): void {
  if (!window.isSecureContext)
    return tell("A browser gives the microphone to https pages and to localhost only.", "bad");
  set({ isOpen: true, ...(running === undefined ? { state: "idle" as const } : {}) });
}

function close(): void {
  running?.hangUp();
  set({ isOpen: false });
}

export function useDial() {
  const now = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => snapshot,
  );
  return { ...now, open, close, start, hangUp: () => running?.hangUp(), mute: (on: boolean) => running?.mute(on) };
}
