import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CHUNK_BYTES, HEAD_BYTES, recordingKey, Sealer } from "../../contract/recordings/sealed.ts";
import { newId } from "../../ids.ts";
import { callId, completedReport, phone } from "../../testing/fixtures.ts";
import { startS3, type TestS3 } from "../../testing/s3.ts";
import { engines, openSuite, type Suite } from "../../testing/suite.ts";
import { applyRetention } from "../retention.ts";

/** The database makes no difference here: the embedded one alone. */
const [engine] = await engines();
const key = recordingKey(new Uint8Array(32).fill(3));
const wav = Buffer.from(Uint8Array.from({ length: HEAD_BYTES + 2 * CHUNK_BYTES + 100 }, (_, i) => i % 249));
let s3: TestS3;
let suite: Suite;

function seal(recordingId: string): Buffer {
  const sealer = new Sealer(key, recordingId, (bytes) => crypto.getRandomValues(new Uint8Array(bytes)));
  const body = wav.subarray(HEAD_BYTES);
  const chunks = [0, 1, 2].map((n) => sealer.chunk(n, body.subarray(n * CHUNK_BYTES, (n + 1) * CHUNK_BYTES)));
  return Buffer.concat([sealer.header(wav.subarray(0, HEAD_BYTES), body.length), ...chunks]);
}

/** A call whose recording is an object, encrypted or not. */
async function recorded(of: Suite, { sealed = false, from = phone(), object = true } = {}) {
  const id = callId();
  const recordingId = newId("recording", Date.now());
  const recording = { recording_id: recordingId, path: `${id}.wav`, duration_ms: 1, bytes: wav.length };
  const report = completedReport(id, from, { recording: sealed ? { ...recording, key_id: key.id } : recording });
  await of.call("POST", "/voice/v1/engine/reports", report);
  const name = `recordings/${id}.wav`;
  if (object) await s3.client.file(name).write(sealed ? seal(recordingId) : wav);
  return { id, name, recordingId };
}

const get = (of: Suite, path: string, range?: string) =>
  of.fetch(
    new Request(new URL(path, "http://localhost"), {
      headers: { authorization: `Bearer ${of.testKey}`, ...(range === undefined ? {} : { range }) },
    }),
  );
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

beforeAll(async () => {
  s3 = await startS3();
  suite = await openSuite(engine!, { storage: { keys: [key], s3: s3.settings } });
});
afterAll(() => s3.close());

