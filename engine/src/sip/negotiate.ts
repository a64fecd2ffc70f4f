import { type AudioCodec, type Direction, type MediaSection, readSdp, type SessionDescription } from "./sdp-read.ts";

export type { AudioCodec, Direction } from "./sdp-read.ts";

/** Offer and answer (RFC 3264) for one G.711 stream with telephone-events (RFC 4733). Answers are written as text. */

/** Our end of the media. */
export interface LocalMedia {
  /** The address peers should send to: the external one where there is one. */
  readonly address: string;
  /** The RTP port; RTCP is on the next one. */
  readonly port: number;
  /** Digits, constant for the call (o= line). */
  readonly sessionId: string;
  /** We can take RTCP on the RTP port (RFC 5761), so answer a=rtcp-mux when it is offered. Default false. */
  readonly rtcpMux?: boolean;
  /** What we take, and the order of our offers. Default PCMU, PCMA. Answers follow the order of the offer. */
  readonly codecs?: readonly AudioCodec[];
}

/** What both ends agreed on. */
export interface NegotiatedAudio {
  readonly codec: AudioCodec;
  /** In both directions; 0 and 8 unless the peer chose a dynamic one. */
  readonly payloadType: number;
  /** `undefined` when the peer does not take telephone-events. */
  readonly telephoneEventPayloadType: number | undefined;
  /** Milliseconds of audio per packet that the peer wants from us: 10-60 in steps of 10; 20 unless it says otherwise. */
  readonly ptimeMs: number;
  /** Ours: we send in "sendrecv" and "sendonly" only. */
  readonly direction: Direction;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** The port of RTP itself when both ends multiplex (RFC 5761). */
  readonly remoteRtcpPort: number;
}

export type AnswerResult =
  | { readonly ok: true; readonly sdp: string; readonly audio: NegotiatedAudio }
  /** `status` is the SIP status for the INVITE: 400 for what is no SDP, 488 for what we cannot take. */
  | { readonly ok: false; readonly status: 400 | 488; readonly reason: string };

export type AcceptResult =
  | { readonly ok: true; readonly audio: NegotiatedAudio }
  | { readonly ok: false; readonly reason: string };

const DEFAULT_CODECS: readonly AudioCodec[] = ["PCMU", "PCMA"];
const STATIC_PAYLOAD_TYPE: Readonly<Record<AudioCodec, number>> = { PCMU: 0, PCMA: 8 };
/** Our telephone-event payload type in offers; in answers it is the offered one. */
const OFFERED_TELEPHONE_EVENT = 101;
/** What we send and ask for; a peer's other wish is reported in `ptimeMs`. */
const PTIME_MS = 20;

/** The offer/answer state of one call: keeps the session id and raises the version exactly when the description changes. */
export class OfferAnswer {
  #version = 0;
  #lastDescription = "";

  constructor(private readonly local: LocalMedia) {}

