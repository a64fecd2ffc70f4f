/** A caller who makes a sound while she greets; what her packets do about it. */
import type { OnLine, Party } from "@sk-voice/engine/sim/party.ts";
import { simulateCall } from "@sk-voice/engine/sim/world.ts";
import { FRAME_MS, TICKS_PER_MS } from "@sk-voice/media/units.ts";
import type { VadModel } from "@sk-voice/models/ports.ts";
import { packetPeak, SILENT_PEAK } from "./watch.ts";

/** A sound, or a hybrid that sends part of her own voice back. */
export type Disturbance =
  | { readonly kind: "sound"; readonly samples: Int16Array; readonly words: string }
  | { readonly kind: "echo"; readonly gain: number; readonly delayFrames: number };

export interface BargeIn {
  /** Onset → first packet well below her level; `undefined`: never. */
  readonly duckedMs: number | undefined;
  /** Onset → her last packet at full level before she stopped; `undefined`: she did not stop. */
  readonly lastFullMs: number | undefined;
  /** End of the sound → her first packet at full level again, 0 when she was there before; `undefined`: not turned down, or stopped. */
  readonly resumedMs: number | undefined;
  /** Her greeting was cut. */
  readonly stopped: boolean;
}

const AFTER_SOUND_MS = 6000;
/** Between −6 dB (still full) and −12 dB (ducked). */
const FULL_SHARE = 0.6;
const LOUD_PEAK = 500;

class Disturber implements Party {
  done = false;
  readonly pausesMs: number[] = [];
  readonly #past: Int16Array[] = [];
  #position = 0;

  constructor(
    private readonly disturbance: Disturbance,
    private readonly startMs: number,
    private readonly onLine: OnLine,
  ) {}

  step(now: number, heard: Int16Array, said: Int16Array): void {
    const { disturbance } = this;
    if (disturbance.kind === "echo") {
      this.#past.push(heard.slice());
      if (this.#past.length <= disturbance.delayFrames) return;
      const back = this.#past.shift()!;
      for (let i = 0; i < said.length; i++) said[i] = back[i]! * disturbance.gain;
    } else if (now >= this.startMs) {
      const { samples, words } = disturbance;
      if (this.#position === 0) this.onLine(words, samples.length / TICKS_PER_MS);
      said.set(disturbance.samples.subarray(this.#position, this.#position + said.length));
      this.#position += said.length;
    }
    this.done = now >= this.startMs + AFTER_SOUND_MS;
  }
}

export async function bargeIn(
  seed: number,
  startMs: number,
  disturbance: Disturbance,
  vad: VadModel,
): Promise<BargeIn> {
  let onsetMs: number | undefined;
  let soundEndMs = 0;
  let duckedAtMs: number | undefined;
  let resumedAtMs: number | undefined;
  let lastFullAtMs = 0;
  let fullPeak = 0;
  const { outcome } = await simulateCall({
    seed,
    party: (onLine) => new Disturber(disturbance, startMs, onLine),
    network: {},
    maxMs: 30_000,
    vad,
    ttsMs: 0,
    observe: {
      callerPacket: (now, packet) => {
        if (packetPeak(packet) <= LOUD_PEAK) return;
        onsetMs ??= now;
        soundEndMs = now + FRAME_MS;
      },
      agentPacket: (now, packet) => {
        const peak = packetPeak(packet);
        if (onsetMs === undefined) fullPeak = Math.max(fullPeak, peak);
        else if (duckedAtMs === undefined && peak < fullPeak * FULL_SHARE) duckedAtMs = now;
        if (duckedAtMs !== undefined && peak >= fullPeak * FULL_SHARE) resumedAtMs ??= now;
        if (peak >= fullPeak * FULL_SHARE && peak > SILENT_PEAK && duckedAtMs === undefined) lastFullAtMs = now;
      },
    },
  });
  const greeting = outcome.transcript.find(({ speaker }) => speaker === "agent");
  const stopped = greeting?.interrupted === true;
  const since = (atMs: number | undefined) =>
    atMs === undefined || onsetMs === undefined ? undefined : atMs - onsetMs;
  const resumedMs = stopped || resumedAtMs === undefined ? undefined : Math.max(0, resumedAtMs - soundEndMs);
  return { duckedMs: since(duckedAtMs), lastFullMs: stopped ? since(lastFullAtMs) : undefined, resumedMs, stopped };
}
