/** The two sockets of a call: RTP, and RTCP on the next port. */
import type { Log } from "./log.ts";
import { openRtpSocket, type RtpSocket } from "./rtp-socket.ts";
import { openUdp, type UdpSocket } from "./udp.ts";

/** Expedited forwarding, RFC 3246. */
const VOICE_DSCP = 46;

export interface CallSockets {
  readonly rtp: RtpSocket;
  /** Absent when another program holds its port: a call without reports is better than none. */
  readonly rtcp: UdpSocket | undefined;
}

export interface CallSocketsOptions {
  readonly host: string;
  /** Even. */
  readonly port: number;
  readonly onRtcp: (packet: Uint8Array, address: string, fromPort: number) => void;
  readonly log: Log;
}

/** @throws PortBusyError when the RTP port is taken; the system's own Error when the address is not of this machine. */
export async function openCallSockets({ host, port, onRtcp, log }: CallSocketsOptions): Promise<CallSockets> {
  const rtp = await openRtpSocket({ host, port, dscp: VOICE_DSCP });
  const rtcp = await openUdp({ host, port: port + 1, onPacket: onRtcp }).catch((err: unknown) => {
    log.warn({ port: port + 1, err }, "the RTCP port could not be opened; the call goes on without reports");
    return undefined;
  });
  return { rtp, rtcp };
}
