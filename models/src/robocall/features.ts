/**
 * The verdict model's input: 45 numbers in seven groups of evidence, then one mask bit per group and per value that may be unknown. Unknown
 * is 0 with mask 0. Everything is scaled to about −1..1 here, so the model file needs no scaler.
 */
import { type Interaction, YIELD_WITHIN_MS } from "./interaction.ts";
import { SOUND_CLASSES } from "./sound.ts";
import type { Timing } from "./timing.ts";

/** Raise when the meaning, order or scale of any feature changes; weights name the version they were trained on. */
export const FEATURE_VERSION = 2;

export const EVIDENCE_GROUPS = [
  "timing",
  "interaction",
  "level",
  "sound",
  "text",
  "signalling",
  "fingerprint",
] as const;
export type EvidenceGroup = (typeof EVIDENCE_GROUPS)[number];

const NAMES: Record<EvidenceGroup, readonly string[]> = {
  timing: [
    "onset-after-greeting",
    "speech-ratio",
    "spoken",
    "longest-run",
    "current-run",
    "longest-gap",
    "current-gap",
    "gaps",
    "long-gaps",
    "mean-gap",
    "mean-run",
    "run-deviation",
    "no-speech-yet",
  ],
  interaction: [
    "overlap-share",
    "overlap",
    "failures",
    "yields",
    "yield-latency",
    "answers",
    "answer-latency",
    "silences",
    "answered-greeting",
    "waiting",
  ],
  level: ["floor", "speech-level", "spread", "zero-share", "clipped-share"],
  sound: [...SOUND_CLASSES],
  text: ["text-score", "words"],
  signalling: ["attestation", "invalid-number", "voip-or-toll-free", "neighbour-prefix", "velocity", "known-contact"],
  fingerprint: ["match"],
};
const UNKNOWNS = ["onset-known", "yield-known", "answer-known"] as const;

/** Names in order. */
export const FEATURES: readonly string[] = [
  ...EVIDENCE_GROUPS.flatMap((group) => NAMES[group].map((name) => `${group}/${name}`)),
  ...EVIDENCE_GROUPS.map((group) => `mask/${group}`),
  ...UNKNOWNS.map((name) => `mask/${name}`),
];
export const FEATURE_COUNT = FEATURES.length;

/** A higher value can only make a robocall more likely. The yields, answers and a known contact are the opposite. */
export const RISING = ["interaction/failures", "interaction/silences", "text/text-score", "fingerprint/match"] as const;
export const FALLING = [
  "interaction/yields",
  "interaction/answers",
  "interaction/answered-greeting",
  "signalling/known-contact",
] as const;

const MASKS_AT = FEATURES.indexOf("mask/timing");
const FROM: readonly number[] = EVIDENCE_GROUPS.map((group) =>
  FEATURES.findIndex((name) => name.startsWith(`${group}/`)),
);
/** The unknown-able mask bits belong to the group of their value. */
const OWN_MASKS: Partial<Record<EvidenceGroup, readonly number[]>> = {
  timing: [FEATURES.indexOf("mask/onset-known")],
  interaction: [FEATURES.indexOf("mask/yield-known"), FEATURES.indexOf("mask/answer-known")],
};

/** Sets a group's values and its mask bits to 0: the model shall not know it. */
export function forgetGroup(features: Float32Array, group: EvidenceGroup): void {
  const index = EVIDENCE_GROUPS.indexOf(group);
  features.fill(0, FROM[index]!, FROM[index]! + NAMES[group].length);
  features[MASKS_AT + index] = 0;
  for (const k of OWN_MASKS[group] ?? []) features[k] = 0;
}

export function knowsGroup(features: Float32Array, group: EvidenceGroup): boolean {
  return features[MASKS_AT + EVIDENCE_GROUPS.indexOf(group)] === 1;
}

/** What is known besides the caller's speech; `undefined` where it is not. */
export interface SideFacts {
  /** Floor and speech level in dBFS, shares 0..1. */
  readonly level:
    | {
        readonly floorDbfs: number;
        readonly speechDbfs: number;
        readonly zeroShare: number;
        readonly clippedShare: number;
      }
    | undefined;
  /** Probabilities in the order of `SOUND_CLASSES`. */
  readonly sound: ArrayLike<number> | undefined;
  readonly text: { readonly score: number; readonly words: number } | undefined;
  readonly signalling: Signalling | undefined;
  /** 0..1; `undefined` while there is nothing to compare with. */
  readonly fingerprint: number | undefined;
}

/** What the network says about the caller. */
export interface Signalling {
  /** STIR/SHAKEN: full, partial, gateway, none. A weak prior: there are A-signed robocalls. */
  readonly attestation: "A" | "B" | "C" | "none";
  readonly numberValid: boolean;
  readonly numberType: "mobile" | "fixed" | "voip" | "toll-free" | "other";
  /** The caller's number shares its first digits with ours ("neighbour spoofing"). */
  readonly neighbourPrefix: boolean;
  /** Calls from this number in the last hour, this one apart. */
  readonly callsLastHour: number;
  readonly knownContact: boolean;
}

