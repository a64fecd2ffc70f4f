import { beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newId } from "../ids.ts";
import { callId, completedReport, phone } from "../testing/fixtures.ts";
import { engines, openSuite, type Suite } from "../testing/suite.ts";
import { parseRange } from "./recording.ts";

test("byte ranges of RFC 9110", () => {
  expect(parseRange(null, 100)).toBeUndefined();
  expect(parseRange("bytes=0-9", 100)).toEqual({ first: 0, last: 9 });
  expect(parseRange("bytes=90-", 100)).toEqual({ first: 90, last: 99 });
  expect(parseRange("bytes=-10", 100)).toEqual({ first: 90, last: 99 });
  expect(parseRange("bytes=-1000", 100)).toEqual({ first: 0, last: 99 });
  expect(parseRange("bytes=50-1000", 100)).toEqual({ first: 50, last: 99 });
  expect(parseRange("bytes=100-", 100)).toBeNull();
  expect(parseRange("bytes=-0", 100)).toBeNull();
  for (const ignored of ["bytes=9-3", "bytes=-", "bytes=0-1,5-6", "lines=1-2", "x"])
    expect(parseRange(ignored, 100)).toBeUndefined();
});

for (const engine of await engines()) {
  describe(`recordings on ${engine.name}`, () => {
    let suite: Suite;
    const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i % 251);
    beforeAll(async () => {
      suite = await openSuite(engine);
      mkdirSync(join(suite.recordings, "2026"));
      writeFileSync(join(suite.recordings, "2026", "call.wav"), bytes);
      symlinkSync("/etc/hostname", join(suite.recordings, "link.wav"));
    });

    async function recorded(path: string): Promise<string> {
      const id = callId();
      const recording = { recording_id: newId("recording", Date.now()), path, duration_ms: 312, bytes: 5000 };
      await suite.call("POST", "/voice/v1/engine/reports", completedReport(id, phone(), { recording }));
      return id;
    }
    const get = (id: string, headers: Record<string, string> = {}) =>
      suite.fetch(
        new Request(`http://localhost/voice/v1/calls/${id}/recording`, {
          headers: { authorization: `Bearer ${suite.testKey}`, ...headers },
        }),
      );

    test("whole, in part, and past the end", async () => {
      const id = await recorded("2026/call.wav");
      const whole = await get(id);
      expect(whole.status).toBe(200);
      expect(whole.headers.get("content-type")).toBe("audio/wav");
      expect(whole.headers.get("cache-control")).toBe("private, no-store");
      expect(new Uint8Array(await whole.arrayBuffer())).toEqual(bytes);
      const part = await get(id, { range: "bytes=1000-1999" });
      expect(part.status).toBe(206);
      expect(part.headers.get("content-range")).toBe("bytes 1000-1999/5000");
      expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.slice(1000, 2000));
      const past = await get(id, { range: "bytes=5000-" });
      expect(past.status).toBe(416);
      expect(past.headers.get("content-range")).toBe("bytes */5000");
      const call = await suite.call("GET", `/voice/v1/calls/${id}`);
      expect(call.json["recording"]).toMatchObject({
        url: `http://localhost:3000/voice/v1/calls/${id}/recording`,
        duration_ms: 312,
        bytes: 5000,
      });
    });

    test("needs a key with the scope", async () => {
      const id = await recorded("2026/call.wav");
      expect((await get(id, { authorization: "" })).status).toBe(401);
      expect((await get(id, { authorization: `Bearer ${await suite.key(["crm:read"])}` })).status).toBe(403);
    });

    test("a path out of the folder, through a link, or to nothing is not there", async () => {
      for (const path of ["../../etc/hostname", "/etc/hostname", "link.wav", "2026", "none.wav", "."]) {
        expect((await get(await recorded(path))).status).toBe(404);
      }
      const id = callId();
      await suite.call("POST", "/voice/v1/engine/reports", completedReport(id, phone()));
      expect((await get(id)).status).toBe(404);
    });
  });
}
