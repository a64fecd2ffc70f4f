import type { VirtualClock } from "@sk-voice/engine/sim/clock.ts";
import type { LlmPort } from "@sk-voice/models/ports.ts";
import { scriptedLlm } from "@sk-voice/models/sim/scripted.ts";

/** Answers every turn with `text`, `firstTokenMs` after it was asked. */
export const fixedLlm =
  (firstTokenMs: number, text: string) =>
  (clock: VirtualClock): LlmPort =>
    scriptedLlm((delayMs, run) => clock.at(clock.now() + delayMs, run), {
      firstTokenMs,
      reply: () => [{ type: "text", text }],
    });