const ATTESTED = { A: 1, B: 0.5, C: 0.2, none: 0 } as const;

/** Fills `out` (`FEATURE_COUNT` long) with what is known at `now`. Allocates nothing. */
export function writeFeatures(
  now: number,
  timing: Timing,
  interaction: Interaction,
  facts: SideFacts,
  out: Float32Array,
): void {
  out.fill(0);
  const known = (group: number, condition: boolean) => {
    out[MASKS_AT + group] = condition ? 1 : 0;
  };
  known(0, true);
  writeTiming(now, timing, interaction, out);
  known(1, interaction.agentMs > 0 || interaction.agentSpeaking);
  writeInteraction(now, interaction, out);
  known(2, facts.level !== undefined);
  if (facts.level) writeLevel(facts.level, out);
  known(3, facts.sound !== undefined);
  for (let k = 0; facts.sound && k < SOUND_CLASSES.length; k++) out[FROM[3]! + k] = facts.sound[k]!;
  known(4, facts.text !== undefined);
  if (facts.text) {
    out[FROM[4]!] = facts.text.score / 3;
    out[FROM[4]! + 1] = clip(facts.text.words / 40);
  }
  known(5, facts.signalling !== undefined);
  if (facts.signalling) writeSignalling(facts.signalling, out);
  known(6, facts.fingerprint !== undefined);
  out[FROM[6]!] = facts.fingerprint ?? 0;
}

function writeTiming(now: number, timing: Timing, { greetingEndMs }: Interaction, out: Float32Array): void {
  const at = FROM[0]!;
  const onsetKnown = timing.onsetMs !== undefined && greetingEndMs !== undefined;
  out[OWN_MASKS.timing![0]!] = onsetKnown ? 1 : 0;
  out[at] = onsetKnown ? Math.max(-1, clip((timing.onsetMs! - greetingEndMs) / 4000)) : 0;
  out[at + 1] = timing.ratio(now);
  out[at + 2] = clip(timing.spokenMs(now) / 12_000);
  out[at + 3] = clip(timing.longestRunMs(now) / 6000);
  out[at + 4] = clip(timing.currentRunMs(now) / 6000);
  out[at + 5] = clip(timing.longestGapMs(now) / 4000);
  out[at + 6] = clip(timing.currentGapMs(now) / 4000);
  out[at + 7] = clip(timing.gaps / 10);
  out[at + 8] = clip(timing.longGaps / 5);
  out[at + 9] = clip(timing.meanGapMs() / 2000);
  out[at + 10] = clip(timing.meanRunMs(now) / 4000);
  out[at + 11] = clip(timing.runDeviationMs(now) / 3000);
  out[at + 12] = timing.onsetMs === undefined ? 1 : 0;
}

function writeInteraction(now: number, interaction: Interaction, out: Float32Array): void {
  const at = FROM[1]!;
  const [yieldKnown, answerKnown] = OWN_MASKS.interaction!;
  const { lastYieldMs, lastAnswerMs } = interaction;
  out[yieldKnown!] = lastYieldMs === undefined ? 0 : 1;
  out[answerKnown!] = lastAnswerMs === undefined ? 0 : 1;
  out[at] = interaction.agentMs > 0 ? clip(interaction.overlapMs / interaction.agentMs) : 0;
  out[at + 1] = clip(interaction.overlapMs / 5000);
  out[at + 2] = clip(interaction.failures / 3);
  out[at + 3] = clip(interaction.yields / 2);
  out[at + 4] = clip((lastYieldMs ?? 0) / YIELD_WITHIN_MS);
  out[at + 5] = clip(interaction.answers / 2);
  out[at + 6] = clip((lastAnswerMs ?? 0) / 4000);
  out[at + 7] = clip(interaction.silences / 2);
  out[at + 8] = interaction.answeredGreeting ? 1 : 0;
  out[at + 9] = clip(interaction.waitingMs(now) / 4000);
}

function writeLevel(level: NonNullable<SideFacts["level"]>, out: Float32Array): void {
  const at = FROM[2]!;
  out[at] = clip((level.floorDbfs + 96) / 96);
  out[at + 1] = clip((level.speechDbfs + 96) / 96);
  out[at + 2] = clip((level.speechDbfs - level.floorDbfs) / 60);
  out[at + 3] = level.zeroShare;
  out[at + 4] = clip(level.clippedShare * 5);
}

function writeSignalling(signalling: Signalling, out: Float32Array): void {
  const at = FROM[5]!;
  out[at] = ATTESTED[signalling.attestation];
  out[at + 1] = signalling.numberValid ? 0 : 1;
  out[at + 2] = signalling.numberType === "voip" || signalling.numberType === "toll-free" ? 1 : 0;
  out[at + 3] = signalling.neighbourPrefix ? 1 : 0;
  out[at + 4] = clip(signalling.callsLastHour / 5);
  out[at + 5] = signalling.knownContact ? 1 : 0;
}

function clip(value: number): number {
  return Math.min(value, 1);
}
