/** How many incoming calls the business, and each of its numbers with limits of its own, may have at once and in a day of its time zone. Pure. */
import type { AgentSettings, CallLimits } from "@sk-voice/api/contract/index.ts";
import { localDate } from "../receptionist/nlu/dates.ts";

/** What a call was too many for, and when to ask again. */
export interface Excess {
  readonly limit: "calls at once" | "calls today";
  readonly retryAfterS: number;
}

/** What outlives the process: calls of one day by workspace and number. */
export interface DayCount {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  readonly calls: Readonly<Record<string, number>>;
}

/** RFC 3261 21.5.4: a client sends nothing at all here for so long, so that even a full day is asked about again after a minute. */
const RETRY_AFTER_S = { "calls at once": 5, "calls today": 60 } as const;

export class Quotas {
  /** Refused since the start. */
  readonly refused = { "calls at once": 0, "calls today": 0 };
  readonly #running = new Map<string, readonly string[]>();
  #day: string;
  readonly #today: Map<string, number>;

  constructor(kept: DayCount = { day: "", calls: {} }) {
    this.#day = kept.day;
    this.#today = new Map(Object.entries(kept.calls));
  }

  /** Whether one more call to that number or address is too many; one that is, is counted as refused. */
  excess(agent: AgentSettings, to: string, nowEpochMs: number): Excess | undefined {
    this.#turnDay(agent, nowEpochMs);
    const limit = limitsOn(agent, to)
      .map(({ key, limits }) => this.#exceeded(key, limits))
      .find((found) => found !== undefined);
    if (limit === undefined) return undefined;
    this.refused[limit]++;
    return { limit, retryAfterS: RETRY_AFTER_S[limit] };
  }

  /** The call is taken. */
  begin(callId: string, agent: AgentSettings, to: string, nowEpochMs: number): void {
    this.#turnDay(agent, nowEpochMs);
    const keys = limitsOn(agent, to).map(({ key }) => key);
    this.#running.set(callId, keys);
    for (const key of keys) this.#today.set(key, (this.#today.get(key) ?? 0) + 1);
  }

  end(callId: string): void {
    this.#running.delete(callId);
  }

  get today(): DayCount {
    return { day: this.#day, calls: Object.fromEntries(this.#today) };
  }

  #exceeded(key: string, { max_calls, max_calls_per_day }: CallLimits): Excess["limit"] | undefined {
    if (max_calls !== undefined && this.#runningOf(key) >= max_calls) return "calls at once";
    if (max_calls_per_day !== undefined && (this.#today.get(key) ?? 0) >= max_calls_per_day) return "calls today";
    return undefined;
  }

  #runningOf(key: string): number {
    return this.#running.values().reduce((count, keys) => count + (keys.includes(key) ? 1 : 0), 0);
  }

  /** Forwards only: a clock that steps back gives nobody a second day. */
  #turnDay({ time_zone }: AgentSettings, nowEpochMs: number): void {
    const day = localDate(nowEpochMs, time_zone).toString();
    if (day <= this.#day) return;
    this.#day = day;
    this.#today.clear();
  }
}

/** The business first, then the number; counted even without a limit, so that one set at noon knows the morning. */
function limitsOn(agent: AgentSettings, to: string): { key: string; limits: CallLimits }[] {
  const profile = agent.profiles?.find(({ number }) => to.includes(number));
  return [
    { key: agent.workspace_id, limits: agent.limits ?? {} },
    ...(profile ? [{ key: profile.number, limits: profile.limits ?? {} }] : []),
  ];
}
