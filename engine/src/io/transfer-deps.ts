import type { TransferOutcome } from "../call/transfer-types.ts";
import type { Dialling } from "../sip/dialling.ts";
import type { Flow } from "../sip/user-agent.ts";
import type { Log } from "./log.ts";
import type { HumanCommand } from "./messages.ts";
import type { RtpPorts } from "./rtp-ports.ts";
import type { SipTransport } from "./sip-transport.ts";

/** What transfers need of the engine. */
export interface TransferDeps {
  readonly dialling: Dialling;
  readonly ports: RtpPorts;
  readonly log: Log;
  readonly sip: () => Pick<SipTransport, "invite" | "command">;
  /** The way to a URI's host. Rejects when its name does not resolve. */
  readonly flowTo: (uri: string) => Promise<Flow>;
  /** To the media thread of the caller's call. False when there is none any more. */
  readonly tellHuman: (callId: string, command: HumanCommand) => boolean;
  readonly tellOutcome: (callId: string, outcome: TransferOutcome) => void;
  readonly hangUpCaller: (callId: string) => void;
}
