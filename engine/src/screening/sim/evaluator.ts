/** Runs the gate with the real models through simulated calls of one data folder. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openRobocallModels, ROBOCALL_WEIGHTS, type RobocallModels } from "@sk-voice/models/io/robocall.ts";
import { openSileroVad } from "@sk-voice/models/io/silero-vad.ts";
import type { VadModel } from "@sk-voice/models/ports.ts";
import type { EvidenceGroup } from "@sk-voice/models/robocall/features.ts";
import { FingerprintStore } from "@sk-voice/models/robocall/fingerprint-store.ts";
import { assume } from "@sk-voice/models/train/assumed.ts";
import { type Data, loadData } from "@sk-voice/models/train/data.ts";
import { population } from "@sk-voice/models/train/population.ts";
import { simulate } from "@sk-voice/models/train/simulate.ts";
import { z } from "zod";
import { OPEN_UNTIL_MS } from "../caller-gate.ts";
import type { ScreeningMode } from "../policy.ts";
import { GateScreen } from "./gate-screen.ts";
import type { EvaluatedCall } from "./report.ts";

/** Of the calls that are drawn. */
const SEED = 7;

/** Groups the weights were not trained on, for figures; those they were trained on, for choosing thresholds. */
export type Side = "held-out" | "trained";

export interface Evaluation {
  /** Per kind of person and per family. */
  readonly calls: number;
  readonly mode: ScreeningMode;
  readonly without?: EvidenceGroup;
  /** The same recordings phone twice; figures are of the second time. */
  readonly repeats?: boolean;
  readonly seed?: number;
}

interface Repeats {
  readonly store: FingerprintStore;
  readonly take: 0 | 1;
}

export class Evaluator {
  private constructor(
    private readonly data: Data,
    private readonly accepts: (group: string) => boolean,
    private readonly vad: VadModel,
    private readonly models: RobocallModels,
  ) {}

  static async open(folder: string, side: Side): Promise<Evaluator> {
    const metadata = z
      .object({ trained_groups: z.array(z.string()) })
      .parse(JSON.parse(readFileSync(join(ROBOCALL_WEIGHTS, "robocall.json"), "utf8")));
    const trained = new Set(metadata.trained_groups);
    const accepts = (group: string) => trained.has(group) === (side === "trained");
    return new Evaluator(loadData(folder), accepts, await openSileroVad(), await openRobocallModels());
  }

  async run(evaluation: Evaluation): Promise<EvaluatedCall[]> {
    if (!evaluation.repeats) return this.#calls(evaluation);
    const store = new FingerprintStore();
    await this.#calls(evaluation, { store, take: 0 });
    return this.#calls(evaluation, { store, take: 1 });
  }

  async close(): Promise<void> {
    await this.vad.close();
    await this.models.close();
  }

  /** The first take of a recording is learned, the second heard. */
  async #calls({ calls, mode, without, seed = SEED }: Evaluation, repeats?: Repeats): Promise<EvaluatedCall[]> {
    const { models, data, accepts } = this;
    const options = { seed, accepts, people: calls, recordings: calls, take: repeats?.take };
    const heard = repeats?.take === 1 ? { store: repeats.store } : {};
    const plans = population(data, options).map((planned, index) => {
      const learn = repeats?.take === 0 ? { store: repeats.store, id: `${index} ${planned.file}` } : undefined;
      const assumed = assume(planned.robocall, planned.random);
      return { ...planned, screen: new GateScreen({ models, mode, assumed, without, learn }), ...heard };
    });
    await simulate(plans, this.vad, OPEN_UNTIL_MS + 200);
    return plans.map(({ kind, robocall, group, corpus, screen }) => {
      const { verdict, onsetMs, scores, challenges, interruptions } = screen;
      return { kind, robocall, group, corpus, verdict, onsetMs, scores, challenges, interruptions };
    });
  }
}
