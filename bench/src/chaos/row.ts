/** One fault: what is done to the real processes, and what must hold afterwards. */
import { monotonicMs } from "@sk-voice/engine/io/clock.ts";
import { eventually, type Stack } from "../../test/stack.ts";
import { Victim } from "./victim.ts";

export interface RowResult {
  readonly heard: string;
  /** From the fault to service as before. */
  readonly recoveryMs: number;
  /** Must be true. A sentence for each that is not. */
  readonly problems: readonly string[];
}

export interface Row {
  readonly name: string;
  readonly fault: string;
  /** A stack of its own with these settings, in this folder; without it the row shares one. */
  readonly prepare?: (chaos: Preparation) => Promise<Own> | Own;
  readonly run: (chaos: Chaos) => Promise<RowResult>;
}

export interface Preparation {
  readonly folder: string;
}

export interface Own {
  readonly env: Record<string, string>;
  /** After the stack has ended. */
  readonly undo?: () => Promise<void> | void;
}

/** The machine lacks what the row needs; said in the table. */
export class Unavailable extends Error {
  override readonly name = "Unavailable";
}

interface CallRow {
  readonly id: string;
  readonly from: string | null;
  readonly status: string;
  readonly ended_by: string | null;
}

interface EventRow {
  readonly type: string;
  readonly data: { readonly call?: { readonly id: string } };
}

interface Page<T> {
  readonly data: readonly T[];
  readonly next_cursor: string | null;
}

const SETTLE_MS = 60_000;
/** Nothing to do with one another between runs. */
let serial = Math.floor(monotonicMs()) % 1000;

export class Chaos {
  readonly #victims: Victim[] = [];

  constructor(
    readonly stack: Stack,
    /** "What are your opening hours?", 8 kHz. */
    readonly question: Int16Array,
    /** The long run: minutes instead of seconds. */
    readonly isLong: boolean,
  ) {}

  caller(options: { isLost?: () => boolean; uri?: string } = {}): Victim {
    serial++;
    const from = `+91984${String(5_000_000 + serial)}`;
    const victim = new Victim({ uri: this.stack.sipUri, from, ...options });
    this.#victims.push(victim);
    return victim;
  }

  /** How long until somebody who calls is answered. */
  async answersAgain(sinceMs: number, timeoutMs = 60_000): Promise<number> {
    for (const deadlineMs = monotonicMs() + timeoutMs; monotonicMs() < deadlineMs; ) {
      const probe = this.caller();
      try {
        await probe.call(2000);
        await probe.greeted(5000);
        const tookMs = monotonicMs() - sinceMs;
        probe.hangUp();
        await probe.ended(5000);
        return tookMs;
      } catch {
        await Bun.sleep(100);
      } finally {
        await probe.close();
      }
    }
    throw new Error(`nobody is answered ${timeoutMs} ms after the fault`);
  }

  readonly calls = (): Promise<CallRow[]> => this.#all<CallRow>("/voice/v1/calls?limit=100");

  /** Every caller so far who was answered has one outcome. Returns what is not so. */
  async settled(timeoutMs = SETTLE_MS): Promise<string[]> {
    const answered = this.#victims.filter(({ wasAnswered }) => wasAnswered).map(({ from }) => from);
    let lost = answered;
    let untold = answered;
    await eventually("the outcomes", timeoutMs, async () => {
      const completed = (await this.calls()).filter(({ status }) => status === "completed");
      const idsOf = (from: string) => completed.filter((call) => call.from === from).map(({ id }) => id);
      lost = answered.filter((from) => idsOf(from).length !== 1);
      const told = await this.#completedEvents();
      untold = answered.filter((from) => told.filter((id) => idsOf(from).includes(id)).length !== 1);
      return lost.length === 0 && untold.length === 0;
    }).catch(() => undefined);
    for (const victim of this.#victims.splice(0)) await victim.close();
    return [
      ...lost.map((from) => `${from} was answered and has not exactly one outcome`),
      ...untold.map((from) => `${from} was answered and has not exactly one call.completed event`),
    ];
  }

  /** Every page. */
  async #all<T>(path: string): Promise<T[]> {
    const rows: T[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page: Page<T> = await this.stack.get(cursor === "" ? path : `${path}&cursor=${cursor}`);
      rows.push(...page.data);
      cursor = page.next_cursor;
    }
    return rows;
  }

  /** The calls they are about; twice where it was told twice. */
  async #completedEvents(): Promise<string[]> {
    const data = await this.#all<EventRow>("/voice/v1/events?limit=100&type=call.completed");
    return data.filter(({ type }) => type === "call.completed").flatMap(({ data: { call } }) => call?.id ?? []);
  }
}

/** Runs a row to its table line; what it throws is a problem. */
export async function play(row: Row, chaos: Chaos): Promise<RowResult> {
  const started = monotonicMs();
  try {
    const result = await row.run(chaos);
    return { ...result, problems: [...result.problems, ...(await chaos.settled())] };
  } catch (error) {
    if (error instanceof Unavailable) throw error;
    const problem = error instanceof Error ? error.message : String(error);
    const lost = await chaos.settled(5000).catch(() => []);
    return { heard: "–", recoveryMs: monotonicMs() - started, problems: [problem, ...lost] };
  }
}

/** The problems of a list of claims. */
export const unless = (claims: Readonly<Record<string, boolean>>): string[] =>
  Object.entries(claims).flatMap(([claim, holds]) => (holds ? [] : [`not so: ${claim}`]));
