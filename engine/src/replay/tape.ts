/**
 * The tape of one call: everything that reached its session from outside, in order, with the session's own time. One JSON object a line.
 *
 * | kind                              | is                                                                          |
 * |-----------------------------------|-----------------------------------------------------------------------------|
 * | `begin`                           | what the call began with; first                                             |
 * | `rtp`, `rtcp`                     | a datagram as it came, encrypted or not                                     |
 * | `tick`, `wake`, `window`, `voice` | the thread's clock, and the VAD: a window taken, its answer                 |
 * | `update`, `say`, `press`, …       | what signalling, transfers and dashboards asked of it                       |
 * | `asked`                           | a provider was asked; `key`: for what                                       |
 * | `answer`, `ended`, `failed`       | what it answered, and when                                                  |
 * | `screen`, `sound`, `stock`        | what screening decided and heard; a phrase that was in stock                |
 * | `end`                             | what came out: hash of all packets sent, and the call's report              |
 *
 * Times are monotonic milliseconds. A tape is as private as a recording: it holds the voice, the words and, of an encrypted call, its keys.
 */
import type { EngineReport } from "@sk-voice/api/contract/index.ts";
import type { CallInfo } from "../call/events.ts";
import type { PipelineRandom } from "../call/pipeline.ts";
import type { MediaTerms } from "../call/terms.ts";
import type { TransferOutcome } from "../call/transfer-types.ts";
import type { ReceptionistContext } from "../receptionist/policy/embedded.ts";

export const TAPE_VERSION = 1;

export type TapePort = "stt" | "llm" | "tts" | "tool" | "turn" | "sleep";
/** In which of screening's hooks it decided; `later`: in none, an answer of its models. */
export type ScreenHook = "answered" | "window" | "tick" | "words" | "hangUp" | "later";

export interface TapeBegin {
  readonly kind: "begin";
  readonly version: number;
  readonly atMs: number;
  readonly epochMs: number;
  readonly info: CallInfo;
  readonly terms: MediaTerms;
  readonly random: PipelineRandom;
  readonly settings: ReceptionistContext["settings"];
  readonly vocabulary: readonly string[];
  readonly windowSamples: number;
  /** A model heard when turns were over. */
  readonly turnModel: boolean;
  readonly screened: boolean;
}

export type TapeInput =
  | {
      readonly kind: "rtp" | "rtcp";
      readonly atMs: number;
      readonly arrivalMs: number;
      readonly bytes: Uint8Array;
      readonly address: string;
      readonly port: number;
    }
  | { readonly kind: "tick" | "wake"; readonly atMs: number; readonly dueMs: number }
  | { readonly kind: "window" | "transferring"; readonly atMs: number }
  | { readonly kind: "voice"; readonly atMs: number; readonly probability: number }
  | { readonly kind: "update"; readonly atMs: number; readonly terms: MediaTerms }
  | { readonly kind: "transferred"; readonly atMs: number; readonly outcome: TransferOutcome }
  | { readonly kind: "say"; readonly atMs: number; readonly text: string; readonly hangUpAfter: boolean }
  | { readonly kind: "pauses"; readonly atMs: number; readonly pausesMs: readonly number[] }
  | { readonly kind: "press"; readonly atMs: number; readonly digit: string }
  | { readonly kind: "stop"; readonly atMs: number; readonly by: "caller" | "agent" | "error" };

export interface TapeAsked {
  readonly kind: "asked";
  readonly atMs: number;
  readonly port: TapePort;
  readonly id: number;
  readonly key: string;
}

export type TapeAnswer =
  | { readonly kind: "answer"; readonly atMs: number; readonly id: number; readonly value: unknown }
  | { readonly kind: "ended"; readonly atMs: number; readonly id: number }
  | {
      readonly kind: "failed";
      readonly atMs: number;
      readonly id: number;
      readonly message: string;
      readonly code?: string;
    };

export interface TapeScreen {
  readonly kind: "screen";
  readonly atMs: number;
  readonly hook: ScreenHook;
  readonly call: "verdict" | "challenge" | "peek";
  readonly value: unknown;
}

export interface TapeSound {
  readonly kind: "sound";
  readonly atMs: number;
  readonly class: string | undefined;
}

export interface TapeStock {
  readonly kind: "stock";
  readonly atMs: number;
  readonly text: string;
  readonly phrase: { readonly samples: Int16Array; readonly words: readonly object[] } | undefined;
}

export interface TapeEnd {
  readonly kind: "end";
  readonly atMs: number;
  /** SHA-256 over every RTP and RTCP packet sent. */
  readonly digest: string;
  readonly packets: number;
  /** The outcome, without the recording. */
  readonly report: EngineReport | undefined;
}

export type TapeEntry = TapeBegin | TapeInput | TapeAsked | TapeAnswer | TapeScreen | TapeSound | TapeStock | TapeEnd;

export function encodeEntry(entry: TapeEntry): string {
  return JSON.stringify(pack(entry));
}

/** @throws Error naming the line when the tape is cut off, or is none. */
export function decodeTape(text: string): readonly TapeEntry[] {
  const lines = text.split("\n").filter((line) => line !== "");
  const entries = lines.map((line, index) => {
    try {
      return unpack(JSON.parse(line)) as TapeEntry;
    } catch (error) {
      throw new Error(`line ${index + 1} is no line of a tape`, { cause: error });
    }
  });
  const first = entries[0];
  if (first?.kind !== "begin") throw new Error("this is no tape: its first line does not begin a call");
  if (first.version !== TAPE_VERSION) {
    throw new Error(`the tape is of version ${first.version}, this program reads ${TAPE_VERSION}`);
  }
  return entries;
}

/** What the outcome says but for the recording, whose file a replay does not write. */
export function comparable(report: EngineReport | undefined): string {
  return JSON.stringify(pack(report ? { ...report, recording: null } : null));
}

/** The date at a moment of the tape's clock. */
export function epochMsAt({ atMs, epochMs }: Pick<TapeBegin, "atMs" | "epochMs">, nowMs: number): number {
  return Math.round(epochMs + nowMs - atMs);
}

/** JSON has neither bytes nor NaN. */
function pack(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  if (value instanceof Int16Array) {
    return { $samples: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") };
  }
  if (typeof value === "number" && !Number.isFinite(value)) return { $number: String(value) };
  if (Array.isArray(value)) return value.map(pack);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, pack(item)]));
}

function unpack(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpack);
  if (value === null || typeof value !== "object") return value;
  if ("$bytes" in value) return new Uint8Array(Buffer.from(String(value.$bytes), "base64"));
  if ("$samples" in value) return new Int16Array(new Uint8Array(Buffer.from(String(value.$samples), "base64")).buffer);
  if ("$number" in value) return Number(value.$number);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, unpack(item)]));
}
