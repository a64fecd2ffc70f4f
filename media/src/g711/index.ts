import type { AudioCoder } from "../codec.ts";
import { ALAW_SILENCE, decodeAlaw, encodeAlaw } from "./alaw.ts";
import { decodeUlaw, encodeUlaw, ULAW_SILENCE } from "./ulaw.ts";

/** One byte per sample either way, 8 kHz mono. Neither function allocates. */
export interface G711Codec extends AudioCoder {
  /** Encoding name in SDP `a=rtpmap` (RFC 3551). */
  readonly name: "PCMU" | "PCMA";
  /** Static payload type (RFC 3551 table 4). An offer may map the codec to a dynamic one instead. */
  readonly payloadType: 0 | 8;
  readonly silenceCode: number;
  /** Decodes `length` bytes from `offset` (default: all) into `out`; stops when `out` is full. Returns samples written. */
  decode(payload: Uint8Array, out: Int16Array, offset?: number, length?: number): number;
  /** Encodes into `out`; stops when `out` is full. Returns bytes written. */
  encode(samples: Int16Array, out: Uint8Array): number;
}

export const pcmu: G711Codec = {
  name: "PCMU",
  payloadType: 0,
  silenceCode: ULAW_SILENCE,
  decode: decodeUlaw,
  encode: encodeUlaw,
};

export const pcma: G711Codec = {
  name: "PCMA",
  payloadType: 8,
  silenceCode: ALAW_SILENCE,
  decode: decodeAlaw,
  encode: encodeAlaw,
};

/** The codec of a static payload type, or `undefined` for any other. */
export function codecForPayloadType(payloadType: number): G711Codec | undefined {
  if (payloadType === 0) return pcmu;
  return payloadType === 8 ? pcma : undefined;
}
