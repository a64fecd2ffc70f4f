import type { Credentials } from "./digest.ts";
import type { HeaderField, SipRequest, SipResponse } from "./message.ts";
import type { Reason } from "./reason.ts";

/** What goes into and comes out of the user agent core. No sockets, no clock: `io/sip-transport.ts` moves it. */

export type TransportName = "udp" | "tcp" | "tls";

/** The way a message came, or is to go. */
export interface Flow {
  readonly transport: TransportName;
  /** The peer's address, an IP literal. */
  readonly address: string;
  readonly port: number;
  /** The connection it came by; 0 for UDP, or when a stream is still to be opened to `address`:`port`. */
  readonly connectionId: number;
  /** Our address as that peer should write it (Via, Contact, SDP): the external address where one is configured. */
  readonly localHost: string;
  readonly localPort: number;
}

/**
 * The handle of one call with one peer, an integer unique in the life of the user agent. It is made by the user agent for
 * incoming calls and by `UserAgent.allocateLeg` for outgoing ones, and dies with its one `ended` event.
 */
export type LegId = number;

/** From the network. */
export type NetworkInput =
  /** One datagram, or one message cut out of a stream. */
  | { readonly kind: "message"; readonly flow: Flow; readonly bytes: Uint8Array }
  /** The transport could not send to, or lost, this flow. */
  | { readonly kind: "unreachable"; readonly flow: Flow };

/** From the application. A command for a leg that has ended, or that does not fit its state, does nothing. */
export type UserAgentCommand =
  /** 180 to the caller. Again later: sent again. */
  | { readonly kind: "ring"; readonly leg: LegId }
  /** 183 with our answer: early media (RFC 3262 makes it reliable where the caller can). The 200 must carry the same SDP. */
  | { readonly kind: "progress"; readonly leg: LegId; readonly sdp: string }
  /** 200 with the answer (or, for an INVITE without SDP, with our offer). */
  | { readonly kind: "answer"; readonly leg: LegId; readonly sdp: string }
  /** Final refusal of a call that is not answered; 400-699. `ended` follows with cause "rejected". */
  | {
      readonly kind: "reject";
      readonly leg: LegId;
      readonly status: number;
      readonly headers?: readonly HeaderField[];
    }
  /** The answer to a `reinvite` event: 200 with this SDP. */
  | { readonly kind: "accept-reinvite"; readonly leg: LegId; readonly sdp: string }
  /** The refusal of a `reinvite` event; the call goes on as it was. */
  | { readonly kind: "reject-reinvite"; readonly leg: LegId; readonly status: number }
  /** Calls a peer. `leg` comes from `allocateLeg`, `flow` says where to. */
  | {
      readonly kind: "invite";
      readonly leg: LegId;
      readonly flow: Flow;
      /** Request-URI. */
      readonly uri: string;
      /** URI of the From header. */
      readonly from: string;
      readonly fromName?: string;
      /** URI of the To header; `uri` when absent. */
      readonly to?: string;
      /** Our offer. */
      readonly sdp: string;
      readonly headers?: readonly HeaderField[];
      /** Answers 401 and 407 to the INVITE and to what follows in its dialog. */
      readonly credentials?: Credentials;
    }
  /** Our own re-INVITE in an answered call (hold, resume, new address); `reinvite-result` follows. */
  | { readonly kind: "reinvite"; readonly leg: LegId; readonly sdp: string }
  /** Asks the peer to call `target` instead (a blind transfer); `refer-result`, then `refer-progress` follow. */
  | { readonly kind: "refer"; readonly leg: LegId; readonly target: string; readonly headers?: readonly HeaderField[] }
  /** 202 to a `refer` event; `notify-refer` must follow until a final status. */
  | { readonly kind: "accept-refer"; readonly leg: LegId }
  | { readonly kind: "reject-refer"; readonly leg: LegId; readonly status: number }
  /** How the call that the peer asked for goes; a final status is the last. */
  | { readonly kind: "notify-refer"; readonly leg: LegId; readonly status: number }
  /**
   * Ends the leg in the way its state demands: CANCEL for our unanswered call, 480 for an incoming one, BYE for an
   * answered one. `ended` with cause "hangup" follows at once; the goodbye traffic goes on by itself.
   */
  | { readonly kind: "hangup"; readonly leg: LegId; readonly headers?: readonly HeaderField[] }
  /** While draining, new INVITEs and OPTIONS get 503 with Retry-After; calls in progress go on. */
  | { readonly kind: "drain"; readonly on: boolean };

export type UserAgentInput = NetworkInput | UserAgentCommand | { readonly kind: "tick" };

/** Why a leg ended. */
export type EndCause =
  /** `hangup` was commanded. */
  | "hangup"
  /** The peer sent BYE. */
  | "bye"
  /** The caller gave up before the answer (CANCEL, or BYE in the early dialog). */
  | "cancelled"
  /** `reject` was commanded. */
  | "rejected"
  /** The peer refused our INVITE; `status` says how. 408 when it never answered, 503 when it could not be reached. */
  | "refused"
  /** Our 200 was never acknowledged (64*T1); a BYE went out. */
  | "no-ack"
  /** The session timer ran out without a refresh (RFC 4028). */
  | "expired"
  /** The peer no longer knows the dialog (481 or 408 to a request of ours, RFC 3261 section 12.2.1.2). */
  | "gone";

