/** A call that ends in a booking, seen while it runs and afterwards: from a phone over SIP, and from the browser's microphone. */

import assert from "node:assert/strict";
import { join } from "node:path";
import type { Call } from "@sk-voice/api/contract/calls.ts";
import type { LiveSnapshot } from "@sk-voice/api/contract/live.ts";
import type { Page } from "@sk-voice/api/testing/chromium.ts";
import type { Scene } from "../e2e.ts";

const ROOT = join(import.meta.dir, "../../../..");

/** The call's page: waveform, transcript, reply times, events with their state, and what came of it. */
async function afterwards({ page, stage, say }: Scene, callId: string): Promise<void> {
  await page.goto(`${stage.base}/app/calls/${callId}`);
  await page.getByRole("img", { name: /Loudness/ }).waitFor();
  assert.ok((await page.locator(".said").count()) > 4);
  assert.ok((await page.locator(".turn").count()) > 1);
  // She asked the calendar, and booked.
  await page.locator(".tool", { hasText: "book" }).first().waitFor();
  await page.getByText("call.completed").waitFor();
  const events = await page.locator(".event-line").allInnerTexts();
  assert.equal(
    events.some((text) => text.includes("appointment.booked")),
    true,
  );
  await page.getByRole("link", { name: "Appointment" }).waitFor();
  await hearWord(page);
  const call = await stage.api<Call>("GET", `/voice/v1/calls/${callId}`);
  say(`${call.outcome}: ${call.summary} ${events.length} events, reply p50 ${call.response_p50_ms} ms`);
  assert.equal(call.outcome, "booked");
}

/** Click a word of hers, hear it: the recording plays from where the ledger says it began. */
async function hearWord(page: Page): Promise<void> {
  await page.locator(".said-agent .word").nth(12).click();
  const slider = page.getByRole("slider", { name: "Position in the recording" });
  const position = Number(await slider.inputValue());
  await page.getByRole("button", { name: "Pause" }).waitFor();
  assert.ok(position > 0);
  // The page's policy forbids evaluated conditions.
  for (let waited = 0; Number(await slider.inputValue()) <= position; waited += 50) {
    assert.ok(waited < 5000, "the recording does not play on");
    await Bun.sleep(50);
  }
  await page.getByRole("button", { name: "Pause" }).click();
}

/** Polls the live list as a program would. */
async function firstLive({ stage }: Scene): Promise<string> {
  for (let waited = 0; waited < 60_000; waited += 200) {
    const { calls } = await stage.api<LiveSnapshot>("GET", "/voice/v1/live/calls");
    const [call] = calls;
    if (call !== undefined) return call.id;
    await Bun.sleep(200);
  }
  throw new Error("no call became live within 60 s");
}

async function completed({ stage }: Scene, callId: string): Promise<void> {
  for (let waited = 0; waited < 120_000; waited += 500) {
    const call = await stage.api<Call>("GET", `/voice/v1/calls/${callId}`).catch(() => undefined);
    if (call?.status === "completed") return;
    await Bun.sleep(500);
  }
  throw new Error("the call was not completed within 2 minutes");
}

const captionsOf = async (page: Page) => page.locator(".caption").allInnerTexts();

export async function phoneCall(scene: Scene): Promise<void> {
  const { page, stage, say, shotsFolder } = scene;
  stage.hook.status = 200;
  await page.goto(`${stage.base}/app/live`);
  const env = {
    ...process.env,
    SK_DATA_DIR: stage.folder,
    SK_SIP_PORT: String(stage.sipPort),
    PORT: new URL(stage.base).port,
    SK_API_URL: stage.base,
  };
  const caller = Bun.spawn(
    [process.execPath, join(ROOT, "bench/src/call.ts"), "--out", join(stage.folder, "caller.wav")],
    {
      env: { ...env, SK_TEST_KEY: stage.testKey },
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  const output = Promise.all([new Response(caller.stdout).text(), new Response(caller.stderr).text()]);
  const callId = await firstLive(scene);
  await page.locator(".live-row").waitFor();
  await page.locator(".caption-caller").first().waitFor({ timeout: 60_000 });
  await page.screenshot({ path: join(shotsFolder, "live-call.png") });
  const seen = await captionsOf(page);
  await caller.exited;
  const [out] = await output;
  await completed(scene, callId);
  say(
    `seen live: ${seen.length} captions so far; the caller's side:\n${out
      .split("\n")
      .filter((line) => /^ {2}(she|caller) /.test(line))
      .join("\n")}`,
  );
  await afterwards(scene, callId);
}

export async function browserCall(scene: Scene): Promise<void> {
  const { stage, say } = scene;
  const { engines } = await stage.api<LiveSnapshot>("GET", "/voice/v1/live/calls");
  if (!engines.some((engine) => engine.takes_streams)) {
    say("skipped: the engine takes no calls from browsers");
    return;
  }
  const { callFromBrowser, throughDevice } = await import("./browser-call.ts");
  const callId = await callFromBrowser(scene);
  await completed(scene, callId);
  await afterwards(scene, callId);
  await throughDevice(scene);
}
