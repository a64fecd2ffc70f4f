import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  CHUNK_BYTES,
  HEAD_BYTES,
  recordingKey,
  SEALED_CHUNK_BYTES,
  SEALED_HEADER_BYTES,
  Sealer,
} from "../../contract/recordings/sealed.ts";
import { readRecordingSettings } from "../../contract/recordings/settings.ts";
import { unseal } from "./sealed.ts";
import type { Stored } from "./store.ts";

const key = recordingKey(new Uint8Array(32).fill(7));
const other = recordingKey(new Uint8Array(32).fill(8));
let seed = 1;
const random = (bytes: number) => Uint8Array.from({ length: bytes }, () => (seed = (seed * 48_271) % 2_147_483_647));

/** A WAV of so many bytes of sound, and the same sealed. */
function make(bodyBytes: number, id = "rec_1", closed = true) {
  const wav = Buffer.from(Uint8Array.from({ length: HEAD_BYTES + bodyBytes }, (_, i) => (i * 31 + (i >> 8)) % 251));
  const sealer = new Sealer(key, id, random);
  const parts = [sealer.header(wav.subarray(0, HEAD_BYTES), closed ? bodyBytes : undefined)];
  for (let at = 0, index = 0; at < bodyBytes; at += CHUNK_BYTES, index++)
    parts.push(sealer.chunk(index, wav.subarray(HEAD_BYTES + at, HEAD_BYTES + Math.min(at + CHUNK_BYTES, bodyBytes))));
  return { wav, sealed: Buffer.concat(parts) };
}

const lying = (bytes: Buffer): Stored => ({
  bytes: bytes.length,
  slice: async (first, end) => bytes.subarray(first, end),
});
const open = (bytes: Buffer, keys = [key], id = "rec_1") => unseal(lying(bytes), keys, id);
async function readWhole(bytes: Buffer, keys = [key], id = "rec_1") {
  const file = await open(bytes, keys, id);
  return Buffer.from(await file.slice(0, file.bytes));
}

test("any range of any length is that of the WAV", async () => {
  const lengths = fc.constantFrom(0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 777);
  const made = new Map<number, ReturnType<typeof make>>();
  await fc.assert(
    fc.asyncProperty(lengths, fc.nat(), fc.nat(), async (length, a, b) => {
      const { wav, sealed } = made.get(length) ?? make(length);
      made.set(length, { wav, sealed });
      const file = await open(sealed);
      expect(file.bytes).toBe(wav.length);
      const [first = 0, end = 0] = [a % (wav.length + 1), b % (wav.length + 1)].sort((x, y) => x - y);
      expect(Buffer.from(await file.slice(first, end)).equals(wav.subarray(first, end))).toBe(true);
    }),
    { numRuns: 150 },
  );
});

test("a range reads its chunks only", async () => {
  const { sealed } = make(10 * CHUNK_BYTES);
  const read: number[] = [];
  const slice = async (first: number, end: number) => {
    read.push(end - first);
    return sealed.subarray(first, end);
  };
  const file = await unseal({ bytes: sealed.length, slice }, [key], "rec_1");
  await file.slice(HEAD_BYTES + 5 * CHUNK_BYTES + 10, HEAD_BYTES + 5 * CHUNK_BYTES + 20);
  expect(read).toEqual([SEALED_HEADER_BYTES, SEALED_CHUNK_BYTES]);
});

test("whichever byte is changed, that is found", async () => {
  const { sealed } = make(2 * CHUNK_BYTES + 50);
  await fc.assert(
    fc.asyncProperty(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
      const changed = Buffer.from(sealed);
      changed[at] = changed[at]! ^ by;
      await expect(readWhole(changed)).rejects.toMatchObject({ code: expect.stringMatching(/^recording_/) });
    }),
    { numRuns: 60 },
  );
  for (let at = 0; at < SEALED_HEADER_BYTES; at++) {
    const changed = Buffer.from(sealed);
    changed[at] = changed[at]! ^ 1;
    await expect(open(changed)).rejects.toMatchObject({ code: expect.stringMatching(/^recording_/) });
  }
});

test("chunks exchanged, left out, repeated, of another recording, cut off: damaged, and says so", async () => {
  const { sealed } = make(3 * CHUNK_BYTES);
  const at = (chunk: number) => SEALED_HEADER_BYTES + chunk * SEALED_CHUNK_BYTES;
  const [header, a, b, c] = [
    sealed.subarray(0, at(0)),
    ...[0, 1, 2].map((chunk) => sealed.subarray(at(chunk), at(chunk + 1))),
  ];
  const foreign = make(3 * CHUNK_BYTES, "rec_2").sealed;
  const cases = {
    exchanged: [header, b, a, c],
    "left out": [header, a, c],
    repeated: [header, a, b, b],
    longer: [header, a, b, c, c],
    "of another": [header, a, foreign.subarray(at(1), at(2)), c],
    cut: [sealed.subarray(0, sealed.length - 1)],
    beheaded: [sealed.subarray(0, 50)],
    "plain WAV": [Buffer.from("RIFF0000WAVEfmt "), Buffer.alloc(200)],
  };
  for (const [name, parts] of Object.entries(cases)) {
    const error = await readWhole(Buffer.concat(parts as Buffer[])).catch((caught: unknown) => caught);
    expect(error, name).toMatchObject({ status: 500, code: "recording_damaged" });
  }
  await expect(readWhole(foreign)).rejects.toMatchObject({ code: "recording_damaged" });
});

test("an old key still opens; a missing one is named, not guessed", async () => {
  const { wav, sealed } = make(500);
  expect((await readWhole(sealed, [other, key])).equals(wav)).toBe(true);
  const error = await readWhole(sealed, [other]).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ status: 503, code: "recording_key_missing" });
  expect(String(error)).toContain(key.id);
});

test("what a dead engine left is read as far as it goes", async () => {
  const { wav, sealed } = make(2 * CHUNK_BYTES, "rec_1", false);
  expect((await readWhole(sealed)).equals(wav)).toBe(true);
  const short = await readWhole(sealed.subarray(0, SEALED_HEADER_BYTES + SEALED_CHUNK_BYTES));
  expect(short.equals(wav.subarray(0, HEAD_BYTES + CHUNK_BYTES))).toBe(true);
});

test("settings: keys by variable or file, base64 or hex; what is wrong is named and no key printed", () => {
  const read = (environment: Record<string, string>, file = "") => readRecordingSettings(environment, () => file);
  const base64 = Buffer.alloc(32, 7).toString("base64");
  const hex = Buffer.alloc(32, 8).toString("hex");
  expect(read({}).keys).toEqual([]);
  expect(read({ SK_RECORDING_KEY: `${base64},${hex}` }).keys.map(({ id }) => id)).toEqual([key.id, other.id]);
  expect(read({ SK_RECORDING_KEY_FILE: "/k" }, `${hex}\n${base64}\n`).keys.map(({ id }) => id)).toEqual([
    other.id,
    key.id,
  ]);
  expect(() => read({ SK_RECORDING_KEY: "c2hvcnQ=" })).toThrow(/SK_RECORDING_KEY: a key is 32 bytes/);
  expect(() => read({ SK_RECORDING_KEY_FILE: "/k" }, "")).toThrow(/no key in the file/);
  expect(() => read({ SK_S3_BUCKET: "b" })).toThrow(/SK_S3_ACCESS_KEY_ID/);
  expect(() => read({ SK_S3_ENDPOINT: "minio:9000" })).toThrow(/SK_S3_ENDPOINT/);
});
