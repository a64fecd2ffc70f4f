import { openEmbeddedTts } from "@sk-voice/models/io/embedded-tts.ts";
import { hearPauses, partFigures, pauseFigures, readMetrics } from "../src/heard/pauses.ts";
import { hearTurnedDown } from "../src/heard/turned-down.ts";
import { type Figure, suite } from "../src/suite.ts";
import { summarise } from "../src/summary.ts";
import { Stack } from "../test/stack.ts";

/** Each is answered and leaves nothing open. */
const LINES = [
  "What are your opening hours?",
  "Where are you located?",
  "Is there parking?",
  "How can I pay?",
  "Do you accept insurance?",
  "How much is a consultation?",
  "Can I cancel my appointment?",
  "Are you open on Sunday?",
];

export default suite({
  name: "embedded",
  title:
    "the models on the box, caller-heard over real SIP and RTP: pause before a reply, and turning down when spoken over",
  smoke: { calls: 1, interruptedCalls: 1, interruptions: 2, basePort: 45_400 },
  full: { calls: 8, interruptedCalls: 4, interruptions: 5, basePort: 45_400 },
  run: async ({ calls, interruptedCalls, interruptions, basePort }, { progress }) => {
    const stack = await Stack.start({ basePort });
    const tts = openEmbeddedTts({ voice: "rms" });
    try {
      await tts.warm();
      const pauses = await hearPauses({ stack, tts, calls, lines: LINES, progress });
      const downMs: number[] = [];
      let untold = 0;
      for (let call = 0; call < interruptedCalls; call++) {
        progress(`interrupted call ${call + 1} of ${interruptedCalls}`);
        const heard = await hearTurnedDown({ uri: stack.sipUri, tts, times: interruptions });
        downMs.push(...heard.downMs);
        untold += heard.untold;
      }
      return [...pauseFigures(pauses), ...partFigures(await readMetrics(stack.healthUrl)), ...bargeIn(downMs, untold)];
    } finally {
      await tts.close();
      await stack.stop();
    }
  },
});

function bargeIn(downMs: readonly number[], untold: number): Figure[] {
  const summary = summarise(downMs);
  return [
    // No bar: seen only where her voice is loud, so it may have been sooner. `wire` holds the bar, with a tone.
    { name: "barge-in: onset → seen turned down", unit: "ms", clock: "wall", value: summary.p95, summary },
    { name: "interruptions told", unit: "times", clock: "wall", value: downMs.length },
    { name: "interruptions not told (other words, too quiet)", unit: "times", clock: "wall", value: untold },
  ];
}
