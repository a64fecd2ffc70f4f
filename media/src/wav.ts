import { pcma, pcmu } from "./g711/index.ts";
import { clampSample } from "./pcm.ts";

/** What is wrong with a WAV file, in words an operator can act on. */
export class WavError extends Error {
  override readonly name = "WavError";
}

export interface Wav {
  readonly sampleRateHz: number;
  /** One array per channel, all of the same length. */
  readonly channels: readonly Int16Array[];
}

export interface WavFormat {
  readonly sampleRateHz: number;
  readonly channels: 1 | 2;
}

/** Bytes of the header `wavHeader` makes; the samples follow. */
export const WAV_HEADER_BYTES = 44;

const FORMAT_PCM = 1;
const FORMAT_FLOAT = 3;
const FORMAT_ALAW = 6;
const FORMAT_ULAW = 7;
const FORMAT_EXTENSIBLE = 0xfffe;

interface Format {
  readonly tag: number;
  readonly channels: number;
  readonly sampleRateHz: number;
  readonly bits: number;
}

/**
 * Reads a RIFF/WAVE file: PCM of 8 or 16 bits, 32-bit float, A-law, μ-law; mono or stereo. A data size of 0 or beyond the end, as
 * interrupted recorders leave behind, means "to the end of the file".
 * @throws WavError
 */
export function parseWav(bytes: Uint8Array): Wav {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || tagAt(view, 0) !== "RIFF" || tagAt(view, 8) !== "WAVE") {
    throw new WavError(`not a WAV file: it must start with "RIFF....WAVE" (${bytes.length} bytes given)`);
  }
  let format: Format | undefined;
  for (let offset = 12; offset + 8 <= bytes.length; ) {
    const id = tagAt(view, offset);
    const size = view.getUint32(offset + 4, true);
    const start = offset + 8;
    if (id === "fmt ") format = readFormat(view, start, size);
    if (id === "data") return readData(bytes, start, size, format);
    offset = start + size + (size & 1);
  }
  throw new WavError("the WAV file has no data chunk: it holds no audio, or is cut off");
}

function tagAt(view: DataView, offset: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(offset + i)));
}

function readFormat(view: DataView, start: number, size: number): Format {
  if (size < 16 || start + size > view.byteLength) throw new WavError("the WAV file's fmt chunk is cut off");
  const tag = view.getUint16(start, true);
  const format = {
    tag: tag === FORMAT_EXTENSIBLE && size >= 26 ? view.getUint16(start + 24, true) : tag,
    channels: view.getUint16(start + 2, true),
    sampleRateHz: view.getUint32(start + 4, true),
    bits: view.getUint16(start + 14, true),
  };
  if (format.channels !== 1 && format.channels !== 2) {
    throw new WavError(`the WAV file has ${format.channels} channels; give it as mono or stereo`);
  }
  if (format.sampleRateHz < 1000 || format.sampleRateHz > 384000) {
    throw new WavError(`the WAV file's sample rate of ${format.sampleRateHz} Hz is not between 1000 and 384000`);
  }
  return format;
}

type Decoder = (data: Uint8Array, out: Int16Array) => void;

function decoderOf({ tag, bits }: Format): Decoder {
  if (tag === FORMAT_PCM && bits === 16) return decodePcm16;
  if (tag === FORMAT_PCM && bits === 8) return decodePcm8;
  if (tag === FORMAT_FLOAT && bits === 32) return decodeFloat32;
  if (tag === FORMAT_ALAW && bits === 8) return pcma.decode;
  if (tag === FORMAT_ULAW && bits === 8) return pcmu.decode;
  throw new WavError(
    `WAV format ${tag} with ${bits} bits is not understood; convert it to 16-bit PCM (e.g. "sox in.wav -b 16 out.wav")`,
  );
}

