import type { CallEvent, LegId, UserAgentCommand, UserAgentCounters } from "../sip/user-agent-types.ts";

/** Where to listen and how. */
export interface SipTransportOptions {
  /** Address to bind, "0.0.0.0" for all. */
  readonly host: string;
  /** UDP and TCP; 0 lets the system choose (a client). */
  readonly port: number;
  /** Listen on TCP too. Default true. */
  readonly tcp?: boolean;
  /** Our address as peers outside see it, for Via, Contact and SDP; else the local address toward each peer. */
  readonly externalHost?: string;
  readonly product: string;
  readonly maxLegs?: number;
  readonly onEvent: (event: CallEvent) => void;
}

/** `uri` must have an IP address as host (names need RFC 3263, which comes with trunks). */
export interface InviteOptions {
  readonly uri: string;
  readonly from?: string;
  readonly fromName?: string;
  /** The offer; gets the local address toward the peer. */
  readonly sdp: (localHost: string) => string;
}

export interface SipTransport {
  readonly port: number;
  readonly counters: Readonly<UserAgentCounters>;
  command(command: UserAgentCommand): void;
  /** Starts a call; its events carry the leg returned. @throws RangeError when the URI has no IP address. */
  invite(options: InviteOptions): LegId;
  /** Hangs up what is left, waits until the goodbyes are answered (at most `graceMs`, default 1000), closes the sockets. */
  close(graceMs?: number): Promise<void>;
}

export type OpenSipTransport = (options: SipTransportOptions) => Promise<SipTransport>;
