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

/** Caller's speech before she interjects to see whether the caller yields. */
export interface ScreeningTimes {
  /** While nothing is known of the words: another language, or a line too bad. */
  readonly unknownAfterMs: number;
  /** Once the words are known and are not a person's. */
  readonly suspectAfterMs: number;
  /** Once they are a person's. */
  readonly personAfterMs: number;
  /** Since answer: from then on this much speech is enough, unless the words are a person's or are being recognised. Two interjections take 3.3 s of the 12. */
  readonly lastChanceMs: number;
  readonly lastChanceAfterMs: number;
}

const NEVER = Number.POSITIVE_INFINITY;
const NO_CHALLENGE: ScreeningTimes = {
  unknownAfterMs: NEVER,
  suspectAfterMs: NEVER,
  personAfterMs: NEVER,
  lastChanceMs: NEVER,
  lastChanceAfterMs: NEVER,
};

export const SCREENING_TIMES: Readonly<Record<ScreeningMode, ScreeningTimes>> = {
  strict: {
    unknownAfterMs: 1200,
    suspectAfterMs: 1000,
    personAfterMs: 2500,
    lastChanceMs: 0,
    lastChanceAfterMs: 1200,
  },
  balanced: {
    unknownAfterMs: 2600,
    suspectAfterMs: 1000,
    personAfterMs: 5000,
    lastChanceMs: 8500,
    lastChanceAfterMs: 1300,
  },
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
