import { openEmbeddedStt } from "@sk-voice/models/io/embedded-stt.ts";
import { openEmbeddedTts } from "@sk-voice/models/io/embedded-tts.ts";
import { CALLERS } from "../src/dialogues/callers.ts";
import { type DialogueResult, runDialogue } from "../src/dialogues/run.ts";
import { suite } from "../src/suite.ts";
import { summarise } from "../src/summary.ts";
import { textTable } from "../src/table.ts";

/** Enough for the beam on a busy machine: results should not depend on how busy it is. */
const BEAM_BUDGET_MS = 2000;

export default suite({
  name: "dialogues",
  title: "spoken callers on the embedded path: recogniser, VAD and policy as shipped, lines with noise and loss",
  smoke: { every: 20 },
  full: { every: 1 },
  run: async ({ every }, { seed, progress }) => {
    const only = process.env["SK_DIALOGUE"];
    const callers = CALLERS.filter(({ id }, n) => (only === undefined ? n % every === 0 : id.includes(only)));
    const models = {
      stt: openEmbeddedStt({ model: "base", beamBudgetMs: BEAM_BUDGET_MS }),
      tts: openEmbeddedTts(),
    };
    const results: DialogueResult[] = [];
    try {
      await Promise.all([models.stt.warm(), models.tts.warm()]);
      for (const [n, caller] of callers.entries()) {
        progress(`${n + 1} of ${callers.length}: ${caller.id}`);
        results.push(await runDialogue(caller, models, seed + n));
      }
    } finally {
      await Promise.all([models.stt.close(), models.tts.close()]);
    }
    console.log(`\n${textTable(["caller", "outcome", "turns", "seconds", ""], results.map(row))}`);
    for (const result of results) if (result.wrong.length > 0 || only !== undefined) console.log(transcript(result));
    const right = results.filter(({ wrong }) => wrong.length === 0).length;
    const pauses = summarise(results.flatMap(({ pausesMs }) => pausesMs));
    return [
      {
        name: "right outcome",
        unit: "%",
        clock: "virtual",
        value: (100 * right) / results.length,
        bar: { least: 90 },
      },
      { name: "caller-heard pause", unit: "ms", clock: "virtual", value: pauses.p95, summary: pauses },
    ];
  },
});

function row({ caller, wrong, outcome, turns, durationMs }: DialogueResult): string[] {
  const what = wrong.length === 0 ? "" : `WRONG: ${wrong.join("; ")}`;
  return [caller.id, outcome.finalize.outcome, String(turns), (durationMs / 1000).toFixed(0), what];
}

function transcript({ caller, script, wrong }: DialogueResult): string {
  return `\n${caller.id}: ${wrong.join("; ") || "right"}\n${script.map((line) => `  ${line}`).join("\n")}`;
}
