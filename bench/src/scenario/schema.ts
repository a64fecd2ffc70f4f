/** The form of a scenario file: see bench/scenarios/*.yaml. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FAULT_KINDS, PROVIDERS } from "@sk-voice/engine/sim/faults.ts";
import { parse, YAMLParseError } from "yaml";
import { z } from "zod";
import { ROW_IDS } from "./rows.ts";

const FOLDER = join(import.meta.dir, "../../scenarios");
const Ms = z.int().min(0).max(60_000);

/** `speaks` and `stops` are sound; `says` is words; the dotted ones are reports of the engine. */
export const EVENTS = [
  "speaks",
  "stops",
  "says",
  "hangs-up",
  "call.started",
  "call.completed",
  "call.message_taken",
  "call.escalated",
  "call.quarantined",
  "call.failed",
] as const;
export type EventKind = (typeof EVENTS)[number];

const Expect = z.strictObject({
  event: z.enum(EVENTS),
  /** From the end of the step before. */
  withinMs: Ms,
  /** A regular expression, for `says`; case does not matter. */
  matching: z.string().exactOptional(),
  /** For `call.completed`. */
  outcome: z.string().exactOptional(),
  /** It must not happen. */
  absent: z.boolean().exactOptional(),
});

const Step = z
  .strictObject({
    /** Waits for her to finish, then speaks. */
    say: z.string().min(1).exactOptional(),
    wait: Ms.exactOptional(),
    /** Speaks when she has been speaking for `afterMs`. */
    interrupt: z.strictObject({ afterMs: Ms, say: z.string().min(1) }).exactOptional(),
    /** Goes on speaking so long after its own last word, whether she has answered or not. */
    goOn: z.strictObject({ afterMs: Ms, say: z.string().min(1) }).exactOptional(),
    /** A loud sound without words (a cough, a door) when she has been speaking for `afterMs`. */
    sound: z.strictObject({ afterMs: Ms, ms: Ms }).exactOptional(),
    /** Music instead of the caller for so long: she has been put on hold, and nobody told her phone. */
    music: z.int().min(1000).max(60_000).exactOptional(),
    press: z
      .string()
      .regex(/^[0-9*#]+$/, "keys are 0-9, * and #")
      .exactOptional(),
    hangUp: z.literal(true).exactOptional(),
    expect: Expect.exactOptional(),
  })
  .refine(
    (step) => Object.keys(step).length === 1,
    "a step is exactly one of say, wait, interrupt, goOn, sound, music, press, hangUp, expect",
  );

export const ScenarioSchema = z.strictObject({
  name: z.string().min(1),
  /** Rows of `rows.ts`. */
  covers: z.array(z.enum(ROW_IDS)).min(1),
  network: z
    .strictObject({
      delayMs: Ms.exactOptional(),
      jitterMs: Ms.exactOptional(),
      loss: z.number().min(0).max(0.5).exactOptional(),
    })
    .exactOptional(),
  /** Delays of the virtual recogniser and voice. */
  providers: z.strictObject({ sttMs: Ms.exactOptional(), ttsMs: Ms.exactOptional() }).exactOptional(),
  /** What fails, in milliseconds from the answer. */
  faults: z
    .array(z.strictObject({ provider: z.enum(PROVIDERS), kind: z.enum(FAULT_KINDS), fromMs: Ms, untilMs: Ms }))
    .exactOptional(),
  steps: z.array(Step).min(1),
});

/** Needs what only the virtual world has. */
export function isVirtualOnly({ providers, faults, steps }: Scenario): boolean {
  return (
    providers !== undefined || faults !== undefined || steps.some(({ goOn, sound, music }) => goOn ?? sound ?? music)
  );
}

export type Scenario = z.infer<typeof ScenarioSchema>;
export type Step = Scenario["steps"][number];
export type Expectation = z.infer<typeof Expect>;

/** @throws Error with file, place and what is wrong. */
export function parseScenario(text: string, file: string): Scenario {
  let data: unknown;
  try {
    data = parse(text);
  } catch (error) {
    if (error instanceof YAMLParseError) throw new Error(`${file} is not YAML: ${error.message}`);
    throw error;
  }
  const scenario = ScenarioSchema.safeParse(data);
  if (!scenario.success) throw new Error(`${file} is not a scenario:\n${z.prettifyError(scenario.error)}`);
  return scenario.data;
}

export function loadScenarios(): Scenario[] {
  return loadScenarioFiles();
}

/** With the names of their files, without the ending. */
export function loadScenarioFiles(): (Scenario & { readonly file: string })[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".yaml"));
  return files.sort().map((file) => ({
    ...parseScenario(readFileSync(join(FOLDER, file), "utf8"), `bench/scenarios/${file}`),
    file: file.slice(0, -".yaml".length),
  }));
}
