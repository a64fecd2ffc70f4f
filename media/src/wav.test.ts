import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { pcma, pcmu } from "./g711/index.ts";
import { encodeWav, interleavePcm16, parseWav, WAV_HEADER_BYTES, WavError, wavHeader } from "./wav.ts";

/** A WAV with any format fields and raw data, and an odd-sized chunk in between that must be stepped over. */
function file(tag: number, channels: number, bits: number, data: Uint8Array, extensible = false): Uint8Array {
  const fmtBytes = extensible ? 40 : 16;
  const bytes = new Uint8Array(12 + 8 + fmtBytes + 8 + 4 + 8 + data.length);
  const view = new DataView(bytes.buffer);
  const put = (offset: number, text: string) => bytes.set(new TextEncoder().encode(text), offset);
  put(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  put(8, "WAVEfmt ");
  view.setUint32(16, fmtBytes, true);
  view.setUint16(20, extensible ? 0xfffe : tag, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, 8000, true);
  view.setUint32(28, (8000 * channels * bits) / 8, true);
  view.setUint16(32, (channels * bits) / 8, true);
  view.setUint16(34, bits, true);
  if (extensible) view.setUint16(44, tag, true);
  put(20 + fmtBytes, "LIST");
  view.setUint32(24 + fmtBytes, 3, true);
  put(32 + fmtBytes, "data");
  view.setUint32(36 + fmtBytes, data.length, true);
  bytes.set(data, 40 + fmtBytes);
  return bytes;
}

const samples = Int16Array.of(0, 1, -1, 256, -32768, 32767);

describe("parseWav", () => {
  test("reads back what encodeWav writes, mono and stereo", () => {
    fc.assert(
      fc.property(fc.int16Array(), fc.int16Array(), (left, right) => {
        expect(parseWav(encodeWav(8000, [left]))).toEqual({ sampleRateHz: 8000, channels: [left] });
        const stereo = parseWav(encodeWav(44100, [left, right]));
        const padded = (x: Int16Array) => {
          const out = new Int16Array(Math.max(left.length, right.length));
          out.set(x);
          return out;
        };
        expect(stereo).toEqual({ sampleRateHz: 44100, channels: [padded(left), padded(right)] });
      }),
    );
  });

  test("reads 8-bit, float, G.711 and extensible files", () => {
    const only = (bytes: Uint8Array) => [...parseWav(bytes).channels[0]!];
    expect(only(file(1, 1, 8, Uint8Array.of(0, 128, 255)))).toEqual([-32768, 0, 32512]);
    const floats = Float32Array.of(-1, 0, 0.5, 3, Number.NaN);
    expect(only(file(3, 1, 32, new Uint8Array(floats.buffer)))).toEqual([-32768, 0, 16384, 32767, 0]);
    for (const [tag, codec] of [
      [6, pcma],
      [7, pcmu],
    ] as const) {
      const codes = Uint8Array.of(0, 0x55, 0x80, 0xd5, 0xff);
      const decoded = new Int16Array(5);
      codec.decode(codes, decoded);
      expect(only(file(tag, 1, 8, codes))).toEqual([...decoded]);
    }
    expect(only(file(1, 1, 16, interleavePcm16([samples]), true))).toEqual([...samples]);
  });

  test("a recording cut off before its sizes were written is read to its end", () => {
    const whole = encodeWav(8000, [samples]);
    for (const size of [0, 0xffffffff]) {
      const cut = whole.slice(0, whole.length - 3);
      new DataView(cut.buffer).setUint32(40, size, true);
      expect([...parseWav(cut).channels[0]!]).toEqual([...samples.subarray(0, 4)]);
    }
  });

  test.each([
    ["not a WAV file", new Uint8Array(3)],
    ["not a WAV file", new TextEncoder().encode("ID3 this is an mp3, really")],
    ["no data chunk", encodeWav(8000, [samples]).slice(0, 36)],
    ["fmt chunk is cut off", encodeWav(8000, [samples]).slice(0, 30)],
    ["6 channels", file(1, 6, 16, new Uint8Array(12))],
    ["WAV format 1 with 24 bits", file(1, 1, 24, new Uint8Array(12))],
    ["WAV format 85 with 0 bits", file(85, 1, 0, new Uint8Array(12))],
  ])("says what is wrong: %s", (message, bytes) => {
    expect(() => parseWav(bytes)).toThrow(WavError);
    expect(() => parseWav(bytes)).toThrow(message);
  });

  test("sample rates out of range and data before format are refused", () => {
    const slow = encodeWav(8000, [samples]);
    new DataView(slow.buffer).setUint32(24, 0, true);
    expect(() => parseWav(slow)).toThrow("sample rate of 0 Hz");
    const early = encodeWav(8000, [samples]);
    early.set(new TextEncoder().encode("data"), 12);
    expect(() => parseWav(early)).toThrow("before its fmt chunk");
  });

  test("any bytes: a Wav or a WavError, nothing else", () => {
    const damaged = fc
      .tuple(fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 8 }), fc.nat(60))
      .map(([changes, length]) => {
        const bytes = encodeWav(8000, [samples, samples]);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        return bytes.slice(0, bytes.length - (length % 20));
      });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        try {
          parseWav(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(WavError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

test("the header can be written again once the length is known", () => {
  const data = interleavePcm16([samples, samples]);
  const format = { sampleRateHz: 8000, channels: 2 } as const;
  const streamed = new Uint8Array(WAV_HEADER_BYTES + data.length);
  streamed.set(wavHeader(format, 0));
  streamed.set(data, WAV_HEADER_BYTES);
  streamed.set(wavHeader(format, data.length));
  expect([...streamed]).toEqual([...encodeWav(8000, [samples, samples])]);
});
