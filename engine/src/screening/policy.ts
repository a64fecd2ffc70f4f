/** How a business wants its callers screened. */

/**
 * `strict` interrupts sooner, `balanced` rarely bothers a person, `shadow` decides and reports but lets everybody through, `off` lets
 * everybody through at once.
 */
export const SCREENING_MODES = ["strict", "balanced", "shadow", "off"] as const;
export type ScreeningMode = (typeof SCREENING_MODES)[number];

/** What happens to a robocall. `tarpit` keeps it on the line in silence, which costs a channel. */
export const SCREENING_ACTIONS = ["hang-up", "polite-message", "tarpit"] as const;
export type ScreeningAction = (typeof SCREENING_ACTIONS)[number];

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

export const DEFAULT_SCREENING_POLICY: ScreeningPolicy = {
  mode: "balanced",
  action: "hang-up",
  allow: [],
  block: [],
  knownContactsPass: true,
};

export interface ScreeningTimes {
  /** Caller's speech before she interjects to see whether the caller yields. */
  readonly challengeAfterMs: number;
  /** The same once timing alone looks like a recording. */
  readonly suspectAfterMs: number;
}

/** Design: unsure and ≥ 5 s of speech. A recording that starts after a long greeting leaves less than that until the 12 s are over. */
export const SCREENING_TIMES: Readonly<Record<ScreeningMode, ScreeningTimes>> = {
  strict: { challengeAfterMs: 2500, suspectAfterMs: 1500 },
  balanced: { challengeAfterMs: 5000, suspectAfterMs: 2000 },
  shadow: { challengeAfterMs: Number.POSITIVE_INFINITY, suspectAfterMs: Number.POSITIVE_INFINITY },
  off: { challengeAfterMs: Number.POSITIVE_INFINITY, suspectAfterMs: Number.POSITIVE_INFINITY },
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
