/** A hand-over of the caller to a human: what is asked for and what came of it. */

export interface TransferRequest {
  /** E.164 number or SIP URI. */
  readonly target: string;
  /** Said to the human before the caller is put through, in whole sentences. */
  readonly whisper: string;
}

export type TransferOutcome =
  /** Caller and human are talking; she only passes the sound on. The call ends when either hangs up. */
  | "bridged"
  /** The carrier has taken the caller over; the call ends at once. */
  | "referred"
  /** The human did not answer, or did not accept, in time. */
  | "no-answer"
  | "busy"
  /** The human pressed 2, said no, or hung up before accepting. */
  | "declined"
  /** The target may not be dialled: no trunk, prefix or limit allows it. */
  | "forbidden"
  /** The carrier refused, or the target cannot be reached. */
  | "failed";
