/** What goes into a call and what comes out of it. One file, so that the whole conversation between core and shell can be read at once. */
import type {
  CallCompletedReport,
  CallOverrides,
  CallQuarantinedReport,
  EngineReport,
  TurnLatency,
} from "@sk-voice/api/contract/index.ts";
import type { AnswerKind, LlmMessage, TtsWord } from "@sk-voice/models/ports.ts";
import type { ToolFact } from "../receptionist/facts.ts";
import type { ToolRan } from "../receptionist/runner.ts";
import type { CallHeaders } from "../sip/call-headers.ts";
import type { StirVerdict } from "../sip/stir/verify.ts";
import type { TransferOutcome } from "./transfer-types.ts";

/** How a call is told of when it is over. */
export type CallOutcome = CallCompletedReport | CallQuarantinedReport;

/** Fixed for the life of a call. */
export interface CallInfo {
  readonly callId: string;
  readonly engineId: string;
  readonly from: string | null;
  readonly fromDisplay: string | null;
  readonly to: string;
  /** `outbound`: she placed the call. `from` is the other party's number and `to` ours all the same. Default inbound. */
  readonly direction?: "inbound" | "outbound";
  /** The test call it was placed for. */
  readonly testCallId?: string;
  /** Asked for this call alone. */
  readonly options?: CallOverrides | null;
  readonly transport: "sip" | "twilio" | "livekit" | "browser";
  readonly codec: string;
  /** The business's first. */
  readonly language: string;
  /** All it speaks; the caller's is followed within them. */
  readonly languages?: readonly string[];
  readonly voice: string;
  /** Said first, sentence by sentence. */
  readonly greeting: readonly string[];
  /** From this number, this one apart. */
  readonly callsLastHour?: number;
  /** Wall clock at `answeredAtMs`, to turn monotonic times into dates. */
  readonly startedAtEpochMs: number;
  /** What the carrier said of the call, of a SIP call on a trunk whose word counts. */
  readonly carrier?: CarrierInfo;
}

export interface CarrierInfo {
  /** The trunk's name. */
  readonly trunk: string;
  /** X- headers that go with the call's record: names, or beginnings that end with `*`. Default none. */
  readonly keepHeaders?: readonly string[];
  /** `verdict` is our own check where there was one, else the carrier's. */
  readonly headers: CallHeaders;
  /** What our own check of the caller's identity came to (STIR/SHAKEN); absent when it is switched off. */
  readonly stir?: StirVerdict;
}

export type CallInput =
  | { readonly type: "answered" }
  | { readonly type: "onset"; readonly atMs: number }
  | { readonly type: "onset-lost"; readonly atMs: number }
  | { readonly type: "speech-start"; readonly atMs: number }
  | { readonly type: "speech-end"; readonly atMs: number }
  | { readonly type: "sound"; readonly startMs: number; readonly endMs: number }
  | { readonly type: "digit"; readonly digit: string }
  /** What was taken for the caller's voice was none: music. */
  | { readonly type: "not-voice" }
  /** How this caller paused in earlier calls. */
  | { readonly type: "known-pauses"; readonly pausesMs: readonly number[] }
  /** One side has put the other on hold, or taken it back. */
  | { readonly type: "held"; readonly held: boolean }
  | {
      readonly type: "transcript";
      readonly request: number;
      readonly text: string;
      readonly confidence: number | undefined;
      readonly language: string | undefined;
    }
  | { readonly type: "transcript-failed"; readonly request: number }
  /** How sure a model is, by the sound, that the turn asked about is over. */
  | { readonly type: "end-of-turn"; readonly request: number; readonly probability: number }
  | { readonly type: "reply-text"; readonly turn: number; readonly text: string }
  | { readonly type: "reply-expects"; readonly turn: number; readonly expects: AnswerKind }
  /** Messages a tool step added (call and result); they stay even if the caller has interrupted meanwhile. */
  | { readonly type: "reply-messages"; readonly messages: readonly LlmMessage[] }
  | { readonly type: "fact"; readonly fact: ToolFact }
  | { readonly type: "tool"; readonly turn: number; readonly record: ToolRan }
  | { readonly type: "reply-end"; readonly turn: number; readonly endCall: boolean }
  | { readonly type: "reply-failed"; readonly turn: number }
  /** Sound for `item` began to arrive from the voice. */
  | { readonly type: "voice-start"; readonly item: number }
  | { readonly type: "voice-words"; readonly item: number; readonly words: readonly TtsWord[] }
  /** The voice broke off, or said nothing at all. */
  | { readonly type: "voice-failed"; readonly item: number }
  /** The playout queue was full: the item will never be heard. */
  | { readonly type: "voice-refused"; readonly item: number }
  /** A tool hands the caller over: her reply waits for the outcome, and cannot be interrupted meanwhile. */
  | { readonly type: "transfer-start" }
  /** After "bridged" and "referred" she has nothing more to say; after the others the caller is hers again. */
  | { readonly type: "transfer-result"; readonly outcome: TransferOutcome }
  /** A dashboard has her say this now, whatever she was about to say. */
  | { readonly type: "say"; readonly text: string; readonly hangUpAfter: boolean }
  | { readonly type: "hangup"; readonly by: "caller" | "agent" | "error" }
  | { readonly type: "tick" };

