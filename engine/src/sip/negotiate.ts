import { type CryptoLine, LocalKeys, OFFERED_SUITES, type SrtpKeys, type SrtpPolicy, writeCrypto } from "./sdes.ts";
import { type AudioCodec, type Direction, type MediaSection, readSdp, type SessionDescription } from "./sdp-read.ts";

export type { AudioCodec, Direction } from "./sdp-read.ts";

/**
 * Offer and answer (RFC 3264) for one audio stream with telephone-events (RFC 4733), comfort noise (RFC 3389) and SRTP by SDES
 * (RFC 4568). Descriptions are written as text.
 *
 * | policy    | their m= line, crypto       | answer                   | our offer                        |
 * |-----------|-----------------------------|--------------------------|----------------------------------|
 * | off       | AVP, with or without crypto | AVP, plain               | AVP                              |
 * | off       | SAVP                        | 488                      |                                  |
 * | optional  | AVP without, with crypto    | AVP plain, AVP encrypted | AVP with crypto (best effort)    |
 * | optional  | SAVP                        | SAVP                     |                                  |
 * | mandatory | AVP without crypto          | 488                      | SAVP                             |
 * | mandatory | AVP with crypto, SAVP       | the same, encrypted      |                                  |
 *
 * SAVP without a crypto line that we can use is 488 always.
 */

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
  /** What we take, and the order of our offers. Default PCMU, PCMA, G722; Opus needs its library. Answers follow the order of the offer. */
  readonly codecs?: readonly AudioCodec[];
  /** Default "off". Anything else needs `randomBytes`. */
  readonly srtp?: SrtpPolicy;
  /** Cryptographic randomness, for our SRTP keys. */
  readonly randomBytes?: (count: number) => Uint8Array;
}

/** What both ends agreed on. */
export interface NegotiatedAudio {
  readonly codec: AudioCodec;
  /** In both directions; 0 and 8 unless the peer chose a dynamic one. */
  readonly payloadType: number;
  /** `undefined` when the peer does not take telephone-events. */
  readonly telephoneEventPayloadType: number | undefined;
  /** `undefined` unless both ends take comfort noise. */
  readonly comfortNoisePayloadType: number | undefined;
  /** `undefined`: plain RTP. */
  readonly srtp: SrtpKeys | undefined;
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

export const DEFAULT_CODECS: readonly AudioCodec[] = ["PCMU", "PCMA", "G722"];
const OFFERED_PAYLOAD_TYPE: Readonly<Record<AudioCodec, number>> = { PCMU: 0, PCMA: 8, G722: 9, opus: 96 };
const RTPMAP: Readonly<Record<AudioCodec, string>> = {
  PCMU: "PCMU/8000",
  PCMA: "PCMA/8000",
  G722: "G722/8000",
  opus: "opus/48000/2",
};
/** We speak and play at 8 kHz, mono (RFC 7587 section 6.1). */
const OPUS_PARAMETERS = "maxplaybackrate=8000;sprop-maxcapturerate=8000;stereo=0;useinbandfec=1";
const AVP = "RTP/AVP";
const SAVP = "RTP/SAVP";
/** Our telephone-event payload type in offers; in answers it is the offered one. */
const OFFERED_TELEPHONE_EVENT = 101;
/** What we send and ask for; a peer's other wish is reported in `ptimeMs`. */
const PTIME_MS = 20;

/** The offer/answer state of one call: keeps the session id and our SRTP keys, and raises the version exactly when the description changes. */
export class OfferAnswer {
  #version = 0;
  #lastDescription = "";
  readonly #keys: LocalKeys | undefined;

  constructor(private readonly local: LocalMedia) {
    if (local.randomBytes) this.#keys = new LocalKeys(local.randomBytes);
  }

