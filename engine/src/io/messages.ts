/** What the signalling thread and a media thread say to each other. Structured-cloned, so plain data only. */
import type { AgentSettings, EngineReport, LiveEvent } from "@sk-voice/api/contract/index.ts";
import type { SpeculationFigures } from "@sk-voice/models/ports.ts";
import type { Print } from "@sk-voice/models/robocall/fingerprint-store.ts";
import type { CallInfo, CallOutcome } from "../call/events.ts";
import type { MediaTerms } from "../call/terms.ts";
import type { TransferOutcome, TransferRequest } from "../call/transfer-types.ts";
import type { RecordingPlace } from "./recording-file.ts";
import type { TapeSettings } from "./tape-file.ts";

export interface WorkerSettings {
  readonly index: number;
  readonly host: string;
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly recordings: RecordingPlace;
  readonly tapes: TapeSettings;
  /** Of models that were added. */
  readonly modelsDir: string;
  readonly logLevel: string;
  readonly agent: AgentSettings;
  /** Recordings of robocalls known so far. */
  readonly prints: readonly Print[];
  /** Providers' own settings (`models/io/providers`), from the environment. */
  readonly providers: Record<string, string | undefined>;
}

export type ToWorker =
  | { readonly type: "init"; readonly settings: WorkerSettings; readonly speech: MessagePort }
  | { readonly type: "agent"; readonly agent: AgentSettings }
  /** Another thread has heard a robocall. */
  | { readonly type: "print"; readonly print: Print }
  /** Opens the call's RTP socket on `port`. */
  | { readonly type: "open"; readonly callId: string; readonly port: number }
  /** The call is answered: greet. */
  | { readonly type: "start"; readonly info: CallInfo; readonly terms: MediaTerms }
  /** A re-INVITE changed the media. */
  | { readonly type: "update"; readonly callId: string; readonly terms: MediaTerms }
  /** The other leg of the call's transfer. */
  | { readonly type: "human"; readonly callId: string; readonly command: HumanCommand }
  /** What became of a transfer. */
  | { readonly type: "transfer-result"; readonly callId: string; readonly outcome: TransferOutcome }
  /** Whether anybody watches the calls: levels are measured only then. */
  | { readonly type: "watch"; readonly on: boolean }
  | { readonly type: "listen"; readonly callId: string; readonly on: boolean }
  /** Somebody at a dashboard has the caller handed over. */
  | { readonly type: "hand-over"; readonly callId: string; readonly target: string }
  | { readonly type: "say"; readonly callId: string; readonly text: string; readonly hangUpAfter: boolean }
  /** The call is over, or never began: close everything. */
  | { readonly type: "stop"; readonly callId: string; readonly by: "caller" | "agent" | "error" };

/** To the leg of the human a caller is handed over to. One at a time for a call. */
export type HumanCommand =
  | { readonly type: "open"; readonly port: number }
  /** The human has answered: whisper. */
  | { readonly type: "whisper"; readonly terms: MediaTerms; readonly text: string }
  | { readonly type: "update"; readonly terms: MediaTerms }
  | { readonly type: "bridge" }
  | { readonly type: "close" };

export type HumanEvent =
  | { readonly type: "opened" }
  | { readonly type: "open-failed"; readonly reason: string }
  | { readonly type: "answered"; readonly accepts: boolean }
  /** No sound for a minute. */
  | { readonly type: "lost" }
  | { readonly type: "closed" };

export type FromWorker =
  | { readonly type: "ready" }
  | { readonly type: "opened"; readonly callId: string }
  | { readonly type: "open-failed"; readonly callId: string; readonly reason: string }
  /** She has said goodbye: send BYE. */
  | { readonly type: "hang-up"; readonly callId: string }
  | { readonly type: "human"; readonly callId: string; readonly event: HumanEvent }
  /** Hand the caller over to a human. */
  | { readonly type: "transfer"; readonly callId: string; readonly request: TransferRequest }
  | { readonly type: "draft"; readonly outcome: CallOutcome }
  | { readonly type: "report"; readonly report: EngineReport }
  /** A robocall's recording, to be known by every thread. */
  | { readonly type: "print"; readonly print: Print }
  /** For dashboards. */
  | { readonly type: "live"; readonly event: LiveEvent }
  /** Socket closed, outcome reported. */
  | { readonly type: "closed"; readonly callId: string }
  | { readonly type: "figures"; readonly index: number; readonly figures: MediaThreadFigures };

export interface MediaThreadFigures {
  readonly calls: number;
  /** Ticks' lateness against their absolute deadline, 99th percentile since the start. */
  readonly tickLateP99Ms: number;
  /** Datagrams that belonged to no call or were no RTP of theirs. */
  readonly droppedPackets: number;
  /** Requests to models that failed, whether another went on or not. */
  readonly providerFailures: number;
  readonly speculation: SpeculationFigures;
}
