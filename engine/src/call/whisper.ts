/** What the human hears before the caller is put through: who calls, why, and how to take the call. */
export interface WhisperFacts {
  readonly callerName: string | null;
  /** E.164, `null` when withheld. */
  readonly callerNumber: string | null;
  /** What the caller wants, in a sentence. */
  readonly reason: string;
}

const MAX_REASON = 200;

export function whisper({ callerName, callerNumber, reason }: WhisperFacts): string {
  const who = callerName ?? (callerNumber === null ? "a caller who withholds the number" : spellOut(callerNumber));
  const why = reason
    .trim()
    .slice(0, MAX_REASON)
    .replace(/[.!?]*$/, "");
  return `I have ${who} on the line. ${why}. To take the call, press 1 or say yes. To decline, press 2 or say no.`;
}

/** Digit by digit: "plus 9 1 9 8". */
function spellOut(number: string): string {
  return `the number ${[...number].map((char) => (char === "+" ? "plus" : char)).join(" ")}`;
}
