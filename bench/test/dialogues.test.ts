/** Every caller of `bun run bench dialogues` in words: recognition is the benchmark's, the policy's part has no excuse. */
import { expect, test } from "bun:test";
import { CALLERS } from "../src/dialogues/callers.ts";
import { runInWords } from "../src/dialogues/run.ts";

const SEED = Number(process.env["SK_SEED"] ?? 20_261_124);

test("there are forty, all different", () => {
  expect(new Set(CALLERS.map(({ id }) => id)).size).toBe(40);
});

/** Voices, noise and loss are lost in words; one of each kind is left. */
const seen = new Set<string>();
for (const caller of CALLERS) {
  const { voice: _, rate: __, snrDb: ___, loss: ____, id: _____, name: ______, ...words } = caller;
  const key = JSON.stringify(words);
  if (seen.has(key)) continue;
  seen.add(key);
  test(`${caller.id} (SK_SEED=${SEED})`, async () => {
    const { wrong, script } = await runInWords(caller, SEED);
    if (wrong.length > 0) throw new Error(`${wrong.join("; ")}\n${script.join("\n")}`);
  });
}
