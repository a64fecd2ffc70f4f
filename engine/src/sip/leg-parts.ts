import type { Dialog } from "./dialog.ts";
import type { Leg } from "./leg.ts";
import type { HeaderField, SipResponse } from "./message.ts";
import type { ClientFailure, Transactions } from "./transactions.ts";
import type { CallEvent, Flow, LegId } from "./user-agent-types.ts";

/** What a leg needs of the user agent. */
export interface LegHost {
  readonly transactions: Transactions;
  readonly product: string;
  token(): string;
  send(flow: Flow, bytes: Uint8Array): void;
  emit(event: CallEvent): void;
  /** The dialog can be found from now on. */
  bind(dialog: Dialog, leg: Leg): void;
  /** The leg's deadline changed. */
  reschedule(leg: Leg): void;
  /** The leg is done: forget it. */
  release(leg: Leg): void;
}

export interface InDialogParts {
  readonly headers?: readonly HeaderField[];
  readonly body?: string;
  /** Of the body; application/sdp when absent. */
  readonly contentType?: string;
}

/** What the parts of a leg (session changes, referrals) need of it. */
export interface InDialog {
  readonly id: LegId;
  readonly host: LegHost;
  isEstablished(): boolean;
  contact(): HeaderField;
  /** URI of our side of the dialog. */
  localUri(): string;
  /** A request in the dialog, other than INVITE; a challenge is answered. `onFinal` gets what ends it. */
  request(
    now: number,
    method: string,
    parts: InDialogParts,
    onFinal: (now: number, response: SipResponse | ClientFailure) => void,
  ): void;
}
