/**
 * Calls while they run, from the api's WebSocket. A store outside of React: 100 calls at 4 Hz are 400 changes a second, and whoever shows a level
 * reads it at the next frame instead of rendering for each.
 */
import { useSyncExternalStore } from "react";
import type { TurnLatency } from "../../../contract/engine.ts";
import type { CallLevel, DashboardMessage, LiveCall, LiveEngine } from "../../../contract/live.ts";

export interface Caption {
  key: number;
  speaker: "caller" | "agent";
  text: string;
  final: boolean;
  /** She was interrupted in it. */
  stopped: boolean;
  atMs: number;
}

export interface LiveState {
  connected: boolean;
  calls: ReadonlyMap<string, LiveCall>;
  engines: readonly LiveEngine[];
  captions: ReadonlyMap<string, readonly Caption[]>;
  turns: ReadonlyMap<string, readonly TurnLatency[]>;
  bargeIns: ReadonlyMap<string, number>;
  /** Ids of calls that ended while we watched, newest first. */
  ended: readonly string[];
}

const KEPT_CAPTIONS = 200;
const KEPT_ENDED = 20;
const LONGEST_WAIT_MS = 15_000;

let state: LiveState = {
  connected: false,
  calls: new Map(),
  engines: [],
  captions: new Map(),
  turns: new Map(),
  bargeIns: new Map(),
  ended: [],
};
const listeners = new Set<() => void>();
const levels = new Map<string, CallLevel>();
const audioListeners = new Set<(callId: string, caller: string, agent: string) => void>();
let socket: WebSocket | undefined;
let failures = 0;
let retry: ReturnType<typeof setTimeout> | undefined;
let captionKey = 0;
const heard = new Set<string>();

function set(change: Partial<LiveState>): void {
  state = { ...state, ...change };
  for (const listener of listeners) listener();
}

function withEntry<V>(map: ReadonlyMap<string, V>, key: string, value: V): ReadonlyMap<string, V> {
  return new Map(map).set(key, value);
}

function without<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  const next = new Map(map);
  next.delete(key);
  return next;
}

/** A caption replaces the last one of its speaker while that is not final. */
function addCaption(
  before: readonly Caption[],
  { speaker, text, final, interrupted: stopped = false }: Extract<DashboardMessage, { type: "caption" }>,
): readonly Caption[] {
  const open = before.findLastIndex((one) => one.speaker === speaker && !one.final);
  if (open >= 0) return before.map((one, index) => (index === open ? { ...one, text, final, stopped } : one));
  return [...before, { key: captionKey++, speaker, text, final, stopped, atMs: Date.now() }].slice(-KEPT_CAPTIONS);
}

function take(message: DashboardMessage): void {
  switch (message.type) {
    case "snapshot":
      levels.clear();
      return set({ calls: new Map(message.calls.map((one) => [one.id, one])), engines: message.engines });
    case "engines":
      return set({ engines: message.engines });
    case "call":
      return set({ calls: withEntry(state.calls, message.call.id, message.call) });
    case "ended":
      levels.delete(message.call_id);
      return set({
        calls: without(state.calls, message.call_id),
        ended: [message.call_id, ...state.ended].slice(0, KEPT_ENDED),
      });
    case "levels":
      for (const level of message.levels) levels.set(level.call_id, level);
      return;
    case "caption": {
      const before = state.captions.get(message.call_id) ?? [];
      const after = addCaption(before, message);
      return set({ captions: withEntry(state.captions, message.call_id, after) });
    }
    case "turn": {
      const turns = [...(state.turns.get(message.call_id) ?? []), message.latency];
      return set({ turns: withEntry(state.turns, message.call_id, turns) });
    }
    case "barge_in": {
      if (message.kind !== "stopped") return;
      const count = (state.bargeIns.get(message.call_id) ?? 0) + 1;
      return set({ bargeIns: withEntry(state.bargeIns, message.call_id, count) });
    }
    case "audio":
      for (const listener of audioListeners) listener(message.call_id, message.caller, message.agent);
  }
}

function connect(): void {
  const { protocol, host } = location;
  socket = new WebSocket(`${protocol === "https:" ? "wss" : "ws"}://${host}/voice/v1/live`);
  socket.onopen = () => {
    failures = 0;
    set({ connected: true });
    for (const call_id of heard) socket?.send(JSON.stringify({ type: "listen", call_id, on: true }));
  };
  socket.onmessage = ({ data }) => take(JSON.parse(String(data)) as DashboardMessage);
  socket.onclose = () => {
    socket = undefined;
    if (state.connected) set({ connected: false });
    if (listeners.size === 0) return;
    retry = setTimeout(
      () => {
        retry = undefined;
        connect();
      },
      Math.min(LONGEST_WAIT_MS, 500 * 2 ** failures++),
    );
  };
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (socket === undefined && retry === undefined) connect();
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearTimeout(retry);
    retry = undefined;
    socket?.close();
  };
}

/** @param select must give the same thing for the same state */
export function useLive<T>(select: (state: LiveState) => T): T {
  return useSyncExternalStore(subscribe, () => select(state));
}

/** The newest level; not a reason to render. */
export function levelOf(callId: string): CallLevel | undefined {
  return levels.get(callId);
}

/** Sound of one call until the returned function is called. */
export function listenTo(callId: string, take: (caller: string, agent: string) => void): () => void {
  const listener = (id: string, caller: string, agent: string) => (id === callId ? take(caller, agent) : undefined);
  const ask = (on: boolean) => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "listen", call_id: callId, on }));
  };
  audioListeners.add(listener);
  heard.add(callId);
  ask(true);
  return () => {
    audioListeners.delete(listener);
    heard.delete(callId);
    ask(false);
  };
}
