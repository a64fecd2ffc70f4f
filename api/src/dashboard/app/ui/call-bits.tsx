/** How a call's outcome, mood and person look everywhere. */
import type { Call } from "../../../contract/calls.ts";
import { type Key, useT } from "../lib/i18n.tsx";
import { Badge } from "./basic.tsx";

const TONES = {
  booked: "good",
  rescheduled: "good",
  cancelled: "warn",
  answered: "info",
  message_taken: "accent",
  escalated: "warn",
  abandoned: "plain",
  wrong_number: "plain",
  robocall: "bad",
  owner_update: "info",
} as const;

export function OutcomeBadge({ outcome, status }: Pick<Call, "outcome" | "status">) {
  const t = useT();
  if (outcome === null)
    return status === "in_progress" ? (
      <Badge tone="good" dot>
        {t("call.running")}
      </Badge>
    ) : null;
  return <Badge tone={TONES[outcome]}>{t(`outcome.${outcome}`)}</Badge>;
}

const MOODS = { positive: "good", neutral: "plain", negative: "warn", frustrated: "bad" } as const;

export function Mood({ sentiment }: Pick<Call, "sentiment">) {
  const t = useT();
  if (sentiment === null) return <span className="muted">–</span>;
  const tone = MOODS[sentiment.label];
  return (
    <span className={`mood tone-${tone}`}>
      <span className="mood-dot" aria-hidden />
      {t(`mood.${sentiment.label}`)}
    </span>
  );
}

/** The other party's number: of an outbound call, whom she called. */
export function partyOf(call: {
  direction?: Call["direction"] | undefined;
  from: string | null;
  to: string;
}): string | null {
  return call.direction === "outbound" ? call.to : call.from;
}

/** The caller's name, else the number, else that they withheld it. */
export function callerOf(
  call: Pick<Call, "caller_name" | "from_display" | "from" | "to" | "direction">,
  withheld: string,
): string {
  return call.caller_name ?? call.from_display ?? partyOf(call) ?? withheld;
}

export const outcomeKey = (outcome: string): Key => `outcome.${outcome}` as Key;