function readData(bytes: Uint8Array, start: number, size: number, format: Format | undefined): Wav {
  if (format === undefined) throw new WavError("the WAV file's data chunk comes before its fmt chunk");
  const decode = decoderOf(format);
  const available = bytes.length - start;
  const usable = size === 0 || size > available ? available : size;
  const sampleBytes = format.bits / 8;
  const frames = Math.floor(usable / (sampleBytes * format.channels));
  const interleaved = new Int16Array(frames * format.channels);
  decode(bytes.subarray(start, start + interleaved.length * sampleBytes), interleaved);
  return { sampleRateHz: format.sampleRateHz, channels: split(interleaved, format.channels) };
}

function split(interleaved: Int16Array, channels: number): Int16Array[] {
  if (channels === 1) return [interleaved];
  const frames = interleaved.length / channels;
  return Array.from({ length: channels }, (_, channel) =>
    Int16Array.from({ length: frames }, (_, n) => interleaved[n * channels + channel]!),
  );
}

function decodePcm16(data: Uint8Array, out: Int16Array): void {
  for (let i = 0; i < out.length; i++) out[i] = data[2 * i]! | (data[2 * i + 1]! << 8);
}

function decodePcm8(data: Uint8Array, out: Int16Array): void {
  for (let i = 0; i < out.length; i++) out[i] = (data[i]! - 128) << 8;
}

function decodeFloat32(data: Uint8Array, out: Int16Array): void {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let i = 0; i < out.length; i++) out[i] = clampSample(Math.round(view.getFloat32(4 * i, true) * 32768));
}

/**
 * The 44 bytes before `dataBytes` of interleaved 16-bit little-endian PCM. While streaming to disk write it with 0 first, and once
 * more over the start of the file when the length is known. Lengths beyond 4 GB, which WAV cannot say, are written as the maximum.
 */
export function wavHeader(format: WavFormat, dataBytes: number): Uint8Array {
  const bytes = new Uint8Array(WAV_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  const frameBytes = format.channels * 2;
  putTag(bytes, 0, "RIFF");
  view.setUint32(4, Math.min(0xffffffff, dataBytes + WAV_HEADER_BYTES - 8), true);
  putTag(bytes, 8, "WAVE");
  putTag(bytes, 12, "fmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, FORMAT_PCM, true);
  view.setUint16(22, format.channels, true);
  view.setUint32(24, format.sampleRateHz, true);
  view.setUint32(28, format.sampleRateHz * frameBytes, true);
  view.setUint16(32, frameBytes, true);
  view.setUint16(34, 16, true);
  putTag(bytes, 36, "data");
  view.setUint32(40, Math.min(0xffffffff, dataBytes), true);
  return bytes;
}

function putTag(bytes: Uint8Array, offset: number, tag: string): void {
  for (let i = 0; i < 4; i++) bytes[offset + i] = tag.charCodeAt(i);
}

/** Interleaves one or two channels (the shorter is padded with silence) as little-endian bytes, as they follow the header. */
export function interleavePcm16(channels: readonly [Int16Array] | readonly [Int16Array, Int16Array]): Uint8Array {
  const frames = Math.max(...channels.map((channel) => channel.length));
  const bytes = new Uint8Array(frames * channels.length * 2);
  channels.forEach((channel, c) => {
    for (let n = 0; n < channel.length; n++) {
      const at = (n * channels.length + c) * 2;
      bytes[at] = channel[n]!;
      bytes[at + 1] = channel[n]! >> 8;
    }
  });
  return bytes;
}

/** A whole file of 16-bit PCM in memory. */
export function encodeWav(
  sampleRateHz: number,
  channels: readonly [Int16Array] | readonly [Int16Array, Int16Array],
): Uint8Array {
  const data = interleavePcm16(channels);
  const file = new Uint8Array(WAV_HEADER_BYTES + data.length);
  file.set(wavHeader({ sampleRateHz, channels: channels.length }, data.length));
  file.set(data, WAV_HEADER_BYTES);
  return file;
}
