import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineReport } from "@sk-voice/api/contract/index.ts";
import { completedReport, startedReport } from "../sim/reports.ts";
import { createLog } from "./log.ts";
import { Publisher } from "./publisher.ts";
import { Spool } from "./spool.ts";

const folder = mkdtempSync(join(tmpdir(), "sk-spool-"));
const log = createLog({ level: "silent", name: "test" });
let file = 0;
const newSpool = () => new Spool(join(folder, `${file++}.sqlite`));

afterEach(() => {
  if (file > 100) rmSync(folder, { recursive: true });
});

/** An api that answers with `statuses` in turn, then 200. */
function api(statuses: number[]) {
  const taken: EngineReport[] = [];
  const send = async (_url: string, init: RequestInit) => {
    const status = statuses.shift() ?? 200;
    if (status === 0) throw new TypeError("connection refused");
    if (status === 200) taken.push(JSON.parse(String(init.body)) as EngineReport);
    return new Response("", { status });
  };
  return { taken, send };
}

const publisher = (spool: Spool, send: (url: string, init: RequestInit) => Promise<Response>) =>
  new Publisher(spool, { apiUrl: "http://api", apiKey: "key", log, fetch: send });

test("reports of one call arrive in order, whatever fails in between", async () => {
  const { taken, send } = api([0, 503, 200, 401]);
  const spool = newSpool();
  const out = publisher(spool, send);
  out.publish(startedReport("cal_1"));
  out.publish(completedReport("cal_1"));
  expect(await out.drain(5000)).toBe(0);
  expect(taken.map(({ type }) => type)).toEqual(["call.started", "call.completed"]);
});

test("a full disk breaks no call: what cannot be written waits in memory", async () => {
  const spool = newSpool();
  const full = () => {
    throw new Error("database or disk is full");
  };
  Object.assign(spool, { add: full, draft: full });
  const out = publisher(spool, api([]).send);
  out.publish(startedReport("cal_1"));
  out.draft(completedReport("cal_1"));
  out.draft(completedReport("cal_1"));
  out.publish(completedReport("cal_1"));
  // The later draft took the earlier one's place.
  expect(await out.drain(0)).toBe(3);
});

test("once a full disk has room, what waited is sent once", async () => {
  const { taken, send } = api([]);
  const spool = newSpool();
  const out = publisher(spool, send);
  const { add } = spool;
  spool.add = () => {
    throw new Error("database or disk is full");
  };
  out.publish(startedReport("cal_1"));
  spool.add = add;
  out.publish(completedReport("cal_1"));
  expect(await out.drain(5000)).toBe(0);
  expect(taken.map(({ type }) => type)).toEqual(["call.started", "call.completed"]);
});

test("a report the api calls wrong is kept aside and does not hold up the next", async () => {
  const { taken, send } = api([422]);
  const spool = newSpool();
  const out = publisher(spool, send);
  out.publish(startedReport("cal_1"));
  out.publish(completedReport("cal_1"));
  expect(await out.drain(5000)).toBe(0);
  expect(taken.map(({ type }) => type)).toEqual(["call.completed"]);
  expect(spool.counts()).toEqual({ waiting: 0, refused: 1, drafts: 0 });
});

test("what the process could not send is sent by the next one", async () => {
  const path = join(folder, "left-over.sqlite");
  const first = new Spool(path);
  const dead = publisher(first, async () => {
    throw new TypeError("no api");
  });
  dead.publish(completedReport("cal_9"));
  expect(await dead.drain(200)).toBe(1);
  first.close();
  const { taken, send } = api([]);
  const second = publisher(new Spool(path), send);
  expect(await second.drain(2000)).toBe(0);
  expect(taken.map(({ call_id }) => call_id)).toEqual(["cal_9"]);
});

test("a draft becomes the outcome of a call whose engine died, once", () => {
  const spool = newSpool();
  spool.draft({ ...completedReport("cal_1"), ended_by: "engine_restart", duration_ms: 1 });
  spool.draft({ ...completedReport("cal_1"), ended_by: "engine_restart", duration_ms: 2 });
  spool.draft(completedReport("cal_2"));
  spool.add(completedReport("cal_2"));
  expect(spool.recover()).toBe(1);
  expect(spool.recover()).toBe(0);
  const waiting = spool.next(10).map(({ report }) => report);
  expect(waiting.map(({ call_id }) => call_id).sort()).toEqual(["cal_1", "cal_2"]);
  expect(waiting.find(({ call_id }) => call_id === "cal_1")).toMatchObject({
    ended_by: "engine_restart",
    duration_ms: 2,
  });
});

test("a folder that cannot be written is named", () => {
  expect(() => new Spool("/proc/nowhere/spool.sqlite")).toThrow("cannot write the spool /proc/nowhere/spool.sqlite");
});
