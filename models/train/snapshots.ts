/** Simulated calls, rehearsed: features of every second with what the caller was. */
import type { VadModel } from "../src/ports.ts";
import type { Mlp } from "../src/robocall/mlp.ts";
import { assume } from "./assumed.ts";
import type { Planned } from "./population.ts";
import { LAST_VERDICT_MS, Rehearsal, type Snapshot } from "./rehearsal.ts";
import { simulate } from "./simulate.ts";

export interface RehearsedCall {
  readonly planned: Planned;
  readonly snapshots: readonly Snapshot[];
}

export async function rehearse(planned: readonly Planned[], sound: Mlp, vad: VadModel): Promise<RehearsedCall[]> {
  const calls = planned.map((each) => {
    const screen = new Rehearsal(each.random, sound, assume(each.robocall, each.random));
    return { planned: each, screen, plan: { ...each, screen } };
  });
  await simulate(
    calls.map(({ plan }) => plan),
    vad,
    LAST_VERDICT_MS + 100,
  );
  return calls.map(({ planned: each, screen }) => ({ planned: each, snapshots: screen.snapshots }));
}
