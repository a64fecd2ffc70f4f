import { openEmbeddedStt } from "@sk-voice/models/io/embedded-stt.ts";
import { openEmbeddedTts } from "@sk-voice/models/io/embedded-tts.ts";
import { isVirtualOnly, loadScenarios } from "../src/scenario/schema.ts";
import { runOnTheWire } from "../src/scenario/wall.ts";
import { suite } from "../src/suite.ts";
import { Stack } from "../test/stack.ts";

/** Their sentences are about the virtual world's salon, or their voice is not speech. */
const VIRTUAL_ONLY = /location|bad line|5 % loss|short sound|where are you/i;

export default suite({
  name: "scenarios",
  title: "The call scenarios on the wall clock: real processes, SIP and RTP over UDP",
  smoke: { most: 3 },
  full: { most: 99 },
  run: async ({ most }, { progress }) => {
    const scenarios = loadScenarios()
      .filter((scenario) => !VIRTUAL_ONLY.test(scenario.name) && !isVirtualOnly(scenario))
      .slice(0, most);
    const stack = await Stack.start({ basePort: 16_000 });
    const [stt, tts] = [openEmbeddedStt({ model: "tiny" }), openEmbeddedTts({ voice: "rms" })];
    let passed = 0;
    try {
      await Promise.all([stt.warm(), tts.warm()]);
      for (const scenario of scenarios) {
        const failures = await runOnTheWire(scenario, {
          uri: stack.sipUri,
          from: "+919845012345",
          stt,
          tts,
          voice: "rms",
        });
        if (failures.length === 0) passed++;
        progress(`${failures.length === 0 ? "ok    " : "FAILED"}  ${failures[0] ?? scenario.name}\n`);
      }
    } finally {
      await Promise.all([stt.close(), tts.close()]);
      await stack.stop();
    }
    const value = (100 * passed) / scenarios.length;
    return [{ name: "scenarios passed", unit: "%", clock: "wall", value, bar: { least: 100 } }];
  },
});
