/** Much at once: 100 running calls at 4 Hz, and a list of 5,000. Frames are counted in the page, and against an idle page of the same browser. */
import type { CallQuarantinedReport } from "@sk-voice/api/contract/engine.ts";
import { newId } from "@sk-voice/api/ids.ts";
import type { Page } from "@sk-voice/api/testing/chromium.ts";
import type { Scene } from "../e2e.ts";

interface Frames {
  count: number;
  p50: number;
  p95: number;
  worst: number;
  /** Longer than two frames of 60 Hz. */
  late: number;
}

/** Frames of the page during `ms`. */
async function frames(page: Page, ms: number): Promise<Frames> {
  return (await page.evaluate(`new Promise((resolve) => {
    const gaps = []; let last = performance.now(); const end = last + ${ms};
    const step = (now) => { gaps.push(now - last); last = now; now < end ? requestAnimationFrame(step) : done(); };
    const done = () => { gaps.shift(); gaps.sort((a, b) => a - b); const at = (q) => Math.round(gaps[Math.floor(q * (gaps.length - 1))] * 10) / 10;
      resolve({ count: gaps.length, p50: at(0.5), p95: at(0.95), worst: at(1), late: gaps.filter((gap) => gap > 34).length }); };
    requestAnimationFrame(step); })`)) as Frames;
}

const told = ({ count, p50, p95, worst, late }: Frames) =>
  `${count} frames, p50 ${p50} ms, p95 ${p95}, worst ${worst}, ${late} late`;

export async function hundredLiveCalls({ page, stage, say }: Scene): Promise<void> {
  await page.goto(`${stage.base}/app/live`);
  await page.getByText("Nobody is on the line").waitFor();
  const idle = await frames(page, 8000);
  const options: unknown = { headers: { authorization: `Bearer ${stage.engineKey}` } };
  const socket = new WebSocket(`${stage.base.replace("http", "ws")}/voice/v1/engine/live`, options as string[]);
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  const started_at = new Date().toISOString();
  const calls = Array.from({ length: 100 }, (_, n) => ({
    id: newId("call", Date.now()),
    engine_id: "engine-load",
    from: `+9198450${String(n).padStart(5, "0")}`,
    from_display: null,
    to: "sip:suki@example.com",
    transport: "sip",
    started_at,
    state: "listening",
  }));
  const send = (message: object) => socket.send(JSON.stringify(message));
  send({ type: "hello", engine_id: "engine-load", stream_url: null, max_calls: 100, calls });
  await page.locator(".live-row").nth(99).waitFor({ state: "attached" });
  let tick = 0;
  const states = ["listening", "hearing", "thinking", "speaking"];
  const timer = setInterval(() => {
    tick++;
    const levels = calls.map(({ id }, n) => ({
      call_id: id,
      caller_db: -20 - ((tick * 7 + n * 13) % 50),
      agent_db: -20 - ((tick * 11 + n * 5) % 50),
      state: states[(Math.floor(tick / 4) + n) % 4],
    }));
    send({ type: "levels", levels });
    const speaker = tick % 2 === 0 ? "caller" : "agent";
    for (let n = 0; n < 20; n++)
      send({
        type: "caption",
        call_id: calls[(tick * 20 + n) % 100]?.id,
        speaker,
        text: `word ${tick}`,
        final: tick % 3 === 0,
      });
  }, 250);
  const busy = await frames(page, 8000);
  clearInterval(timer);
  socket.close();
  await page.getByText("Nobody is on the line").waitFor();
  say(`idle: ${told(idle)}`);
  say(`100 calls at 4 Hz, 80 captions a second: ${told(busy)}`);
  if (busy.late > idle.late + 0.02 * busy.count) throw new Error(`${busy.late} frames late, ${idle.late} when idle`);
}

async function fill({ stage, say }: Scene, count: number): Promise<void> {
  const { data } = await stage.api<{ data: unknown[] }>("GET", "/voice/v1/calls?limit=1&to=list");
  if (data.length > 0) return;
  const startedMs = performance.now();
  let made = 0;
  const worker = async () => {
    while (made < count) {
      const n = made++;
      const at = new Date(Date.now() - 90 * 86_400_000 + n * 60_000).toISOString();
      const report: CallQuarantinedReport = {
        type: "call.quarantined",
        call_id: newId("call", Date.parse(at)),
        engine_id: "engine-1",
        started_at: at,
        ended_at: at,
        duration_ms: 15_000,
        from: `+9114000${String(n).padStart(5, "0")}`,
        from_display: null,
        to: "list",
        transport: "sip",
        verdict_score: 0.9,
        verdict_at_ms: 6000,
        evidence: { words: 0.9 },
        signals: ["words of a known campaign"],
        transcript: [{ speaker: "caller", text: `You are pre-approved, offer ${n}.`, start_ms: 0, end_ms: 3000 }],
        recording: null,
      };
      await stage.api("POST", "/voice/v1/engine/reports", report, stage.engineKey);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  say(`${count} calls reported in ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
}

export async function longList(scene: Scene): Promise<void> {
  const { page, stage, say } = scene;
  await fill(scene, 5000);
  await page.goto(`${stage.base}/app/calls`);
  await page.locator("a.call-row").first().waitFor();
  const idle = await frames(page, 3000);
  const startedMs = performance.now();
  const measuring = frames(page, 15_000);
  await page.evaluate(`new Promise((resolve) => {
    const end = performance.now() + 14500;
    const step = () => { scrollBy(0, 160); performance.now() < end ? requestAnimationFrame(step) : resolve(); };
    requestAnimationFrame(step); })`);
  const scrolling = await measuring;
  const rows = Number(await page.evaluate("document.querySelectorAll('a.call-row').length"));
  const loaded = Number(await page.evaluate("Math.round(document.querySelector('.virtual').offsetHeight / 53)"));
  say(`idle: ${told(idle)}`);
  say(
    `scrolling 160 px a frame: ${told(scrolling)}; ${loaded} calls loaded, ${rows} rows in the page, ${((performance.now() - startedMs) / 1000).toFixed(0)} s`,
  );
  if (rows > 60) throw new Error(`${rows} rows are in the page: it is not virtual`);
  // 160 px a frame at 60 Hz pass 2,700 rows in these 15 s.
  if (loaded < 2500) throw new Error(`only ${loaded} calls were loaded while scrolling`);
  if (scrolling.late > idle.late + 0.05 * scrolling.count)
    throw new Error(`${scrolling.late} frames late, ${idle.late} when idle`);
}
