import { linesInOrder } from "@sk-voice/engine/sim/script.ts";
import { openEmbeddedTts } from "@sk-voice/models/io/embedded-tts.ts";
import type { SttPort } from "@sk-voice/models/ports.ts";
import { converse } from "../src/caller/conversation.ts";
import { HOSTED_PACE, startHosted } from "../src/hosted/server.ts";
import { type Figure, suite } from "../src/suite.ts";
import { summarise } from "../src/summary.ts";
import { Stack } from "../test/stack.ts";

const LINES = [
  "Could you tell me your opening hours please?",
  "What does a haircut cost?",
  "Where are you located?",
  "Is there a slot on Friday?",
  "Do you have parking?",
  "Can I pay by card?",
  "How long does it take?",
  "Do I need an appointment?",
];
/** What she says is a tone here: nobody has to understand it. */
const DEAF: SttPort = {
  name: "deaf",
  warm: async () => undefined,
  close: async () => undefined,
  open: () => ({
    push: () => undefined,
    reset: () => undefined,
    close: () => undefined,
    transcribe: async () => ({ text: "", confidence: undefined, language: undefined }),
  }),
};
const MAX_CALL_MS = 120_000;

export default suite({
  name: "hosted",
  title: "hosted models at their usual pace (a server on this machine), caller-heard over real SIP and RTP",
  smoke: { calls: 1, basePort: 45_300 },
  full: { calls: 3, basePort: 45_300 },
  run: async ({ calls, basePort }, { progress }) => {
    const hosted = startHosted(HOSTED_PACE);
    const env = { OPENAI_API_KEY: "none", OPENAI_BASE_URL: hosted.baseUrl, SK_FALLBACK: "none", SK_STT: "openai" };
    const stack = await Stack.start({ basePort, env });
    const tts = openEmbeddedTts({ voice: "rms" });
    const pauses: number[] = [];
    try {
      await tts.warm();
      for (let call = 0; call < calls; call++) {
        progress(`call ${call + 1} of ${calls}`);
        const { pausesMs } = await converse({
          uri: stack.sipUri,
          from: "+919845012345",
          script: linesInOrder(LINES),
          stt: DEAF,
          tts,
          voice: "rms",
          onTurn: ({ speaker, pauseMs }) => progress(`${speaker} ${pauseMs === undefined ? "" : Math.round(pauseMs)}`),
          maxMs: MAX_CALL_MS,
        });
        pauses.push(...pausesMs);
      }
      return [...heard(pauses), ...(await parts(stack.healthUrl))];
    } finally {
      await tts.close();
      await stack.stop();
      await hosted.close();
    }
  },
});

function heard(pausesMs: readonly number[]): Figure[] {
  const summary = summarise(pausesMs);
  return [
    { name: "caller-heard p50", unit: "ms", clock: "wall", value: summary.p50, bar: { most: 650 } },
    { name: "caller-heard p95", unit: "ms", clock: "wall", value: summary.p95, summary, bar: { most: 1000 } },
  ];
}

/** Means of the consecutive parts, and what thinking ahead brought, from the engine's own `/metrics`. */
async function parts(healthUrl: string): Promise<Figure[]> {
  const text = await (await fetch(`${healthUrl}/metrics`)).text();
  const read = (line: string) =>
    Number(new RegExp(`^${line.replace(/[{}"]/g, "\\$&")} (\\S+)$`, "m").exec(text)?.[1] ?? Number.NaN);
  const figures = ["endpointing", "stt", "llm", "tts", "engine"].map((part): Figure => {
    const label = `{part="${part}"}`;
    const value = read(`sk_turn_part_ms_sum${label}`) / read(`sk_turn_part_ms_count${label}`);
    return { name: `mean ${part}`, unit: "ms", clock: "wall", value };
  });
  const [started, hits] = [read('sk_speculation_started{thread="0"}'), read('sk_speculation_hits{thread="0"}')];
  return [
    ...figures,
    { name: "thought ahead and used", unit: "%", clock: "wall", value: (100 * hits) / started },
    { name: "tokens wasted", unit: "tokens", clock: "wall", value: read('sk_speculation_wasted_tokens{thread="0"}') },
  ];
}
