/** One virtual conversation with providers of fixed delays; every answer measured on the wire and split into its parts. */
import { scriptedParty } from "@sk-voice/engine/sim/party.ts";
import { linesInOrder } from "@sk-voice/engine/sim/script.ts";
import { simulateCall } from "@sk-voice/engine/sim/world.ts";
import { endpointDelayMs } from "@sk-voice/engine/talk/endpoint.ts";
import { fixedLlm } from "./llm.ts";
import { packetPeak, SILENT_PEAK } from "./watch.ts";

export interface Delays {
  readonly sttMs: number;
  readonly llmMs: number;
  readonly ttsMs: number;
}

export interface FirstWord {
  /** The caller's last voiced packet → her first audible packet. */
  readonly totalMs: number;
  readonly endpointingMs: number;
  /** Of the recogniser's delay, what is left after the endpoint: it decodes while the silence is still growing. */
  readonly sttMs: number;
  readonly llmMs: number;
  readonly ttsMs: number;
  /** What is left when policy and providers are taken away: the packet's own 20 ms, the VAD's window, waiting for ticks. */
  readonly engineMs: number;
  /** Of `engineMs`: the last voiced packet → the end of voice as the VAD saw it. */
  readonly voiceEndMs: number;
}

/** Five whole milliseconds are rounded in a turn's report. */
const ROUNDING_MS = 3;
const REPLY = "Certainly, let me look at that.";

/** Packets reach the engine anywhere between two of its ticks: the network's delay decides where, and is not the engine's. */
const PHASES_MS = [0, 3, 7, 10, 13, 17];

/** @throws Error when the engine's own parts do not add up to what the wire saw. */
export async function firstWords(seed: number, lines: readonly string[], delays: Delays): Promise<FirstWord[]> {
  const phaseMs = PHASES_MS[seed % PHASES_MS.length]!;
  const wire: { callerMs: number; agentMs: number }[] = [];
  let callerMs: number | undefined;
  const { outcome } = await simulateCall({
    seed,
    party: scriptedParty(linesInOrder(lines)),
    network: { delayMs: phaseMs },
    maxMs: 20_000 * lines.length,
    sttMs: delays.sttMs,
    ttsMs: delays.ttsMs,
    llm: fixedLlm(delays.llmMs, REPLY),
    observe: {
      callerPacket: (now, packet) => {
        if (packetPeak(packet) > SILENT_PEAK) callerMs = now;
      },
      agentPacket: (now, packet) => {
        if (callerMs === undefined || packetPeak(packet) <= SILENT_PEAK) return;
        wire.push({ callerMs, agentMs: now });
        callerMs = undefined;
      },
    },
  });
  const spoken = outcome.transcript.filter(({ speaker }) => speaker === "caller");
  const turns = outcome.turns.filter(({ response_ms }) => response_ms !== null);
  if (wire.length !== lines.length || turns.length !== lines.length || spoken.length !== lines.length) {
    throw new Error(
      `seed ${seed}: ${lines.length} lines, ${wire.length} answers on the wire, ${turns.length} reported`,
    );
  }
  return wire.map(({ callerMs, agentMs }, index) => {
    const turn = turns[index]!;
    const totalMs = agentMs - callerMs - phaseMs;
    const voiceEndMs = spoken[index]!.end_ms - callerMs - phaseMs;
    const [endpoint = 0, stt = 0, llm = 0, tts = 0, rest = 0] = [
      turn.endpointing_ms,
      turn.stt_ms,
      turn.llm_ms,
      turn.tts_ms,
      turn.engine_ms,
    ].map((part) => part ?? Number.NaN);
    const remainderMs = totalMs - (voiceEndMs + endpoint + stt + llm + tts + rest);
    if (!(Math.abs(remainderMs) <= ROUNDING_MS)) {
      throw new Error(`seed ${seed}, turn ${index}: ${remainderMs} ms of ${totalMs} belong to no part`);
    }
    // A recogniser that is late leaves the endpoint to the silence alone.
    const endpointingMs = endpointDelayMs({ expects: "open", text: stt > 0 ? undefined : lines[index] });
    const engineMs = totalMs - endpointingMs - stt - delays.llmMs - delays.ttsMs;
    return { totalMs, endpointingMs, sttMs: stt, llmMs: delays.llmMs, ttsMs: delays.ttsMs, engineMs, voiceEndMs };
  });
}
