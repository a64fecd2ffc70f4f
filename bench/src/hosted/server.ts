/**
 * An OpenAI-compatible server on the loopback that answers at the pace of a hosted one: transcription, chat with tokens one by one, speech streamed faster than
 * it plays. What it says is fixed; when it says it is the point.
 */
export interface Pace {
  /** Audio received → text. */
  readonly transcriptMs: number;
  readonly firstTokenMs: number;
  readonly tokensPerSecond: number;
  /** Text received → first sound. */
  readonly firstAudioMs: number;
  /** Audio comes this much faster than it plays. */
  readonly audioSpeed: number;
}

/** Figures of the faster hosted services, as published by their users: a recogniser that has listened along, a small model, a streaming voice. */
export const HOSTED_PACE: Pace = {
  transcriptMs: 120,
  firstTokenMs: 250,
  tokensPerSecond: 80,
  firstAudioMs: 110,
  audioSpeed: 4,
};

export interface HostedServer {
  readonly baseUrl: string;
  readonly requests: { transcriptions: number; chats: number; speeches: number };
  close(): Promise<void>;
}

/** Begins as the prompt asks for: with a few words. */
const OPENERS = ["Sure.", "Of course.", "Yes, certainly.", "Let me see.", "Good question.", "All right."] as const;
const REST = [
  "We are open from nine to six on weekdays. Would you like to come by?",
  "There is a free slot on Friday at three in the afternoon. Shall I take it?",
  "You will find us next to the post office on Cathedral Road. Is there anything else?",
] as const;
const PCM_HZ = 24_000;
const CHUNK_MS = 100;

export function startHosted(pace: Pace): HostedServer {
  const requests = { transcriptions: 0, chats: 0, speeches: 0 };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 60,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname.endsWith("/audio/transcriptions")) {
        requests.transcriptions++;
        await request.arrayBuffer();
        return transcription(pace);
      }
      if (pathname.endsWith("/chat/completions")) return chat(requests.chats++, pace);
      if (pathname.endsWith("/audio/speech")) {
        requests.speeches++;
        const { input } = (await request.json()) as { input: string };
        return speech(input, pace);
      }
      return new Response("{}", { status: 404 });
    },
  });
  return { baseUrl: `http://127.0.0.1:${server.port}/v1`, requests, close: () => server.stop(true) };
}

const EVENTS = { headers: { "content-type": "text/event-stream" } };

async function transcription({ transcriptMs }: Pace): Promise<Response> {
  await Bun.sleep(transcriptMs);
  const text = "Could you tell me your opening hours, please?";
  const done = { type: "transcript.text.done", text, logprobs: [{ token: text, logprob: -0.1 }] };
  return new Response(`event: transcript.text.done\ndata: ${JSON.stringify(done)}\n\ndata: [DONE]\n\n`, EVENTS);
}

function chat(turn: number, { firstTokenMs, tokensPerSecond }: Pace): Response {
  const reply = `${OPENERS[turn % OPENERS.length]} ${REST[turn % REST.length]}`;
  const tokens = reply.match(/\s*\S{1,5}/g) ?? [];
  const chunk = (delta: object, finish: string | null) =>
    `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "paced", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  return new Response(
    new ReadableStream({
      async start(controller) {
        const encoder = new TextEncoder();
        const startMs = performance.now();
        for (const [n, content] of tokens.entries()) {
          await until(startMs + firstTokenMs + (n * 1000) / tokensPerSecond);
          controller.enqueue(encoder.encode(chunk({ content }, null)));
        }
        controller.enqueue(encoder.encode(`${chunk({}, "stop")}data: [DONE]\n\n`));
        controller.close();
      },
    }),
    EVENTS,
  );
}

/** A tone of 20 ms a character: short turns, since only their beginnings are measured. */
function speech(text: string, { firstAudioMs, audioSpeed }: Pace): Response {
  const samples = Math.round((text.length * 20 * PCM_HZ) / 1000);
  const pcm = Int16Array.from({ length: samples }, (_, i) => 6000 * Math.sin((2 * Math.PI * 300 * i) / PCM_HZ));
  const step = (CHUNK_MS * PCM_HZ) / 1000;
  return new Response(
    new ReadableStream({
      async start(controller) {
        const startMs = performance.now() + firstAudioMs;
        for (let at = 0, n = 0; at < samples; at += step, n++) {
          await until(startMs + (n * CHUNK_MS) / audioSpeed);
          controller.enqueue(new Uint8Array(pcm.slice(at, at + step).buffer));
        }
        controller.close();
      },
    }),
    { headers: { "content-type": "application/octet-stream" } },
  );
}

async function until(atMs: number): Promise<void> {
  const leftMs = atMs - performance.now();
  if (leftMs > 0) await Bun.sleep(leftMs);
}