  /** Answers an offer of the peer. */
  answer(offer: string): AnswerResult {
    const description = readSdp(offer);
    if (description === undefined) return { ok: false, status: 400, reason: "the body is not a session description" };
    const codecs = this.local.codecs ?? DEFAULT_CODECS;
    const chosen = description.sections.findIndex((section) => isAcceptable(section, codecs));
    const section = description.sections[chosen];
    if (section === undefined) {
      return {
        ok: false,
        status: 488,
        reason: "no RTP/AVP audio stream with PCMU or PCMA and an IP address is offered",
      };
    }
    const audio = agree(section, codecs, this.local.rtcpMux === true);
    return { ok: true, sdp: this.#write(this.#answerLines(description, chosen, audio)), audio };
  }

  /** Our offer: a new call, or a re-INVITE with another direction ("sendonly" puts the peer on hold). */
  offer(direction: Direction = "sendrecv"): string {
    const formats = (this.local.codecs ?? DEFAULT_CODECS).map((codec) => ({
      codec,
      payloadType: STATIC_PAYLOAD_TYPE[codec],
    }));
    return this.#write([
      "t=0 0",
      ...audioLines(this.local.port, "RTP/AVP", formats, OFFERED_TELEPHONE_EVENT, direction, false),
    ]);
  }

  /** Takes the peer's answer to our `offer`. */
  accept(answer: string): AcceptResult {
    const codecs = this.local.codecs ?? DEFAULT_CODECS;
    const section = readSdp(answer)?.sections[0];
    if (section === undefined) return { ok: false, reason: "the answer is not a session description" };
    if (!isAcceptable(section, codecs)) return { ok: false, reason: "the answer takes no codec that was offered" };
    return { ok: true, audio: agree(section, codecs, false) };
  }

  #answerLines(offer: SessionDescription, chosen: number, audio: NegotiatedAudio): string[] {
    const media = offer.sections.flatMap((section, index) =>
      index === chosen
        ? audioLines(
            this.local.port,
            section.protocol,
            [audio],
            audio.telephoneEventPayloadType,
            audio.direction,
            section.rtcpMux && this.local.rtcpMux === true,
          )
        : [`m=${section.media} 0 ${section.protocol} ${section.formats || "0"}`],
    );
    return [`t=${offer.timing}`, ...media];
  }

  /** RFC 3264 section 8: the version rises by one when, and only when, the description differs from the last one sent. */
  #write(lines: readonly string[]): string {
    const type = this.local.address.includes(":") ? "IP6" : "IP4";
    const rest = [`s=-`, `c=IN ${type} ${this.local.address}`, ...lines].join("\r\n");
    if (rest !== this.#lastDescription) this.#version += 1;
    this.#lastDescription = rest;
    return `v=0\r\no=- ${this.local.sessionId} ${this.#version} IN ${type} ${this.local.address}\r\n${rest}\r\n`;
  }
}

function isAcceptable(section: MediaSection, codecs: readonly AudioCodec[]): boolean {
  return (
    section.media === "audio" &&
    section.protocol.toUpperCase() === "RTP/AVP" &&
    section.port > 0 &&
    section.address !== "" &&
    section.codecs.some(({ codec }) => codecs.includes(codec))
  );
}

/** @throws TypeError (a bug) when the section was not acceptable. */
function agree(section: MediaSection, codecs: readonly AudioCodec[], canMux: boolean): NegotiatedAudio {
  const chosen = section.codecs.find(({ codec }) => codecs.includes(codec));
  if (chosen === undefined) throw new TypeError("agree() needs an acceptable section");
  return {
    ...chosen,
    telephoneEventPayloadType: section.telephoneEventPayloadType,
    ptimeMs: clampPtime(section),
    direction: mirror(section),
    remoteAddress: section.address,
    remotePort: section.port,
    remoteRtcpPort: section.rtcpMux && canMux ? section.port : (section.rtcpPort ?? Math.min(section.port + 1, 65_535)),
  };
}

function clampPtime({ ptimeMs, maxPtimeMs }: MediaSection): number {
  const wanted = Math.min(ptimeMs ?? PTIME_MS, maxPtimeMs ?? 60, 60);
  return Math.max(10, Math.floor(wanted / 10) * 10);
}

/** RFC 3264 section 6.1; c=0.0.0.0 is the hold of RFC 2543: we may receive but there is nowhere to send. */
function mirror(section: MediaSection): Direction {
  const nowhere = section.address === "0.0.0.0" || section.address === "::";
  switch (section.direction) {
    case "sendrecv":
      return nowhere ? "recvonly" : "sendrecv";
    case "sendonly":
      return "recvonly";
    case "recvonly":
      return nowhere ? "inactive" : "sendonly";
    case "inactive":
      return "inactive";
  }
}

function audioLines(
  port: number,
  protocol: string,
  formats: readonly { readonly codec: AudioCodec; readonly payloadType: number }[],
  telephoneEvent: number | undefined,
  direction: Direction,
  rtcpMux: boolean,
): string[] {
  const payloadTypes = formats.map((format) => format.payloadType);
  if (telephoneEvent !== undefined) payloadTypes.push(telephoneEvent);
  const lines = [`m=audio ${port} ${protocol} ${payloadTypes.join(" ")}`];
  for (const { codec, payloadType } of formats) lines.push(`a=rtpmap:${payloadType} ${codec}/8000`);
  if (telephoneEvent !== undefined) {
    lines.push(`a=rtpmap:${telephoneEvent} telephone-event/8000`, `a=fmtp:${telephoneEvent} 0-15`);
  }
  lines.push(`a=ptime:${PTIME_MS}`, `a=${direction}`);
  if (rtcpMux) lines.push("a=rtcp-mux");
  return lines;
}
