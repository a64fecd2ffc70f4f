/**
 * When evidence is enough. Nothing closes a case alone but a signalling tone, a known recording and the owner's own list; otherwise the
 * caller's behaviour towards her must agree with at least one more group.
 */
import type { CallEvidence } from "@sk-voice/models/robocall/call-evidence.ts";
import { EVIDENCE_GROUPS, type EvidenceGroup } from "@sk-voice/models/robocall/features.ts";
import type { ToneEvent } from "@sk-voice/models/robocall/tones.ts";
import type { VerdictScores } from "@sk-voice/models/robocall/verdict.ts";

/** From the weights' metadata. */
export interface ScoreThresholds {
  readonly threshold: number;
  readonly votes: Readonly<Record<EvidenceGroup, number>>;
}

/** Tones no person makes. A beep may be a call recorder's. */
export function isMachineTone(tone: ToneEvent): boolean {
  return tone !== "beep";
}

/** Speech or silence that a rhythm needs to be judged by. */
const MIN_HEARD_MS = 3000;
/** Failing to yield once is never enough: slow, hard-of-hearing and relayed callers do. */
const MIN_FAILURES = 2;
/** Unanswered questions in a row, the greeting among them. */
const MIN_SILENCES = 2;

/** Groups that speak against the caller. */
export function votesAgainst(
  scores: VerdictScores,
  { votes }: ScoreThresholds,
  evidence: CallEvidence,
  now: number,
): EvidenceGroup[] {
  return EVIDENCE_GROUPS.filter((group) => {
    const score = scores.groups[group];
    if (score === undefined || score < votes[group]) return false;
    if (group === "interaction") return ignoresHer(evidence);
    return group !== "timing" || evidence.timing.onsetMs === undefined || evidence.timing.spokenMs(now) >= MIN_HEARD_MS;
  });
}

/** At least two independent groups, one of them what the caller does when she speaks; and nothing a person would have done. */
export function agreesOnRobocall(
  scores: VerdictScores,
  against: readonly EvidenceGroup[],
  { threshold }: ScoreThresholds,
): boolean {
  return scores.all >= threshold && against.length >= 2 && against.includes("interaction");
}

function ignoresHer({ interaction }: CallEvidence): boolean {
  const { failures, silences, yields, answers } = interaction;
  return (failures >= MIN_FAILURES || silences >= MIN_SILENCES) && yields === 0 && answers === 0;
}

/** Stopped for her and answered, or answered her twice: what recordings do not. */
export function behavesLikePerson({ interaction }: CallEvidence): boolean {
  const { yields, answers, failures } = interaction;
  return (yields >= 1 && answers >= 1) || (answers >= 2 && failures === 0);
}
