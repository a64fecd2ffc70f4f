/** What a conversation must do, and where it is tried: scenarios name the rows they cover, `docs/scenarios.md` shows them. Pure. */

export const ROWS = {
  endpointing:
    "the end of a turn by silence, by the words so far, by the answer expected and by the caller's own pauses",
  capture: "digits by voice and by keys, spelling, dates, yes and no",
  "barge-in": "she turns down and stops for a caller who speaks up",
  resume: 'a cough, an "uh-huh" or nothing at all: she goes on from the same place',
  heard: "she remembers only what the caller heard",
  "early-speech": "speech over the greeting counts",
  keys: "a key stops her and answers",
  "no-voice": "silence, noise and music on hold are not answered",
  tools: "booking, moving, messages, by a tool that runs once",
  speculation: "one thought ahead, no tool before the turn is the caller's",
  knowledge: "answers from the owner's knowledge, and a message where there is none",
  injection: "what the caller says is data",
  escalation: "to a human, by wish, after failures, by mood; else a message",
  owner: "the owner changes what she knows, by number and PIN",
  language: "the caller's language is followed and told",
  sentiment: "mood by turn and by call",
  greeting: "she greets at once",
  spoken: "numbers, dates, money and telephone numbers as they are said; word timings",
  filler: "words while something takes long, and not the same twice",
  "provider-slow":
    "a recogniser, model, voice or suite that is late or stalls: something is heard within three seconds",
  "provider-broken": "one that is dead, cuts off or answers nonsense",
  "bad-line": "lost and late packets",
  parts: "each turn's parts add up to its pause",
  replay: "a call from its tape, bit for bit",
  end: "somebody hangs up, when it is time",
} as const;

export type Row = keyof typeof ROWS;
export const ROW_IDS = Object.keys(ROWS) as [Row, ...Row[]];

/** Rows that no call in words can show, and others tested apart as well. */
export const TESTED_BY: Readonly<Partial<Record<Row, readonly string[]>>> = {
  heard: ["engine/src/talk/heard.test.ts"],
  speculation: ["models/src/llm/speculation.test.ts"],
  tools: ["engine/src/receptionist/policy/changing.test.ts", "engine/src/receptionist/runner.test.ts"],
  injection: ["engine/src/receptionist/injections.test.ts"],
  escalation: ["engine/src/receptionist/escalating.test.ts"],
  owner: ["engine/src/receptionist/policy/owner.test.ts"],
  language: ["models/src/language.test.ts"],
  sentiment: ["models/src/sentiment.test.ts"],
  spoken: ["engine/src/receptionist/speak.test.ts", "models/src/tts/words.test.ts"],
  "provider-broken": ["engine/test/schedules.test.ts"],
  parts: ["engine/src/observe/spans.test.ts"],
  replay: ["engine/test/replay.test.ts"],
};

/** The page, from which scenario covers what. */
export function rowsPage(scenarios: readonly { readonly file: string; readonly covers: readonly Row[] }[]): string {
  const lines = ROW_IDS.map((row) => {
    const files = scenarios.filter(({ covers }) => covers.includes(row)).map(({ file }) => `\`${file}\``);
    const tests = (TESTED_BY[row] ?? []).map((path) => `[${path}](../${path})`);
    return `| ${row} | ${ROWS[row]} | ${files.join(" ")} | ${tests.join(", ")} |`;
  });
  return `# Scenarios

Calls in YAML ([bench/scenarios](../bench/scenarios)), played in virtual time by \`bun run check\` and, where they need nothing virtual, over real UDP by \`bun run bench scenarios\`. What each covers stands in its \`covers\`; this page
is written by \`bun bench/src/scenario/write-rows.ts\`, and a test compares it.

| row | she | scenarios | tested apart |
|---|---|---|---|
${lines.join("\n")}
`;
}