  /** Answers an offer of the peer. */
  answer(offer: string): AnswerResult {
    const description = readSdp(offer);
    if (description === undefined) return { ok: false, status: 400, reason: "the body is not a session description" };
    const chosen = description.sections.findIndex((section) => this.#isAcceptable(section));
    const section = description.sections[chosen];
    if (section === undefined) return { ok: false, status: 488, reason: this.#refusal() };
    const crypto = this.#policy === "off" ? undefined : section.crypto[0];
    const audio = this.#agree(section, crypto);
    return { ok: true, sdp: this.#write(this.#answerLines(description, chosen, audio, crypto)), audio };
  }

  /** Our offer: a new call, or a re-INVITE with another direction ("sendonly" puts the peer on hold). */
  offer(direction: Direction = "sendrecv"): string {
    const formats = this.#codecs.map((codec) => ({ codec, payloadType: OFFERED_PAYLOAD_TYPE[codec] }));
    return this.#write([
      "t=0 0",
      ...audioLines({
        port: this.local.port,
        protocol: this.#policy === "mandatory" ? SAVP : AVP,
        formats,
        telephoneEvent: OFFERED_TELEPHONE_EVENT,
        comfortNoise: undefined,
        direction,
        rtcpMux: this.local.rtcpMux === true,
        crypto: this.#offeredCrypto(),
      }),
    ]);
  }

  /** Takes the peer's answer to our `offer`. */
  accept(answer: string): AcceptResult {
    const section = readSdp(answer)?.sections[0];
    if (section === undefined) return { ok: false, reason: "the answer is not a session description" };
    if (!this.#isAcceptable(section)) return { ok: false, reason: "the answer takes nothing of what was offered" };
    const ours = this.#offeredCrypto();
    const isOffered = (theirs: CryptoLine) =>
      ours.some(({ tag, master }) => tag === theirs.tag && master.suite === theirs.master.suite);
    const crypto = section.crypto.find(isOffered);
    if (crypto === undefined && (section.crypto.length > 0 || this.#policy === "mandatory")) {
      return { ok: false, reason: "the answer takes none of the SRTP suites that were offered" };
    }
    return { ok: true, audio: this.#agree(section, crypto) };
  }

  get #codecs(): readonly AudioCodec[] {
    return this.local.codecs ?? DEFAULT_CODECS;
  }

  get #policy(): SrtpPolicy {
    return this.#keys === undefined ? "off" : (this.local.srtp ?? "off");
  }

  #offeredCrypto(): CryptoLine[] {
    const keys = this.#keys;
    if (keys === undefined || this.#policy === "off") return [];
    return OFFERED_SUITES.map((suite, index) => ({ tag: index + 1, master: keys.for(suite) }));
  }

  #isAcceptable(section: MediaSection): boolean {
    return (
      section.media === "audio" &&
      this.#isAcceptableProtocol(section) &&
      section.port > 0 &&
      section.address !== "" &&
      section.codecs.some(({ codec }) => this.#codecs.includes(codec))
    );
  }

  #isAcceptableProtocol({ protocol, crypto }: MediaSection): boolean {
    const isPlain = protocol.toUpperCase() === AVP;
    if (this.#policy === "off") return isPlain;
    if (protocol.toUpperCase() === SAVP) return crypto.length > 0;
    return isPlain && (this.#policy === "optional" || crypto.length > 0);
  }

  #refusal(): string {
    const profile = { off: "RTP/AVP", optional: "RTP/AVP or RTP/SAVP", mandatory: "encrypted (SDES)" }[this.#policy];
    return `no ${profile} audio stream with ${this.#codecs.join(", ")} and an IP address is offered`;
  }

  /** @throws TypeError (a bug) when the section was not acceptable. */
  #agree(section: MediaSection, crypto: CryptoLine | undefined): NegotiatedAudio {
    const chosen = section.codecs.find(({ codec }) => this.#codecs.includes(codec));
    if (chosen === undefined) throw new TypeError("agree() needs an acceptable section");
    const local = crypto && this.#keys?.for(crypto.master.suite);
    const isMuxed = section.rtcpMux && this.local.rtcpMux === true;
    const isG711 = chosen.codec === "PCMU" || chosen.codec === "PCMA";
    return {
      ...chosen,
      telephoneEventPayloadType: section.telephoneEventPayloadType,
      comfortNoisePayloadType: isG711 ? section.comfortNoisePayloadType : undefined,
      srtp: local && { local, remote: crypto.master },
      ptimeMs: clampPtime(section),
      direction: mirror(section),
      remoteAddress: section.address,
      remotePort: section.port,
      remoteRtcpPort: isMuxed ? section.port : (section.rtcpPort ?? Math.min(section.port + 1, 65_535)),
    };
  }

  #answerLines(
    offer: SessionDescription,
    chosen: number,
    audio: NegotiatedAudio,
    crypto: CryptoLine | undefined,
  ): string[] {
    const media = offer.sections.flatMap((section, index) =>
      index === chosen
        ? audioLines({
            port: this.local.port,
            protocol: section.protocol,
            formats: [audio],
            telephoneEvent: audio.telephoneEventPayloadType,
            comfortNoise: audio.comfortNoisePayloadType,
            direction: audio.direction,
            rtcpMux: section.rtcpMux && this.local.rtcpMux === true,
            crypto: crypto && audio.srtp ? [{ tag: crypto.tag, master: audio.srtp.local }] : [],
          })
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

interface AudioSection {
  readonly port: number;
  readonly protocol: string;
  readonly formats: readonly { readonly codec: AudioCodec; readonly payloadType: number }[];
  readonly telephoneEvent: number | undefined;
  readonly comfortNoise: number | undefined;
  readonly direction: Direction;
  readonly rtcpMux: boolean;
  readonly crypto: readonly CryptoLine[];
}

function audioLines(section: AudioSection): string[] {
  const { port, protocol, formats, telephoneEvent, comfortNoise, direction, rtcpMux, crypto } = section;
  const payloadTypes = formats.map((format) => format.payloadType);
  if (comfortNoise !== undefined) payloadTypes.push(comfortNoise);
  if (telephoneEvent !== undefined) payloadTypes.push(telephoneEvent);
  const lines = [`m=audio ${port} ${protocol} ${payloadTypes.join(" ")}`];
  for (const { codec, payloadType } of formats) {
    lines.push(`a=rtpmap:${payloadType} ${RTPMAP[codec]}`);
    if (codec === "opus") lines.push(`a=fmtp:${payloadType} ${OPUS_PARAMETERS}`);
  }
  if (comfortNoise !== undefined) lines.push(`a=rtpmap:${comfortNoise} CN/8000`);
  if (telephoneEvent !== undefined) {
    lines.push(`a=rtpmap:${telephoneEvent} telephone-event/8000`, `a=fmtp:${telephoneEvent} 0-15`);
  }
  lines.push(...crypto.map(writeCrypto), `a=ptime:${PTIME_MS}`, `a=${direction}`);
  if (rtcpMux) lines.push("a=rtcp-mux");
  return lines;
}
