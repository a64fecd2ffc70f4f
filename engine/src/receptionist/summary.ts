/** What a call came to, said from its facts and its words alone: the same call always gives the same summary. */
import type { Outcome, Sentiment, TranscriptLine } from "@sk-voice/api/contract/index.ts";
import type { ToolFact } from "./facts.ts";

export interface CallEvidence {
  readonly lines: readonly TranscriptLine[];
  readonly facts: readonly ToolFact[];
  readonly fields: Readonly<Record<string, string>>;
}

export interface CallSummary {
  readonly outcome: Outcome;
  readonly summary: string;
  readonly sentiment: Sentiment;
}

export function summarise(evidence: CallEvidence): CallSummary {
  void evidence;
  return { outcome: "abandoned", summary: "", sentiment: { label: "neutral", score: 0 } };
}
