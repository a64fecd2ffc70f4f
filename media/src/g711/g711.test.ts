import { describe, expect, test } from "bun:test";
import { alaw, mulaw } from "alawmulaw";
import { codecForPayloadType, type G711Codec, pcma, pcmu } from "./index.ts";

/**
 * One segment of ITU-T G.711 table 1a (A-law, positive) or 2a (μ-law, positive), innermost first.
 * `from`: decision value at the segment's inner end; `intervals` × `size`; `y`: the quantised value printed for its first interval;
 * `code`: the character signal printed for that interval (A-law: before inversion of the even bits).
 */
interface Segment {
  readonly from: number;
  readonly intervals: number;
  readonly size: number;
  readonly y: number;
  readonly code: number;
}

const TABLE_1A: readonly Segment[] = [
  { from: 0, intervals: 32, size: 2, y: 1, code: 0b10000000 },
  { from: 64, intervals: 16, size: 4, y: 66, code: 0b10100000 },
  { from: 128, intervals: 16, size: 8, y: 132, code: 0b10110000 },
  { from: 256, intervals: 16, size: 16, y: 264, code: 0b11000000 },
  { from: 512, intervals: 16, size: 32, y: 528, code: 0b11010000 },
  { from: 1024, intervals: 16, size: 64, y: 1056, code: 0b11100000 },
  { from: 2048, intervals: 16, size: 128, y: 2112, code: 0b11110000 },
];
const TABLE_1A_END = { virtualDecision: 4096, y: 4032, code: 0b11111111 };

const TABLE_2A: readonly Segment[] = [
  { from: 0, intervals: 1, size: 1, y: 0, code: 0b11111111 },
  { from: 1, intervals: 15, size: 2, y: 2, code: 0b11111110 },
  { from: 31, intervals: 16, size: 4, y: 33, code: 0b11101111 },
  { from: 95, intervals: 16, size: 8, y: 99, code: 0b11011111 },
  { from: 223, intervals: 16, size: 16, y: 231, code: 0b11001111 },
  { from: 479, intervals: 16, size: 32, y: 495, code: 0b10111111 },
  { from: 991, intervals: 16, size: 64, y: 1023, code: 0b10101111 },
  { from: 2015, intervals: 16, size: 128, y: 2079, code: 0b10011111 },
  { from: 4063, intervals: 16, size: 256, y: 4191, code: 0b10001111 },
];
const TABLE_2A_END = { virtualDecision: 8159, y: 8031, code: 0b10000000 };

interface Interval {
  /** Decision values, on the recommendation's scale. */
  readonly from: number;
  readonly to: number;
  readonly y: number;
  /** On the wire, for positive input; the sign bit is 0x80 in both laws. */
  readonly code: number;
}

function intervalsOf(table: readonly Segment[], codeStep: 1 | -1, inversion: number): Interval[] {
  return table.flatMap((segment) =>
    Array.from({ length: segment.intervals }, (_, n) => ({
      from: segment.from + n * segment.size,
      to: segment.from + (n + 1) * segment.size,
      y: segment.y + n * segment.size,
      code: (segment.code + n * codeStep) ^ inversion,
    })),
  );
}

const A_LAW = { codec: pcma, scale: 8, intervals: intervalsOf(TABLE_1A, 1, 0x55) };
const U_LAW = { codec: pcmu, scale: 4, intervals: intervalsOf(TABLE_2A, -1, 0) };

const EVERY_SAMPLE = Int16Array.from({ length: 65536 }, (_, i) => i - 32768);
const EVERY_CODE = Uint8Array.from({ length: 256 }, (_, i) => i);

function encodeAll(codec: G711Codec): Uint8Array {
  const out = new Uint8Array(65536);
  expect(codec.encode(EVERY_SAMPLE, out)).toBe(65536);
  return out;
}

function decodeAll(codec: G711Codec): Int16Array {
  const out = new Int16Array(256);
  expect(codec.decode(EVERY_CODE, out)).toBe(256);
  return out;
}

