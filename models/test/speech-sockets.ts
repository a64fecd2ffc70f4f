/** Servers on the loopback that speak Deepgram's and Cartesia's WebSocket protocols as far as ours uses them, and misbehave when told to. */
import type { ServerWebSocket } from "bun";

type Misbehaviour = "mute" | "hang-up" | undefined;

export interface FakeSocketServer {
  readonly baseUrl: string;
  readonly headers: Record<string, string>[];
  /** Text messages of the client. */
  readonly messages: Record<string, unknown>[];
  readonly connections: number;
  transcript: string;
  language: string | undefined;
  /** `mute`: takes everything, answers nothing. `hang-up`: closes at the first question. */
  misbehave: Misbehaviour;
  close(): Promise<void>;
}

interface Heard {
  samples: number;
  finalized: number;
}

function serve(
  onText: (socket: ServerWebSocket<Heard>, message: Record<string, unknown>, server: FakeSocketServer) => void,
) {
  let connections = 0;
  const server = Bun.serve<Heard>({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request, upgrading) {
      fake.headers.push(Object.fromEntries(request.headers));
      return upgrading.upgrade(request, { data: { samples: 0, finalized: 0 } })
        ? undefined
        : new Response("a WebSocket is expected", { status: 400 });
    },
    websocket: {
      open: () => {
        connections++;
      },
      message(socket, message) {
        if (typeof message !== "string") {
          socket.data.samples += message.length / 2;
          return;
        }
        const parsed = JSON.parse(message) as Record<string, unknown>;
        fake.messages.push(parsed);
        if (fake.misbehave === "mute") return;
        if (fake.misbehave === "hang-up") return socket.close(1011, "NET-0000");
        onText(socket, parsed, fake);
      },
    },
  });
  const fake: FakeSocketServer = {
    baseUrl: `ws://127.0.0.1:${server.port}`,
    headers: [],
    messages: [],
    get connections() {
      return connections;
    },
    transcript: "",
    language: undefined,
    misbehave: undefined,
    close: () => server.stop(true),
  };
  return fake;
}

/** `Finalize` answers the transcript, its words spread over the audio that came since the last one. */
export function startFakeDeepgram(): FakeSocketServer {
  return serve((socket, { type }, { transcript, language }) => {
    if (type !== "Finalize") return;
    const { samples, finalized } = socket.data;
    socket.data.finalized = samples;
    const texts = samples === finalized || transcript === "" ? [] : transcript.split(" ");
    const step = (samples - finalized) / 8000 / Math.max(1, texts.length);
    const words = texts.map((text, n) => ({
      word: text.toLowerCase(),
      punctuated_word: text,
      start: finalized / 8000 + n * step,
      end: finalized / 8000 + (n + 1) * step,
      confidence: 0.95,
      ...(language === undefined ? {} : { language }),
    }));
    const channel = { alternatives: [{ transcript: texts.join(" "), confidence: 0.95, words }] };
    socket.send(JSON.stringify({ type: "Metadata", request_id: "r1" }));
    socket.send(JSON.stringify({ type: "Results", is_final: true, from_finalize: true, channel }));
  });
}

const TONE_MS_PER_CHARACTER = 60;
const LEAD_MS = 100;

/** 100 ms of silence, then a tone of 60 ms a character, with word times; a text with "error" in it is refused. */
export function startFakeCartesia(): FakeSocketServer {
  return serve((socket, message) => {
    const { transcript, context_id } = message as { transcript?: string; context_id: string };
    if (transcript === undefined) return;
    if (transcript.includes("error")) {
      socket.send(
        JSON.stringify({ type: "error", context_id, message: "no such voice", status_code: 400, done: true }),
      );
      return;
    }
    const words = transcript.split(" ");
    let at = LEAD_MS / 1000;
    const times = words.map((word) => {
      const start = at;
      at += ((word.length + 1) * TONE_MS_PER_CHARACTER) / 1000;
      return { start, end: at };
    });
    const stamps = { words, start: times.map(({ start }) => start), end: times.map(({ end }) => end) };
    socket.send(JSON.stringify({ type: "timestamps", context_id, done: false, word_timestamps: stamps }));
    const samples = Int16Array.from({ length: Math.round(at * 8000) }, (_, i) =>
      i < LEAD_MS * 8 ? 0 : 6000 * Math.sin((2 * Math.PI * 400 * i) / 8000),
    );
    const bytes = Buffer.from(samples.buffer);
    for (let from = 0; from < bytes.length; from += 3200) {
      const data = bytes.subarray(from, from + 3200).toString("base64");
      socket.send(JSON.stringify({ type: "chunk", context_id, data, done: false, status_code: 206 }));
    }
    socket.send(JSON.stringify({ type: "done", context_id, done: true, status_code: 206 }));
  });
}

/** OpenAI's Realtime transcription sessions: `commit` answers the transcript, in two deltas; less than 100 ms is refused as there. */
export function startFakeRealtime(): FakeSocketServer {
  let items = 0;
  return serve((socket, message, { transcript }) => {
    const send = (event: object) => socket.send(JSON.stringify({ event_id: "e", ...event }));
    const { data } = socket;
    switch (message["type"]) {
      case "session.update":
        return send({ type: "session.updated", session: message["session"] });
      case "input_audio_buffer.append":
        data.samples += Buffer.from(String(message["audio"]), "base64").length;
        return;
      case "input_audio_buffer.clear":
        data.samples = 0;
        return send({ type: "input_audio_buffer.cleared" });
      case "input_audio_buffer.commit": {
        if (data.samples < 800) {
          const error = {
            type: "invalid_request_error",
            code: "input_audio_buffer_commit_empty",
            message: "too small",
          };
          return send({ type: "error", error });
        }
        data.samples = 0;
        const item_id = `item_${++items}`;
        send({ type: "input_audio_buffer.committed", item_id, previous_item_id: null });
        const event = "conversation.item.input_audio_transcription";
        if (transcript.includes("error")) {
          return send({ type: `${event}.failed`, item_id, content_index: 0, error: { message: "cannot hear" } });
        }
        const half = Math.ceil(transcript.length / 2);
        for (const delta of [transcript.slice(0, half), transcript.slice(half)])
          send({ type: `${event}.delta`, item_id, content_index: 0, delta });
        const logprobs = transcript.split(" ").map((token) => ({ token, logprob: -0.05, bytes: [] }));
        return send({ type: `${event}.completed`, item_id, content_index: 0, transcript, logprobs });
      }
    }
  });
}
