import type { NegotiatedAudio } from "../sip/negotiate.ts";
import type { SrtpKeys } from "../sip/sdes.ts";

/** What offer and answer agreed on, as the media side needs it. */
export interface MediaTarget {
  readonly address: string;
  readonly port: number;
}

export interface MediaTerms {
  readonly codec: NegotiatedAudio["codec"];
  readonly payloadType: number;
  readonly dtmfPayloadType: number | undefined;
  readonly remote: MediaTarget;
  /** We may send: false while the other side holds us. */
  readonly sending: boolean;
  /** The other side sends. Default true. */
  readonly receiving?: boolean;
  /** Where RTCP goes; the same port as RTP when both ends multiplex. None is sent when absent. */
  readonly remoteRtcp?: MediaTarget;
  /** Both ends take comfort noise (RFC 3389). */
  readonly comfortNoisePayloadType?: number | undefined;
  /** Audio per packet we send, 10–60. Default 20. */
  readonly ptimeMs?: number;
  /** Plain RTP when absent. */
  readonly srtp?: SrtpKeys | undefined;
}

export function termsOf(audio: NegotiatedAudio): MediaTerms {
  const { remoteAddress: address, direction } = audio;
  return {
    codec: audio.codec,
    payloadType: audio.payloadType,
    dtmfPayloadType: audio.telephoneEventPayloadType,
    remote: { address, port: audio.remotePort },
    sending: direction === "sendrecv" || direction === "sendonly",
    receiving: direction === "sendrecv" || direction === "recvonly",
    remoteRtcp: { address, port: audio.remoteRtcpPort },
    comfortNoisePayloadType: audio.comfortNoisePayloadType,
    ptimeMs: audio.ptimeMs,
    srtp: audio.srtp,
  };
}

/** One side has put the other on hold, so that silence means nothing. */
export function isHeld(terms: MediaTerms): boolean {
  return !terms.sending || terms.receiving === false;
}