export type CallOutput =
  | {
      readonly type: "transcribe";
      readonly request: number;
      readonly speechMs: number;
      readonly untilMs: number;
      readonly expects: AnswerKind;
    }
  | { readonly type: "new-utterance"; readonly keepMs: number }
  | { readonly type: "think"; readonly turn: number; readonly messages: readonly LlmMessage[] }
  | { readonly type: "cancel-think"; readonly turn: number }
  /** The turn is probably over: what `think` will be asked if it is. No tool runs before. */
  | { readonly type: "think-ahead"; readonly messages: readonly LlmMessage[] }
  | { readonly type: "forget-ahead" }
  | {
      readonly type: "speak";
      readonly item: number;
      readonly text: string;
      readonly onInterrupt: "drop" | "finish";
      /** `next`: before what has not begun to sound. */
      readonly place: "last" | "next";
    }
  | { readonly type: "duck" }
  | { readonly type: "hold" }
  | { readonly type: "unduck" }
  /** Stop her: playout and every voice still arriving. */
  | { readonly type: "interrupt" }
  | { readonly type: "hang-up" }
  /** A PIN was typed. The conversation's memory, transcript and captions say only that. */
  | { readonly type: "secret"; readonly keys: string }
  /** `isCut`: she was interrupted in it. */
  | { readonly type: "caption"; readonly speaker: "caller" | "agent"; readonly text: string; readonly isCut?: boolean }
  | { readonly type: "draft"; readonly outcome: CallOutcome }
  | { readonly type: "report"; readonly report: EngineReport };

/** What happens in a call while it runs, without its id. */
export type LiveMoment =
  | { readonly type: "barge_in"; readonly kind: "ducked" | "stopped" | "resumed" }
  | { readonly type: "turn"; readonly latency: TurnLatency };

/** What the media side knows when asked for the outcome. */
export interface MediaFigures {
  /** SRTP both ways. */
  readonly encrypted: boolean;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  /** Came after their time had been played. */
  readonly packetsLate: number;
  readonly packetsSent: number;
  readonly jitterMs: number;
  /** Audio made up in place of what was lost or late. */
  readonly concealedMs: number;
  /** From the far end's RTCP, as the next two; `null` when it sent none. */
  readonly roundTripMs: number | null;
  readonly remotePacketsLost: number | null;
  readonly remoteJitterMs: number | null;
  /** E-model estimate of how well she hears the caller, and the caller her: 1–4.41. */
  readonly mos: number | null;
  readonly remoteMos: number | null;
}

/** Of a call without a packet. */
export const NO_MEDIA: MediaFigures = {
  encrypted: false,
  packetsReceived: 0,
  packetsLost: 0,
  packetsLate: 0,
  packetsSent: 0,
  jitterMs: 0,
  concealedMs: 0,
  roundTripMs: null,
  remotePacketsLost: null,
  remoteJitterMs: null,
  mos: null,
  remoteMos: null,
};
