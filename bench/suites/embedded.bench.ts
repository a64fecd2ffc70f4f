import { openEmbeddedTts } from "@sk-voice/models/io/embedded-tts.ts";
import { CALLER, hearPauses, partFigures, pauseFigures, readMetrics } from "../src/heard/pauses.ts";
import { hearTurnedDown, type TurnedDown } from "../src/heard/turned-down.ts";
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
      const interrupted: TurnedDown[] = [];
      for (let call = 0; call < interruptedCalls; call++) {
        progress(`interrupted call ${call + 1} of ${interruptedCalls}`);
        interrupted.push(await hearTurnedDown({ uri: stack.sipUri, from: CALLER, tts, times: interruptions }));
      }
      return [...pauseFigures(pauses), ...partFigures(await readMetrics(stack.healthUrl)), ...bargeIn(interrupted)];
    } finally {
      await tts.close();
      await stack.stop();
    }
  },
});

function bargeIn(heard: readonly TurnedDown[]): Figure[] {
  const overlaps = heard.flatMap((call) => call.overlaps);
  const spread = (name: string, samples: readonly number[]): Figure => {
    const summary = summarise(samples);
    return { name, unit: "ms", clock: "wall", value: summary.p95, summary, bar: { most: 120 } };
  };
  const sum = (of: (call: TurnedDown) => number) => heard.reduce((total, call) => total + of(call), 0);
  const missed = sum((call) => call.missed);
  return [
    spread(
      "barge-in: onset → turned down",
      overlaps.map(({ downMs }) => downMs),
    ),
    spread(
      "barge-in: onset → last packet at full level",
      overlaps.map(({ lastFullMs }) => lastFullMs),
    ),
    { name: "interruptions measured", unit: "times", clock: "wall", value: overlaps.length },
    {
      name: "interruptions missed",
      unit: "%",
      clock: "wall",
      value: (100 * missed) / (missed + overlaps.length),
      bar: { most: 5 },
    },
    { name: "replies in other words", unit: "times", clock: "wall", value: sum((call) => call.otherWords) },
  ];
}
