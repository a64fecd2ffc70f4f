/**
 * What the data folder does not hold: signalling is drawn from the priors of the literature (weak on purpose), text scores from transcripts
 * of the held-in families with as much confusion as was measured on real-sounding people.
 */
import type { Signalling } from "../src/robocall/features.ts";
import type { Random } from "./random.ts";
import type { Assumed, WordsScore } from "./rehearsal.ts";

/** B-signed calls were 22.9 % robocalls in June 2023, and A-signed robocalls exist. */
const ATTESTATIONS = {
  robocall: ["A", "A", "B", "B", "B", "C", "C", "none", "none", "none"],
  person: ["A", "A", "A", "A", "B", "B", "C", "none", "none", "none"],
} as const;

export function assume(robocall: boolean, random: Random): Assumed {
  const known = random.chance(0.5);
  const real = robocall && random.chance(0.12);
  return {
    signalling: known ? signalling(robocall, random) : undefined,
    textScore: random.chance(0.3) ? undefined : textScore(robocall, random),
    fingerprint: real ? random.between(0.1, 1) : undefined,
  };
}

function signalling(robocall: boolean, random: Random): Signalling {
  return {
    attestation: random.pick(ATTESTATIONS[robocall ? "robocall" : "person"]),
    numberValid: !random.chance(robocall ? 0.12 : 0.02),
    numberType: random.chance(robocall ? 0.45 : 0.2) ? "voip" : random.pick(["mobile", "fixed", "other"]),
    neighbourPrefix: random.chance(robocall ? 0.35 : 0.25),
    callsLastHour: random.chance(robocall ? 0.2 : 0.05) ? random.integer(1, 6) : 0,
    knownContact: random.chance(robocall ? 0.01 : 0.3),
  };
}

/**
 * As the model of first words scores transcripts of held-out families: 0.1 ± 0.7 at three words, 0.5 ± 0.7 at eight, 1.1 ± 1 at twenty-five; people's requests and openings
 * −1.5 from the first word on. A third of real openings say nothing either way.
 */
function textScore(robocall: boolean, random: Random): WordsScore {
  const first = 0.7 * random.gaussian();
  if (robocall) return { first, later: 1.13 + random.gaussian() };
  if (random.chance(0.35)) return { first, later: random.gaussian() };
  const always = -1.5 + 0.6 * random.gaussian();
  return { first: always, later: always };
}
