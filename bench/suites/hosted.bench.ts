import { openEmbeddedTts } from "@sk-voice/models/io/embedded-tts.ts";
import { hearPauses, type Metrics, partFigures, pauseFigures, readMetrics } from "../src/heard/pauses.ts";
import { HOSTED_PACE, startHosted } from "../src/hosted/server.ts";
import { type Figure, suite } from "../src/suite.ts";
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
    try {
      await tts.warm();
      const pauses = await hearPauses({ stack, tts, calls, lines: LINES, progress });
      const metrics = await readMetrics(stack.healthUrl);
      return [...pauseFigures(pauses), ...partFigures(metrics), ...speculation(metrics)];
    } finally {
      await tts.close();
      await stack.stop();
      await hosted.close();
    }
  },
});

/** What thinking ahead brought. */
function speculation(metrics: Metrics): Figure[] {
  const of = (what: string) => metrics(`sk_speculation_${what}{thread="0"}`);
  return [
    { name: "thought ahead and used", unit: "%", clock: "wall", value: (100 * of("hits")) / of("started") },
    { name: "tokens wasted", unit: "tokens", clock: "wall", value: of("wasted_tokens") },
  ];
}
