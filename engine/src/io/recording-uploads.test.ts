import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startS3, type TestS3 } from "@sk-voice/api/testing/s3.ts";
import { wavHeader } from "@sk-voice/media/wav.ts";
import { createLog, type Log } from "./log.ts";
import { RecordingUploads } from "./recording-uploads.ts";

const STEREO = { sampleRateHz: 8000, channels: 2 } as const;
const silent = createLog({ level: "silent", name: "test" });
let s3: TestS3;
let folder: string;
let nowMs = 0;
const said: string[] = [];
const log = { ...silent, error: (_: unknown, text: string) => said.push(text) } as unknown as Log;

beforeAll(async () => {
  s3 = await startS3();
});
afterAll(() => s3.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sk-uploads-"));
  said.length = 0;
});

function recorded(name: string, bytes = 5000, dataBytes = bytes): Buffer {
  const wav = Buffer.concat([wavHeader(STEREO, dataBytes), Buffer.alloc(bytes, name.length)]);
  writeFileSync(join(folder, name), wav);
  return wav;
}

/** A new engine on this folder, on a clock of the test's. */
const engine = (settings = s3.settings) => new RecordingUploads(folder, settings, log, () => nowMs);

/** What is due within so long, without waiting for it. */
async function pass(uploads: RecordingUploads, ms: number) {
  for (const endMs = nowMs + ms; nowMs < endMs; nowMs += 1000) {
    uploads.step();
    await uploads.settled();
  }
}

const held = (name: string) => s3.client.file(`recordings/${name}`).bytes();

test("closed recordings go, those still written stay, those of a dead engine go after ten minutes", async () => {
  const one = recorded("cal_one.wav");
  recorded("cal_running.wav", 3000, 0);
  const dead = recorded("cal_dead.wav", 3000, 0);
  const eleven = Date.now() / 1000 - 660;
  utimesSync(join(folder, "cal_dead.wav"), eleven, eleven);
  mkdirSync(join(folder, "other"));
  const uploads = engine();
  await pass(uploads, 1000);
  await uploads.close();
  expect(readdirSync(folder).sort()).toEqual(["cal_running.wav", "other"]);
  expect(one.equals(await held("cal_one.wav"))).toBe(true);
  expect(dead.equals(await held("cal_dead.wav"))).toBe(true);
});

test("a storage that is down loses nothing, over a restart too; when it is up they go", async () => {
  const bytes = recorded("cal_down.wav");
  await s3.down();
  const first = engine();
  await pass(first, 3000);
  await first.close();
  expect(first.waiting).toBe(1);
  expect(said).toEqual([expect.stringContaining("cannot be reached (ConnectionRefused): check SK_S3_ENDPOINT")]);
  const second = engine();
  await pass(second, 2000);
  expect(existsSync(join(folder, "cal_down.wav"))).toBe(true);
  await s3.up();
  await pass(second, 31_000);
  await second.close();
  expect(readdirSync(folder)).toEqual([]);
  expect(bytes.equals(await held("cal_down.wav"))).toBe(true);
});

test("wrong credentials, and a bucket that is not there: said plainly, nothing is lost", async () => {
  recorded("cal_keys.wav");
  for (const [settings, text] of [
    [{ ...s3.settings, accessKeyId: "nobody" }, /refuses us \(InvalidAccessKeyId\): check SK_S3_ACCESS_KEY_ID/],
    [{ ...s3.settings, secretAccessKey: "a wrong one" }, /refuses us \(SignatureDoesNotMatch\)/],
    [{ ...s3.settings, bucket: "none" }, /has no bucket none: create it or correct SK_S3_BUCKET/],
  ] as const) {
    said.length = 0;
    const uploads = engine(settings);
    await pass(uploads, 1000);
    await uploads.close();
    expect(said).toEqual([expect.stringMatching(text)]);
    expect(said.join()).not.toContain("a wrong one");
  }
  expect(existsSync(join(folder, "cal_keys.wav"))).toBe(true);
});

test("killed between storing and removing: it is not sent again, and the file goes", async () => {
  const bytes = recorded("cal_twice.wav");
  await s3.client.file("recordings/cal_twice.wav").write(bytes);
  const before = await s3.client.file("recordings/cal_twice.wav").stat();
  const uploads = engine();
  await pass(uploads, 1000);
  await uploads.close();
  expect(existsSync(join(folder, "cal_twice.wav"))).toBe(false);
  expect((await s3.client.file("recordings/cal_twice.wav").stat()).lastModified).toEqual(before.lastModified);
});

test("a storage that keeps other bytes than it was sent: the file stays", async () => {
  recorded("cal_bad.wav", 5000);
  // Takes every upload and answers with something else of the same length.
  const liar = Bun.serve({
    port: 0,
    fetch: ({ method }) =>
      method === "HEAD" || method === "GET"
        ? new Response(Buffer.alloc(5044, 1), { headers: { etag: '"0"' } })
        : new Response(null, { headers: { etag: '"0"' } }),
  });
  const uploads = engine({ ...s3.settings, endpoint: `http://127.0.0.1:${liar.port}` });
  await pass(uploads, 1000);
  await uploads.close();
  await liar.stop(true);
  expect(readFileSync(join(folder, "cal_bad.wav")).length).toBe(5044);
  expect(said).toEqual([expect.stringContaining("keeps other bytes")]);
  rmSync(folder, { recursive: true });
});
