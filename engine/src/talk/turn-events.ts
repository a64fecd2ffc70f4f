/** What goes into turn-taking and what comes out; the states and their table are in turn.ts. Times are monotonic milliseconds. */
import type { AnswerKind } from "@sk-voice/models/ports.ts";
import { DEFAULT_ENDPOINT, type EndpointPolicy } from "./endpoint.ts";
import { DEFAULT_INTERRUPTION, type InterruptionPolicy } from "./interruption.ts";

export type TurnState =
  | "listening"
  | "hearing"
  | "settling"
  | "awaiting"
  | "replying"
  | "noticed"
  | "overlap"
  | "ended";

export type TurnInput =
  /** Perhaps voice, since `atMs`: a sound, or a first window of the VAD. `speech-start`, `onset-lost` or nothing follows. */
  | { readonly type: "onset"; readonly atMs: number }
  | { readonly type: "onset-lost" }
  /** VAD: voice began at `atMs` (back-dated to the onset). */
  | { readonly type: "speech-start"; readonly atMs: number }
  /** VAD: voice ended at `atMs` (the last voiced audio). */
  | { readonly type: "speech-end"; readonly atMs: number }
  /** Something loud in which the VAD heard no voice. */
  | { readonly type: "sound"; readonly startMs: number; readonly endMs: number }
  | {
      readonly type: "transcript";
      readonly request: number;
      readonly text: string;
      readonly confidence: number | undefined;
    }
  | { readonly type: "transcript-failed"; readonly request: number }
  /** What was taken for voice was none (music on hold): nothing of it is answered. */
  | { readonly type: "not-voice" }
  /** How sure an audio model is that the turn asked about is over. */
  | { readonly type: "end-of-turn"; readonly request: number; readonly probability: number }
  /** She has begun to answer (thinking counts: her turn). */
  | { readonly type: "reply-start"; readonly expects: AnswerKind }
  /** What the reply asks for became known, or changed, while she speaks. */
  | { readonly type: "expects"; readonly expects: AnswerKind }
  /** The last sentence of her reply has begun: from here on a "yes" answers it. */
  | { readonly type: "last-sentence" }
  /** Her last sample has been played (or there was nothing to say). */
  | { readonly type: "reply-end" }
  /** A key was pressed: it counts as speech that is over at once. */
  | { readonly type: "keys"; readonly digits: string }
  | { readonly type: "hangup" }
  | { readonly type: "tick" };

export type TurnOutput =
  /** Decode everything since the utterance began. `speechMs` is what the VAD called voice, `untilMs` when it ended: the audio must reach so far. */
  | { readonly type: "transcribe"; readonly request: number; readonly speechMs: number; readonly untilMs: number }
  /** A new utterance: forget older audio but the last `keepMs`. */
  | { readonly type: "new-utterance"; readonly keepMs: number }
  | {
      readonly type: "commit";
      readonly text: string;
      readonly confidence: number | undefined;
      readonly speechStartMs: number;
      readonly speechEndMs: number;
      /** When the silence had lasted long enough; later than that is waiting for the recogniser. */
      readonly endpointMs: number;
    }
  /** Voice, then no words from the recogniser: she asks again. */
  | { readonly type: "missed"; readonly speechStartMs: number; readonly speechEndMs: number }
  /** Nobody has spoken for a while; `count` is 1, 2, … in a row. */
  | { readonly type: "silence"; readonly count: number }
  /** Turn her down; `hold` pauses her; `unduck` undoes both: she goes on where she was. */
  | { readonly type: "duck" }
  | { readonly type: "hold" }
  | { readonly type: "unduck" }
  | { readonly type: "interrupt" };

export interface TurnOptions {
  /** Silence after her question before she speaks up. */
  readonly silenceMs: number;
  /** Longest utterance; beyond it she answers what she has. */
  readonly maxUtteranceMs: number;
  /** How long a recogniser may take after the endpoint. */
  readonly transcriptTimeoutMs: number;
  /** Audio kept from before the onset; VAD notices voice late. */
  readonly preRollMs: number;
  readonly endpoint: EndpointPolicy;
  readonly interruption: InterruptionPolicy;
}

export const DEFAULT_TURN_OPTIONS: TurnOptions = {
  silenceMs: 8000,
  maxUtteranceMs: 30_000,
  transcriptTimeoutMs: 2500,
  preRollMs: 400,
  endpoint: DEFAULT_ENDPOINT,
  interruption: DEFAULT_INTERRUPTION,
};

/** Milliseconds. Keys are gathered so long after the last one. */
export const KEY_GAP_MS = 2000;
