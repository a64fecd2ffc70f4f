/** How a business wants its callers screened. */

import { DEFAULT_SCREENING, type Screening } from "@sk-voice/api/contract/index.ts";

/**
 * `strict` interrupts sooner, `balanced` rarely bothers a person, `shadow` decides and reports but lets everybody through, `off` lets
 * everybody through at once.
 */
export type ScreeningMode = Screening["mode"];
/** What happens to a robocall. `tarpit` keeps it on the line in silence, which costs a channel. */
export type ScreeningAction = Screening["action"];

export interface ScreeningPolicy {
  readonly mode: ScreeningMode;
  readonly action: ScreeningAction;
  /** Numbers (E.164) or their beginnings ending in `*`. Allowed callers are never screened: reminders, delivery services, one's own machines. */
  readonly allow: readonly string[];
  /** Never let through. `allow` is stronger. */
  readonly block: readonly string[];
  /** Callers with a contact in the suite are not screened. */
  readonly knownContactsPass: boolean;
}

export const DEFAULT_SCREENING_POLICY: ScreeningPolicy = policyOf(DEFAULT_SCREENING);

/** As the api tells it. */
export function policyOf({
  mode,
  action,
  allow,
  block,
  known_contacts_pass: knownContactsPass,
}: Screening): ScreeningPolicy {
  return { mode, action, allow, block, knownContactsPass };
}

export interface ScreeningTimes {
  /** Caller's speech before she interjects to see whether the caller yields. */
  readonly challengeAfterMs: number;
  /** The same once the words or the rhythm look like a recording's. */
  readonly suspectAfterMs: number;
  /** Since answer: from then on this much speech is enough, unless the words are a person's. Two interjections take 3.3 s of the 12. */
  readonly lastChanceMs: number;
  readonly lastChanceAfterMs: number;
}

const NEVER = Number.POSITIVE_INFINITY;
const NO_CHALLENGE: ScreeningTimes = {
  challengeAfterMs: NEVER,
  suspectAfterMs: NEVER,
  lastChanceMs: NEVER,
  lastChanceAfterMs: NEVER,
};

/** Design: unsure and ≥ 5 s of speech. A recording that starts after a long greeting leaves less than that until the 12 s are over. */
export const SCREENING_TIMES: Readonly<Record<ScreeningMode, ScreeningTimes>> = {
  strict: { challengeAfterMs: 1200, suspectAfterMs: 1000, lastChanceMs: 0, lastChanceAfterMs: 1000 },
  balanced: { challengeAfterMs: 5000, suspectAfterMs: 1300, lastChanceMs: 6000, lastChanceAfterMs: 1600 },
  shadow: NO_CHALLENGE,
  off: NO_CHALLENGE,
};

/** On which of the owner's lists `from` is. */
export function listed(policy: ScreeningPolicy, from: string | null): "allow" | "block" | undefined {
  if (from === null) return undefined;
  if (policy.allow.some((entry) => covers(entry, from))) return "allow";
  return policy.block.some((entry) => covers(entry, from)) ? "block" : undefined;
}

function covers(entry: string, number: string): boolean {
  return entry.endsWith("*") ? number.startsWith(entry.slice(0, -1)) : number === entry;
}
