import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Opener,
  type RecordingKey,
  recordingKey,
  SEALED_CHUNK_BYTES,
  SEALED_HEADER_BYTES,
} from "@sk-voice/api/contract/recordings/sealed.ts";
import { FRAME_MS, FRAME_SAMPLES } from "@sk-voice/media/units.ts";
import { parseWav } from "@sk-voice/media/wav.ts";
import { createLog } from "./log.ts";
import { RecordingFile } from "./recording-file.ts";

const home = mkdtempSync(join(tmpdir(), "sk-recording-"));
const log = createLog({ level: "silent", name: "test" });
const FRAMES = 150;

/** Three seconds: 1000 on the caller's side, 2000 on hers. */
function record(folder: string, key: RecordingKey | undefined = undefined): RecordingFile {
  const file = new RecordingFile({ folder, callId: "cal_1", recordingId: "rec_1", startMs: 0, key, log });
  const [caller, agent] = [1000, 2000].map((value) => new Int16Array(FRAME_SAMPLES).fill(value));
  for (let frame = 0; frame < FRAMES; frame++) {
    file.caller(frame * FRAME_MS, frame * FRAME_SAMPLES, caller!);
    file.agent(frame * FRAME_MS, agent!);
  }
  return file;
}

afterAll(() => rmSync(home, { recursive: true, force: true }));

test("both sides are in the file, whose folder did not exist, in order and whole", async () => {
  const file = record(join(home, "recordings"));
  const figures = file.finish(FRAMES * FRAME_MS);
  await file.close();
  const bytes = readFileSync(join(home, "recordings", figures.path));
  expect(figures).toEqual({ recordingId: "rec_1", path: "cal_1.wav", durationMs: 3000, bytes: bytes.length });
  const { channels } = parseWav(bytes);
  expect(channels.map((samples) => samples.length)).toEqual([24_000, 24_000]);
  expect(channels.map((samples) => samples.every((sample) => sample === samples[0]))).toEqual([true, true]);
  expect(channels.map((samples) => samples[0]!)).toEqual([1000, 2000]);
});

test("a disk that takes nothing ends the recording, not the call", async () => {
  writeFileSync(join(home, "taken"), "");
  const file = record(join(home, "taken"));
  expect(file.finish(FRAMES * FRAME_MS).path).toBe("cal_1.wav");
  await file.close();
});

test("with a key nothing of it is readable on the disk, and all of it with the key", async () => {
  const key = recordingKey(new Uint8Array(32).fill(5));
  const file = record(join(home, "plain"));
  const sealed = record(join(home, "sealed"), key);
  file.finish(FRAMES * FRAME_MS);
  const figures = sealed.finish(FRAMES * FRAME_MS);
  await Promise.all([file.close(), sealed.close()]);
  const wav = readFileSync(join(home, "plain", "cal_1.wav"));
  const bytes = readFileSync(join(home, "sealed", figures.path));
  expect(figures).toMatchObject({ bytes: wav.length, keyId: key.id });
  expect(bytes.includes(wav.subarray(1000, 1016))).toBe(false);
  const opener = new Opener(bytes, bytes.length, [key], "rec_1");
  const parts = [opener.head];
  for (let at = SEALED_HEADER_BYTES, index = 0; at < bytes.length; at += SEALED_CHUNK_BYTES, index++)
    parts.push(opener.chunk(index, bytes.subarray(at, at + SEALED_CHUNK_BYTES)));
  expect(Buffer.concat(parts).equals(wav)).toBe(true);
});
