/** A scenario in virtual time. */
import type { ScreeningSinks } from "@sk-voice/engine/screening/call-screening.ts";
import { UNSCREENED } from "@sk-voice/engine/screening/caller-gate.ts";
import type { Screener } from "@sk-voice/engine/screening/session-screening.ts";
import type { OnLine, Party } from "@sk-voice/engine/sim/party.ts";
import { buzz } from "@sk-voice/engine/sim/providers.ts";
import { simulateCall } from "@sk-voice/engine/sim/world.ts";
import { FRAME_MS, TICKS_PER_MS } from "@sk-voice/media/units.ts";
import { ScenarioRun } from "./run.ts";
import type { Scenario } from "./schema.ts";

class ScenarioParty implements Party {
  done = false;
  /** What comes from it is music. */
  isMusic = false;
  readonly pausesMs: number[] = [];
  #speech: Int16Array | undefined;
  #position = 0;
  #keys: string | undefined;

  constructor(
    private readonly run: ScenarioRun,
    private readonly onLine: OnLine,
  ) {}

  keys(): string | undefined {
    const keys = this.#keys;
    this.#keys = undefined;
    return keys;
  }

  step(now: number, heard: Int16Array, said: Int16Array): void {
    this.run.hear(now, heard);
    const command = this.run.step(now);
    if (command?.type === "say") {
      this.#speech = buzz(command.text, 120);
      this.onLine(command.text, this.#speech.length / TICKS_PER_MS);
      this.#position = 0;
    } else if (command?.type === "sound") {
      this.#speech = new Int16Array(command.ms * TICKS_PER_MS).fill(6000);
      this.#position = 0;
    } else if (command?.type === "music") {
      this.isMusic = true;
      this.#speech = buzz("m".repeat(Math.ceil((command.ms * TICKS_PER_MS) / SAMPLES_PER_LETTER)), 220);
      this.#position = 0;
    } else if (command?.type === "press") this.#keys = command.keys;
    this.done = command?.type === "hang-up" || this.run.done;
    if (!this.#speech) return;
    said.set(this.#speech.subarray(this.#position, this.#position + said.length));
    this.#position += said.length;
    if (this.#position < this.#speech.length) return;
    this.#speech = undefined;
    this.isMusic = false;
    this.run.said(now + FRAME_MS);
  }
}

const MAX_CALL_MS = 180_000;
const SAMPLES_PER_LETTER = 480;
/** Screening looks at the last two seconds. */
const NOTICED_MS = 1000;

/** Lets everybody through and hears music where there is some; the real ears for it are tested in engine/test/hold-music.test.ts. */
class MusicEars implements Screener {
  soundClass: Screener["soundClass"];
  #changedMs = 0;
  #was = false;

  constructor(
    private readonly sinks: ScreeningSinks,
    private readonly party: () => ScenarioParty | undefined,
  ) {}

  answered(): void {
    this.sinks.verdict(UNSCREENED);
  }

  tick(now: number): void {
    const isMusic = this.party()?.isMusic ?? false;
    if (isMusic !== this.#was) this.#changedMs = now;
    this.#was = isMusic;
    if (now - this.#changedMs >= NOTICED_MS) this.soundClass = isMusic ? "music" : "voice";
  }

  window(): void {}
  words(): void {}
  knownContact(): void {}
  hangUp(): void {}
}

/** What went wrong, one sentence each; empty when all went as written. */
export async function runVirtually(scenario: Scenario, seed: number): Promise<readonly string[]> {
  const run = new ScenarioRun(scenario);
  const { delayMs = 20, jitterMs = 0, loss = 0 } = scenario.network ?? {};
  let party: ScenarioParty | undefined;
  await simulateCall({
    seed,
    party: (onLine) => {
      party = new ScenarioParty(run, onLine);
      return party;
    },
    ...(scenario.steps.some(({ music }) => music)
      ? { screening: (sinks: ScreeningSinks) => new MusicEars(sinks, () => party) }
      : {}),
    network: { delayMs, jitterMs, lossInGood: loss },
    maxMs: MAX_CALL_MS,
    ...scenario.providers,
    ...(scenario.faults ? { faults: scenario.faults } : {}),
    observe: {
      caption: (atMs, speaker, text) => {
        if (speaker === "agent") run.event({ kind: "says", atMs, text });
      },
      hungUp: (atMs) => run.event({ kind: "hangs-up", atMs }),
      report: (atMs, report) =>
        run.event({
          kind: report.type,
          atMs,
          ...(report.type === "call.completed" ? { text: report.finalize.outcome } : {}),
        }),
    },
  });
  run.finish();
  return run.failures;
}
