/** The pause a caller hears before each reply, over real SIP and RTP, and its parts as the engine tells them. */
import { linesInOrder } from "@sk-voice/engine/sim/script.ts";
import type { SttPort, TtsPort } from "@sk-voice/models/ports.ts";
import type { Stack } from "../../test/stack.ts";
import { converse } from "../caller/conversation.ts";
import type { Figure } from "../suite.ts";
import { summarise } from "../summary.ts";

/** The caller goes on with the next line whatever she says: nobody has to understand it. */
const DEAF: SttPort = {
  name: "deaf",
  warm: async () => undefined,
  close: async () => undefined,
  open: () => ({
    push: () => undefined,
    reset: () => undefined,
    close: () => undefined,
    transcribe: async () => ({ text: "", confidence: undefined, language: undefined }),
  }),
};
/** Who calls. */
export const CALLER = "+919845012345";
const MAX_CALL_MS = 180_000;

export interface PausesOptions {
  readonly stack: Stack;
  readonly tts: TtsPort;
  readonly calls: number;
  readonly lines: readonly string[];
  readonly progress: (what: string) => void;
}

/** One pause a line, unless she hangs up before. */
export async function hearPauses({ stack, tts, calls, lines, progress }: PausesOptions): Promise<number[]> {
  const pauses: number[] = [];
  for (let call = 0; call < calls; call++) {
    progress(`call ${call + 1} of ${calls}`);
    const { pausesMs } = await converse({
      uri: stack.sipUri,
      from: CALLER,
      script: linesInOrder(lines),
      stt: DEAF,
      tts,
      voice: "rms",
      onTurn: ({ speaker, pauseMs }) => progress(`${speaker} ${pauseMs === undefined ? "" : Math.round(pauseMs)}`),
      maxMs: MAX_CALL_MS,
    });
    pauses.push(...pausesMs);
  }
  return pauses;
}

export function pauseFigures(pausesMs: readonly number[]): Figure[] {
  const summary = summarise(pausesMs);
  return [
    { name: "turns", unit: "turns", clock: "wall", value: pausesMs.length },
    { name: "caller-heard p50", unit: "ms", clock: "wall", value: summary.p50, bar: { most: 650 } },
    { name: "caller-heard p95", unit: "ms", clock: "wall", value: summary.p95, summary, bar: { most: 1000 } },
  ];
}

export type Metrics = (line: string) => number;

/** The engine's `/metrics` now; a line that is not there is NaN. */
export async function readMetrics(healthUrl: string): Promise<Metrics> {
  const text = await (await fetch(`${healthUrl}/metrics`)).text();
  return (line) => Number(new RegExp(`^${line.replace(/[{}"]/g, "\\$&")} (\\S+)$`, "m").exec(text)?.[1] ?? Number.NaN);
}

/** Means of the consecutive parts. */
export function partFigures(metrics: Metrics): Figure[] {
  return ["endpointing", "stt", "llm", "tts", "engine"].map((part): Figure => {
    const label = `{part="${part}"}`;
    const value = metrics(`sk_turn_part_ms_sum${label}`) / metrics(`sk_turn_part_ms_count${label}`);
    return { name: `mean ${part}`, unit: "ms", clock: "wall", value };
  });
}