test("the typed tables are whole: 128 intervals up to the printed last row", () => {
  const endA = A_LAW.intervals.at(-1)!;
  expect(A_LAW.intervals.length).toBe(128);
  expect([endA.to, endA.y, endA.code ^ 0x55]).toEqual([
    TABLE_1A_END.virtualDecision,
    TABLE_1A_END.y,
    TABLE_1A_END.code,
  ]);
  const endU = U_LAW.intervals.at(-1)!;
  expect(U_LAW.intervals.length).toBe(128);
  expect([endU.to, endU.y, endU.code]).toEqual([TABLE_2A_END.virtualDecision, TABLE_2A_END.y, TABLE_2A_END.code]);
});

for (const law of [A_LAW, U_LAW]) {
  describe(law.codec.name, () => {
    test("all 256 codes decode to the recommendation's quantised values", () => {
      const decoded = decodeAll(law.codec);
      for (const { y, code } of law.intervals) {
        expect(decoded[code]).toBe(y * law.scale);
        expect(decoded[code ^ 0x80]).toBe(-y * law.scale + 0);
      }
    });

    test("every 16-bit input gets the code of its decision interval; ties go towards zero", () => {
      const encoded = encodeAll(law.codec);
      const wrong: number[] = [];
      let n = 0;
      for (let magnitude = 0; magnitude <= 32768; magnitude++) {
        while (n < 127 && magnitude >= law.intervals[n]!.to * law.scale) n++;
        const tie = n > 0 && magnitude === law.intervals[n]!.from * law.scale;
        const negative = law.intervals[tie ? n - 1 : n]!.code ^ 0x80;
        if (magnitude < 32768 && encoded[32768 + magnitude] !== law.intervals[n]!.code) wrong.push(magnitude);
        if (magnitude > 0 && encoded[32768 - magnitude] !== negative) wrong.push(-magnitude);
      }
      expect(wrong).toEqual([]);
    });

    test("encoding what was decoded gives the code back, but for μ-law's negative zero", () => {
      const back = new Uint8Array(256);
      law.codec.encode(decodeAll(law.codec), back);
      const changed = [...EVERY_CODE].filter((code) => back[code] !== code);
      expect(changed).toEqual(law.codec.name === "PCMU" ? [0x7f] : []);
    });

    test("the silence code is the positive value nearest zero", () => {
      expect(law.codec.silenceCode).toBe(law.intervals[0]!.code);
      expect(codecForPayloadType(law.codec.payloadType)).toBe(law.codec);
    });

    test("stops at the shorter of payload, length and output", () => {
      const payload = new Uint8Array(10).fill(law.codec.silenceCode);
      expect(law.codec.decode(payload, new Int16Array(4))).toBe(4);
      expect(law.codec.decode(payload, new Int16Array(20), 8)).toBe(2);
      expect(law.codec.decode(payload, new Int16Array(20), 2, 5)).toBe(5);
      expect(law.codec.decode(payload, new Int16Array(20), 9, 500)).toBe(1);
      expect(law.codec.decode(payload, new Int16Array(20), 12)).toBe(0);
      expect(law.codec.encode(new Int16Array(9), payload)).toBe(9);
    });
  });
}

describe("an independent implementation (npm alawmulaw) agrees", () => {
  test("on every code", () => {
    expect(decodeAll(pcmu)).toEqual(mulaw.decode(EVERY_CODE));
    expect(decodeAll(pcma)).toEqual(alaw.decode(EVERY_CODE));
  });

  test("on every sample that is not exactly on a decision value", () => {
    for (const [law, theirs] of [
      [U_LAW, mulaw.encode(EVERY_SAMPLE)],
      [A_LAW, alaw.encode(EVERY_SAMPLE)],
    ] as const) {
      const ties = new Set(law.intervals.map((interval) => interval.from * law.scale));
      const ours = encodeAll(law.codec);
      const differing = [...EVERY_SAMPLE].filter(
        (s) => ours[s + 32768] !== theirs[s + 32768] && !ties.has(Math.abs(s)),
      );
      expect(differing).toEqual([]);
    }
  });
});