describe("recordings in an S3 server", () => {
  for (const sealed of [false, true]) {
    test(`${sealed ? "encrypted" : "plain"}: whole, in part, by a link, past the end`, async () => {
      const { id, name } = await recorded(suite, { sealed });
      const stored = Buffer.from(await s3.client.file(name).bytes());
      expect(stored.includes(wav.subarray(100, 132))).toBe(!sealed);
      const path = `/voice/v1/calls/${id}/recording`;
      expect((await bytesOf(await get(suite, path))).equals(wav)).toBe(true);
      const part = await get(suite, path, `bytes=${CHUNK_BYTES}-${CHUNK_BYTES + 99}`);
      expect(part.status).toBe(206);
      expect(part.headers.get("content-range")).toBe(`bytes ${CHUNK_BYTES}-${CHUNK_BYTES + 99}/${wav.length}`);
      expect((await bytesOf(part)).equals(wav.subarray(CHUNK_BYTES, CHUNK_BYTES + 100))).toBe(true);
      expect((await get(suite, path, `bytes=${wav.length}-`)).status).toBe(416);
      const link = await suite.call("POST", `${path}-links`, { expires_in_seconds: 60 });
      const tail = await suite.fetch(new Request(String(link.json["url"]), { headers: { range: "bytes=-10" } }));
      expect((await bytesOf(tail)).equals(wav.subarray(-10))).toBe(true);
    });
  }

  test("what has not been sent yet is served from the disk", async () => {
    const { id } = await recorded(suite, { object: false });
    expect((await get(suite, `/voice/v1/calls/${id}/recording`)).status).toBe(404);
    writeFileSync(join(suite.recordings, `${id}.wav`), wav);
    expect((await bytesOf(await get(suite, `/voice/v1/calls/${id}/recording`))).equals(wav)).toBe(true);
  });

  test("a plain file, or another's, in an encrypted one's place is refused", async () => {
    const one = await recorded(suite, { sealed: true });
    const other = await recorded(suite, { sealed: true });
    for (const forged of [wav, Buffer.from(await s3.client.file(other.name).bytes())]) {
      await s3.client.file(one.name).write(forged);
      const answer = await get(suite, `/voice/v1/calls/${one.id}/recording`);
      expect(answer.status).toBe(500);
      expect(await answer.json()).toMatchObject({ code: "recording_damaged" });
    }
  });

  test("players that reach the storage are sent there, for plain recordings only", async () => {
    const publicEndpoint = s3.settings.endpoint!;
    const own = await openSuite(engine!, { storage: { keys: [key], s3: { ...s3.settings, publicEndpoint } } });
    for (const sealed of [false, true]) {
      const { id } = await recorded(own, { sealed });
      const link = await own.call("POST", `/voice/v1/calls/${id}/recording-links`, { expires_in_seconds: 60 });
      const answer = await own.fetch(new Request(String(link.json["url"])));
      expect(answer.status).toBe(sealed ? 200 : 302);
      if (sealed) continue;
      const there = await fetch(answer.headers.get("location")!, { headers: { range: "bytes=5-9" } });
      expect(there.status).toBe(206);
      expect((await bytesOf(there)).equals(wav.subarray(5, 10))).toBe(true);
    }
  });

  test("erasure removes the object; one that comes later goes at the next sweep; a storage that is down delays it", async () => {
    const from = phone();
    const sent = await recorded(suite, { from });
    const late = await recorded(suite, { from, object: false });
    const contact = (await suite.call("GET", `/voice/v1/calls/${sent.id}`)).json;
    expect(contact["recording"]).not.toBeNull();
    const people = await suite.call("GET", `/crm/v1/contacts?phone=${encodeURIComponent(from)}`);
    const person = people.json.data?.[0]?.["id"];
    await s3.down();
    expect((await suite.call("POST", `/crm/v1/contacts/${person}/erase`, {})).status).toBe(200);
    await s3.up();
    expect(await s3.client.file(sent.name).exists()).toBe(true);
    await applyRetention(suite.deps);
    expect(await s3.client.file(sent.name).exists()).toBe(false);
    await s3.client.file(late.name).write(wav);
    await applyRetention(suite.deps);
    expect(await s3.client.file(late.name).exists()).toBe(false);
    expect((await get(suite, `/voice/v1/calls/${late.id}/recording`)).status).toBe(404);
  });

  test("retention removes object and file", async () => {
    const own = await openSuite(engine!, { storage: { keys: [], s3: s3.settings } });
    const { id, name } = await recorded(own);
    writeFileSync(join(own.recordings, `${id}.wav`), wav);
    await own.call("PATCH", "/voice/v1/agent", {
      retention: { recordings_days: 1, transcripts_days: null, events_days: null },
    });
    own.clock.nowMs += 400 * 24 * 3600_000;
    await applyRetention(own.deps);
    expect(await s3.client.file(name).exists()).toBe(false);
    expect(existsSync(join(own.recordings, `${id}.wav`))).toBe(false);
  });

  test("wrong credentials and a storage that is away are 503 and say what to do", async () => {
    const wrong = { ...s3.settings, secretAccessKey: "a wrong one" };
    const own = await openSuite(engine!, { storage: { keys: [], s3: wrong } });
    const { id } = await recorded(own);
    const refused = await get(own, `/voice/v1/calls/${id}/recording`);
    expect(refused.status).toBe(503);
    const problem = await refused.text();
    expect(JSON.parse(problem)).toMatchObject({
      code: "recording_storage_unavailable",
      storage_code: "SignatureDoesNotMatch",
    });
    expect(problem).not.toContain("a wrong one");
    const { id: mine } = await recorded(suite);
    await s3.down();
    const away = await get(suite, `/voice/v1/calls/${mine}/recording`);
    await s3.up();
    expect(away.status).toBe(503);
    expect(await away.json()).toMatchObject({ storage_code: "ConnectionRefused" });
  });
});
