/**
 * When evidence is enough. Nothing closes a case alone but a signalling tone, a known recording and the owner's own list; otherwise the
 * caller's behaviour towards her must agree with at least one more group.
 */
import type { CallEvidence } from "@sk-voice/models/robocall/call-evidence.ts";
import { EVIDENCE_GROUPS, type EvidenceGroup } from "@sk-voice/models/robocall/features.ts";
import { SOUND_CLASSES } from "@sk-voice/models/robocall/sound.ts";
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

/** Speech that a rhythm needs to be judged by. */
const MIN_HEARD_MS = 3000;
/** Failing to yield once is never enough: slow, hard-of-hearing and relayed callers do. */
export const MIN_FAILURES = 2;
/** Whose words are a person's is given one more, and who may turn out to be one: a busy recogniser must not cost a person the call. */
const MIN_FAILURES_OF_PERSON = 3;
/** Unanswered questions, the greeting among them. */
const MIN_QUESTIONS = 2;
/** Silence after the greeting that a muted caller may need. */
const MIN_SILENCE_MS = 6500;
/** A recording's pause, or a person's who is not done: longer than it takes to be sure that somebody has stopped for her. */
const BREATH_MS = 1500;
/** Mean probability of music and tones above which a call holds nothing else. */
const MUSIC_SHARE = 0.7;
const MUSIC_SECONDS = 4;
/** Shorter is a click. */
const A_WORD_MS = 150;
/**
 * This much sound in a call without a voice is somebody the VAD does not hear. Of 100 dead lines 96 had none at all and four more than 300 ms, so a window of it is enough to let somebody be who
 * has hardly made a sound (groups trained on).
 */
const CLICKS_MS = 30;
/** A person has been heard for this long. */
const VOICED_SECONDS = 2;

/** Groups that speak against a caller who talks: she was ignored, and what else looks like a recording. */
export function votesAgainst(
  scores: VerdictScores,
  { votes }: ScoreThresholds,
  evidence: CallEvidence,
  now: number,
): EvidenceGroup[] {
  return EVIDENCE_GROUPS.filter((group) => {
    const score = scores.groups[group];
    if (score === undefined) return false;
    if (group === "interaction") return ignoresHer(evidence);
    return score >= votes[group] && (group !== "timing" || evidence.timing.spokenMs(now) >= MIN_HEARD_MS);
  });
}

/** Log-odds of the words at or below which they are a person's: 5 % of robocalls' first five words score less than −0.1. */
export const PERSONS_WORDS = -0.2;

/** At least two independent groups, one of them what the caller does when she speaks; and nothing a person would have done. */
export function agreesOnRobocall(
  scores: VerdictScores,
  against: readonly EvidenceGroup[],
  { threshold }: ScoreThresholds,
): boolean {
  return scores.all >= threshold && against.length >= 2 && against.includes("interaction");
}

function ignoresHer({ interaction, textScore, wordsAwaited }: CallEvidence): boolean {
  const { failures, yields, answers } = interaction;
  const isPerson = textScore === undefined ? wordsAwaited : textScore <= PERSONS_WORDS;
  const enough = isPerson ? MIN_FAILURES_OF_PERSON : MIN_FAILURES;
  return failures >= enough && yields === 0 && answers === 0;
}

/** It would be wrong to end the time now: a question of hers has been ignored once, or nobody has said a word and there may be nobody. */
export function isOpen(evidence: CallEvidence, now: number): boolean {
  const { interaction, timing, voicedSeconds } = evidence;
  const { failures, yields, answers, utterances, greetingEndMs } = interaction;
  if (timing.onsetMs !== undefined && voicedSeconds >= VOICED_SECONDS) {
    const talksOn = timing.speaking || timing.currentGapMs(now) < BREATH_MS;
    return talksOn && (failures > 0 || interaction.contested) && yields === 0 && answers === 0;
  }
  const waitedMs = greetingEndMs === undefined ? 0 : now - greetingEndMs;
  return timing.onsetMs === undefined && utterances >= MIN_QUESTIONS && waitedMs < MIN_SILENCE_MS;
}

/**
 * No voice at all though she has asked: dead air, noise, hold music. Both what is heard and that nobody answers speak for it. For the end of
 * the time only: somebody may be muted, or come back from hold.
 */
export function nobodyThere(evidence: CallEvidence, now: number): boolean {
  const { interaction, timing } = evidence;
  if (interaction.utterances < MIN_QUESTIONS || interaction.greetingEndMs === undefined) return false;
  if (now - interaction.greetingEndMs < MIN_SILENCE_MS) return false;
  if (isMusic(evidence)) return true;
  const heard = evidence.anySpeechMs >= A_WORD_MS || evidence.anySoundMs >= CLICKS_MS;
  return (
    timing.onsetMs === undefined &&
    !heard &&
    evidence.voicedSeconds < VOICED_SECONDS &&
    interaction.silences >= MIN_QUESTIONS
  );
}

/** Nothing but music or tones so far. */
export function isMusic({ soundClasses, seconds, voicedSeconds }: CallEvidence): boolean {
  const share = soundClasses[SOUND_CLASSES.indexOf("music")]! + soundClasses[SOUND_CLASSES.indexOf("tone")]!;
  return seconds >= MUSIC_SECONDS && voicedSeconds < VOICED_SECONDS && share >= MUSIC_SHARE;
}

/** Stopped for her and answered, or answered her twice: what recordings do not. */
export function behavesLikePerson({ interaction, voicedSeconds }: CallEvidence): boolean {
  const { yields, answers, failures } = interaction;
  if (voicedSeconds < VOICED_SECONDS) return false;
  return (yields >= 1 && answers >= 1) || (answers >= 2 && failures === 0);
}