/** What the peer said about the end, where it said anything. */
export interface EndDetails {
  readonly reason?: Reason;
  /** Of a 3xx: where else to call, in the peer's order. Whether to follow is the application's to judge (toll fraud). */
  readonly contacts?: readonly string[];
  /** Of a refusal: when to try again. */
  readonly retryAfterS?: number;
}

/** To the application. */
export type CallEvent =
  /** A new call. 100 has been sent; answer with `ring`, `answer` or `reject`. */
  | {
      readonly kind: "incoming";
      readonly leg: LegId;
      readonly flow: Flow;
      /** All headers for the application; `from`, `to`, `callId` and `uri` are fields of it. */
      readonly request: SipRequest;
      /** The offer; `undefined` for a late offer (the answer then comes with `acked`). */
      readonly sdp: string | undefined;
      /** The leg whose place this call takes (RFC 3891): answer, then hang that one up. */
      readonly replaces?: LegId;
    }
  /** The caller's ACK to our 200 arrived: the call is up. `sdp` is the answer to a late offer. */
  | { readonly kind: "acked"; readonly leg: LegId; readonly sdp: string | undefined }
  /** The peer wants to change the session (hold, resume, address): `accept-reinvite` or `reject-reinvite`. */
  | { readonly kind: "reinvite"; readonly leg: LegId; readonly sdp: string | undefined }
  /** The ACK of an accepted re-INVITE; `sdp` as in `acked`. */
  | { readonly kind: "reinvite-acked"; readonly leg: LegId; readonly sdp: string | undefined }
  /** 101-199 to our INVITE; `sdp` when early media is announced. */
  | { readonly kind: "ringing"; readonly leg: LegId; readonly status: number; readonly sdp: string | undefined }
  /** 2xx to our INVITE; the ACK has been sent. */
  | { readonly kind: "answered"; readonly leg: LegId; readonly response: SipResponse; readonly sdp: string | undefined }
  /** The end of our re-INVITE: 200 with the answer, or the refusing status (the session stays as it was). */
  | {
      readonly kind: "reinvite-result";
      readonly leg: LegId;
      readonly status: number;
      readonly sdp: string | undefined;
    }
  /** The peer asks us to call `target` (RFC 3515): `accept-refer` or `reject-refer`. */
  | {
      readonly kind: "refer";
      readonly leg: LegId;
      readonly target: string;
      /** The Replaces header the new call is to carry (an attended transfer). */
      readonly replaces: string | undefined;
      readonly request: SipRequest;
    }
  /** The final answer to our `refer`. */
  | { readonly kind: "refer-result"; readonly leg: LegId; readonly status: number }
  /** A NOTIFY about it: the status the target answered, 0 when it does not say. */
  | { readonly kind: "refer-progress"; readonly leg: LegId; readonly status: number; readonly isOver: boolean }
  /** The one last event of every leg. `status` for "refused" and "rejected", else 0. */
  | ({ readonly kind: "ended"; readonly leg: LegId; readonly cause: EndCause; readonly status: number } & EndDetails);

export type UserAgentOutput = { readonly kind: "send"; readonly flow: Flow; readonly bytes: Uint8Array } | CallEvent;

/** What is done with a request that starts something new (INVITE, OPTIONS, and the unknown). */
export type Admission =
  /** `release` is called once, when the leg that an INVITE becomes has ended, or at once when none comes of it. */
  | { readonly kind: "accept"; readonly release?: () => void }
  | { readonly kind: "refuse"; readonly status: number; readonly headers: readonly HeaderField[] }
  /** No answer at all: scanners learn nothing. */
  | { readonly kind: "drop" };

/** Injected randomness. */
export interface SipRandom {
  /** An unguessable token of [a-z0-9], at least 16 characters: tags, branches, Call-IDs. */
  token(): string;
}

export interface UserAgentOptions {
  /** Value of Server and User-Agent, such as "sk-voice/0.1". */
  readonly product: string;
  readonly random: SipRandom;
  /** Calls at once; more are answered 503. Default 1000. */
  readonly maxLegs?: number;
  /** Server transactions at once; a request beyond it is answered 503 without keeping state. Default 20,000. */
  readonly maxTransactions?: number;
  /** Judges requests outside dialogs. Everybody is admitted when absent. */
  readonly admit?: (now: number, request: SipRequest, flow: Flow) => Admission;
}

/** What went in and out, and what was dropped and why. Read-only for others. */
export interface UserAgentCounters {
  received: number;
  sent: number;
  malformed: number;
  /** Responses and ACKs that belong to nothing, and commands for legs that are gone. */
  unmatched: number;
  /** Requests received again and absorbed by their transaction. */
  retransmissionsAbsorbed: number;
  overloaded: number;
  /** Requests that `admit` had dropped without an answer. */
  dropped: number;
  timeouts: number;
}
