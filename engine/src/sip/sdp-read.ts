import { parse } from "sdp-transform";
import { type CryptoLine, readCrypto } from "./sdes.ts";
import { isIpAddress } from "./uri.ts";

/**
 * Reading of session descriptions (RFC 8866) for one audio stream. `sdp-transform` only splits the lines: it validates
 * nothing, never throws on rubbish, and turns numeric-looking text into numbers, so everything here passes through String().
 */

export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";
export type AudioCodec = "PCMU" | "PCMA" | "G722" | "opus";

/** One m= line. The audio fields are empty for other media. */
export interface MediaSection {
  readonly media: string;
  /** 0 when the line is refused or switched off. */
  readonly port: number;
  readonly protocol: string;
  /** The formats as written, separated by spaces. */
  readonly formats: string;
  /** In the order of the m= line. */
  readonly codecs: readonly { readonly codec: AudioCodec; readonly payloadType: number }[];
  readonly telephoneEventPayloadType: number | undefined;
  /** RFC 3389 at 8 kHz; 13 unless mapped to another. */
  readonly comfortNoisePayloadType: number | undefined;
  /** Usable lines, in the order of the peer's preference. */
  readonly crypto: readonly CryptoLine[];
  /** "" when there is no c= line or it holds no IP address. */
  readonly address: string;
  readonly direction: Direction;
  readonly rtcpPort: number | undefined;
  readonly rtcpMux: boolean;
  readonly ptimeMs: number | undefined;
  readonly maxPtimeMs: number | undefined;
}

export interface SessionDescription {
  /** Content of the t= line, which an answer repeats (RFC 3264 section 6). */
  readonly timing: string;
  readonly sections: readonly MediaSection[];
}

const MAX_SDP_LENGTH = 16_384;
const MAX_SECTIONS = 16;
const MAX_CRYPTO_LINES = 16;

/** Static payload types of RFC 3551 section 6: their rtpmap may be missing. */
const STATIC_CODECS: Readonly<Record<number, AudioCodec>> = { 0: "PCMU", 8: "PCMA", 9: "G722" };

/** By encoding name and clock rate. G.722 samples at 16 kHz and says 8000 (RFC 3551 section 4.5.2). */
const MAPPED_CODECS: Readonly<Record<string, AudioCodec>> = {
  "PCMU/8000": "PCMU",
  "PCMA/8000": "PCMA",
  "G722/8000": "G722",
  "OPUS/48000": "opus",
};

/** `undefined` when the text is no session description. */
export function readSdp(text: string): SessionDescription | undefined {
  if (text.length > MAX_SDP_LENGTH || !/^v=0\s*$/m.test(text)) return undefined;
  const session = asRecord(parse(text));
  const media = session["media"];
  if (!Array.isArray(media) || media.length === 0 || media.length > MAX_SECTIONS) return undefined;
  const timing = asRecord(session["timing"]);
  return {
    timing: `${toInteger(timing["start"]) ?? 0} ${toInteger(timing["stop"]) ?? 0}`,
    sections: media.map((section) => readSection(asRecord(section), session)),
  };
}

function readSection(section: Fields, session: Fields): MediaSection {
  const formats = String(section["payloads"] ?? "").trim();
  const rtpmaps = readRtpmaps(section["rtp"]);
  return {
    media: toToken(section["type"]),
    port: toPort(section["port"]) ?? 0,
    protocol: toToken(section["protocol"]),
    formats: formats.replace(/[^\x21-\x7e]+/g, " "),
    codecs: readCodecs(formats, rtpmaps),
    telephoneEventPayloadType: rtpmaps.find((map) => map.codec === "TELEPHONE-EVENT" && map.rate === 8000)?.payloadType,
    comfortNoisePayloadType: readComfortNoise(formats, rtpmaps),
    crypto: readCryptoLines(section["crypto"]),
    address: readAddress(section) || readAddress(session),
    direction: readDirection(section) ?? readDirection(session) ?? "sendrecv",
    rtcpPort: toPort(asRecord(section["rtcp"])["port"]),
    rtcpMux: section["rtcpMux"] !== undefined,
    ptimeMs: toInteger(section["ptime"]),
    maxPtimeMs: toInteger(section["maxptime"]),
  };
}

interface Rtpmap {
  readonly payloadType: number;
  readonly codec: string;
  readonly rate: number;
}

function readRtpmaps(value: unknown): Rtpmap[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry) => {
    const { payload, codec, rate } = asRecord(entry);
    const payloadType = toInteger(payload);
    if (payloadType === undefined || payloadType > 127) return [];
    return [{ payloadType, codec: String(codec).toUpperCase(), rate: toInteger(rate) ?? 0 }];
  });
}

function readCodecs(formats: string, rtpmaps: readonly Rtpmap[]): MediaSection["codecs"] {
  return formats.split(/\s+/).flatMap((format) => {
    const payloadType = toInteger(format);
    if (payloadType === undefined || payloadType > 127) return [];
    const map = rtpmaps.find((each) => each.payloadType === payloadType);
    if (map === undefined) {
      const codec = STATIC_CODECS[payloadType];
      return codec === undefined ? [] : [{ codec, payloadType }];
    }
    const codec = MAPPED_CODECS[`${map.codec}/${map.rate}`];
    return codec === undefined ? [] : [{ codec, payloadType }];
  });
}

const COMFORT_NOISE = 13;

function readComfortNoise(formats: string, rtpmaps: readonly Rtpmap[]): number | undefined {
  const mapped = rtpmaps.find((map) => map.codec === "CN" && map.rate === 8000)?.payloadType;
  return mapped ?? (formats.split(/\s+/).includes(String(COMFORT_NOISE)) ? COMFORT_NOISE : undefined);
}

function readCryptoLines(value: unknown): CryptoLine[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, MAX_CRYPTO_LINES).flatMap((entry) => {
    const { id, suite, config, sessionConfig } = asRecord(entry);
    return readCrypto(String(id ?? ""), String(suite ?? ""), String(config ?? ""), String(sessionConfig ?? "")) ?? [];
  });
}

function readAddress(level: Fields): string {
  const address = String(asRecord(level["connection"])["ip"] ?? "");
  return isIpAddress(address) ? address : "";
}

function readDirection(level: Fields): Direction | undefined {
  const value = String(level["direction"] ?? "").toLowerCase();
  return value === "sendrecv" || value === "sendonly" || value === "recvonly" || value === "inactive"
    ? value
    : undefined;
}

type Fields = Readonly<Record<string, unknown>>;

function asRecord(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function toInteger(value: unknown): number | undefined {
  const text = String(value ?? "").trim();
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function toPort(value: unknown): number | undefined {
  const port = toInteger(value);
  return port !== undefined && port <= 65_535 ? port : undefined;
}

function toToken(value: unknown): string {
  return String(value ?? "").replace(/[^\x21-\x7e]/g, "") || "unknown";
}
