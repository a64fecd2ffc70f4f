/**
 * Which of the tape's answers belongs to a question asked in the replay.
 *
 * - Asked at the very same moment: the same question. Its answers come where they stand on the tape.
 * - Asked earlier or later, because another policy decides: the same question is looked for, and its answers come as long after.
 * - Never asked on the tape: whoever asked invents something, and it is counted.
 */
import type { TapeAnswer, TapeAsked, TapeEntry, TapePort } from "../../replay/tape.ts";

export interface TapedAsk extends TapeAsked {
  readonly answers: readonly TapeAnswer[];
}

export interface Asked {
  readonly ask: TapedAsk;
  /** Its answers stand where they are on the tape. */
  readonly inStep: boolean;
}

export class Asks {
  /** Asked of nobody on the tape. */
  unknown = 0;
  readonly #open = new Map<TapePort, TapedAsk[]>();

  constructor(entries: readonly TapeEntry[]) {
    const answers = new Map<number, TapeAnswer[]>();
    for (const entry of entries) {
      if (entry.kind === "asked") answers.set(entry.id, []);
      else if (entry.kind === "answer" || entry.kind === "ended" || entry.kind === "failed")
        answers.get(entry.id)?.push(entry);
    }
    for (const entry of entries) {
      if (entry.kind !== "asked") continue;
      const list = this.#open.get(entry.port) ?? [];
      this.#open.set(entry.port, list);
      list.push({ ...entry, answers: answers.get(entry.id) ?? [] });
    }
  }

  find(port: TapePort, key: string, now: number): Asked | undefined {
    const open = this.#open.get(port) ?? [];
    const same = open.findIndex((ask) => ask.key === key && ask.atMs === now);
    const place = same >= 0 ? same : nearest(open, key, now);
    const ask = place < 0 ? undefined : open.splice(place, 1)[0];
    if (ask) return { ask, inStep: same >= 0 };
    this.unknown++;
    return undefined;
  }
}

/** The nearest in time with the same key that was answered at all. */
function nearest(open: readonly TapedAsk[], key: string, now: number): number {
  let best = -1;
  for (const [index, ask] of open.entries()) {
    if (ask.key !== key || ask.answers.length === 0) continue;
    if (best < 0 || Math.abs(ask.atMs - now) < Math.abs(open[best]!.atMs - now)) best = index;
  }
  return best;
}
