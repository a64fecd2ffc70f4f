/** A robocall's reasons in words for the owner. */
import { EVIDENCE_GROUPS, type EvidenceGroup } from "@sk-voice/models/robocall/features.ts";
import type { ToneEvent } from "@sk-voice/models/robocall/tones.ts";
import type { CallerVerdict } from "./caller-gate.ts";

const TONES: Readonly<Record<ToneEvent, string>> = {
  "fax-cng": "a fax machine calling",
  "fax-ced": "a fax machine answering",
  modem: "a modem",
  sit: "the network's tones for a number out of service",
  busy: "a busy tone",
  ringback: "a ringing tone",
  "steady-tone": "a steady tone",
  beep: "a beep",
};

const GROUPS: Readonly<Record<EvidenceGroup, string>> = {
  timing: "spoke without the pauses of a conversation",
  interaction: "did not stop or answer when spoken to",
  level: "the line sounds like a recording",
  sound: "no voice was heard",
  text: "the words are those of a robocall",
  signalling: "the number or its signature is doubtful",
  fingerprint: "resembles a known recording",
};

/** What decided first, then the time, then the scores of all groups. */
export function signalsOf(verdict: CallerVerdict): string[] {
  const scores = EVIDENCE_GROUPS.flatMap((group) => {
    const score = verdict.groups[group];
    return score === undefined ? [] : [`${group} alone: ${score.toFixed(2)}`];
  });
  return [...because(verdict), `decided ${(verdict.atMs / 1000).toFixed(1)} s after the answer`, ...scores];
}

function because({ reason }: CallerVerdict): string[] {
  switch (reason.by) {
    case "tone":
      return [`heard ${TONES[reason.tone]}`];
    case "fingerprint":
      return [`the recording of ${reason.id}, played again`];
    case "agreement":
      return reason.groups.map((group) => `${group}: ${GROUPS[group]}`);
    case "block-list":
      return ["the number is on the block list"];
    default:
      return [];
  }
}
