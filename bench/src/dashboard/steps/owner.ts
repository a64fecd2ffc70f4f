/** What an owner does: first steps, people, webhooks, knowledge, robocalls; and who is not let in. */

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CallQuarantinedReport } from "@sk-voice/api/contract/engine.ts";
import { newId } from "@sk-voice/api/ids.ts";
import { contextOptions } from "@sk-voice/api/testing/chromium.ts";
import { stereoWav } from "@sk-voice/api/testing/fixtures.ts";
import type { Scene } from "../e2e.ts";

export async function firstRun({ page, stage, browser, say }: Scene): Promise<void> {
  await page.goto(`${stage.base}/app`);
  await page.getByRole("heading", { name: "First steps" }).waitFor();
  await page.getByRole("button", { name: "Add sample data" }).click();
  await page.getByText(/You are looking at sample data: \d+ calls/).waitFor();
  await page.getByRole("link", { name: "Add people" }).click();
  await page.getByRole("button", { name: "Add somebody" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).first().fill("Asha Rao");
  await dialog.getByLabel("Name", { exact: true }).last().fill("asha");
  await dialog.getByLabel("Password").fill("a long password");
  await dialog.getByRole("button", { name: "Add somebody" }).click();
  await page.getByText("Asha Rao").first().waitFor();
  const other = await (await browser.newContext(contextOptions("light"))).newPage();
  await other.goto(stage.base);
  await other.getByRole("tab", { name: "Password" }).click();
  await other.locator("input[autocomplete=username]").fill("asha");
  await other.locator("input[type=password]").fill("a long password");
  await other.getByRole("button", { name: "Sign in" }).click();
  await other.getByText("Asha Rao").waitFor();
  await other.context().close();
  say("sample data added, the owner has a password and signed in with it");
}

export async function webhook({ page, stage, say }: Scene): Promise<void> {
  stage.hook.status = 410;
  await page.goto(`${stage.base}/app/developers/webhooks`);
  await page.getByRole("button", { name: "Add endpoint" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("URL").fill(stage.hook.url);
  await dialog.getByRole("button", { name: "Add endpoint" }).click();
  await dialog.getByText(/^whsec_/).waitFor();
  await dialog.getByRole("button", { name: "I have kept it" }).click();
  await page.getByRole("button", { name: "Test-fire" }).click();
  await page.getByText("the endpoint answered 410 Gone").waitFor();
  stage.hook.status = 200;
  await page.getByRole("button", { name: /^More for/ }).click();
  await page.getByRole("menuitem", { name: "Enable" }).click();
  await page.getByText("Healthy").waitFor();
  await page.getByRole("link", { name: "Deliveries" }).click();
  await page.getByRole("button", { name: /ping/ }).first().click();
  const panel = page.getByRole("dialog");
  await panel.getByText("Dead letter").waitFor();
  await panel.getByText(/webhook-signature: v1,/).waitFor();
  const before = stage.hook.received.length;
  await panel.getByRole("button", { name: "Replay" }).click();
  await panel.getByText(/Delivered/).waitFor();
  assert.equal(stage.hook.received.length, before + 1);
  const [first, last] = [stage.hook.received.at(0), stage.hook.received.at(-1)];
  assert.deepEqual(last?.body, first?.body ?? { id: "", type: "" });
  await page.keyboard.press("Escape");
  say(`410 disabled the endpoint; enabled again, the dead letter was replayed: ${last?.body.id}`);
}

export async function knowledge({ page, stage, say }: Scene): Promise<void> {
  await page.goto(`${stage.base}/app/knowledge`);
  await page.getByRole("button", { name: "Add", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("How callers ask").fill("Do you sell toothbrushes?");
  await dialog.getByLabel("What she answers").fill("Yes, electric ones for two thousand rupees.");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByText("What she knows (version 2)").waitFor();
  await page.getByLabel("A caller's question").fill("where can I buy a toothbrush");
  await page.getByRole("button", { name: "Ask" }).click();
  await page.locator(".hit-best", { hasText: "electric ones" }).waitFor();
  await page.getByRole("button", { name: "Changes" }).first().click();
  await page.getByRole("dialog").getByText("Do you sell toothbrushes?").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Restore" }).last().click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Restore" }).click();
  await page.getByText("What she knows (version 3)").waitFor();
  const { knowledge: entries } = await stage.api<{ knowledge: { answer: string }[] }>("GET", "/voice/v1/agent");
  assert.equal(
    entries.some(({ answer }) => answer.includes("electric")),
    false,
  );
  say("answer added, found by a question, version 1 restored as version 3");
}

export async function voicePreview({ page, stage, say }: Scene): Promise<void> {
  await page.goto(`${stage.base}/app/settings/voice`);
  const made = page.waitForResponse((response) => response.url().includes("/voice-preview"));
  await page.getByRole("button", { name: "Hear the greeting" }).click();
  const response = await made;
  assert.equal(response.status(), 200);
  // Asked for again: what was played is not kept by the browser.
  const bytes = (await (await page.request.get(response.url())).body()).length;
  assert.ok(bytes > 8000, `the preview has ${bytes} bytes`);
  say(`the greeting was heard in Settings: ${(bytes / 8000).toFixed(1)} s of sound`);
}

export async function robocall({ page, stage, say }: Scene): Promise<void> {
  const callId = newId("call", Date.now());
  mkdirSync(join(stage.recordings, "e2e"), { recursive: true });
  writeFileSync(join(stage.recordings, "e2e/robo.wav"), stereoWav(96_000));
  const at = (ms: number) => new Date(Date.now() - ms).toISOString();
  const report: CallQuarantinedReport = {
    type: "call.quarantined",
    call_id: callId,
    engine_id: "engine-1",
    started_at: at(12_000),
    ended_at: at(0),
    duration_ms: 12_000,
    from: "+911400012345",
    from_display: null,
    to: "+914440001234",
    transport: "sip",
    verdict_score: 0.97,
    verdict_at_ms: 7400,
    evidence: { timing: 0.9, interaction: 0.95 },
    signals: ["spoke on when she interrupted"],
    transcript: [{ speaker: "caller", text: "You are pre-approved for a loan.", start_ms: 0, end_ms: 4000 }],
    recording: {
      recording_id: newId("recording", Date.now()),
      path: "e2e/robo.wav",
      duration_ms: 12_000,
      bytes: 384_044,
    },
  };
  await stage.api("POST", "/voice/v1/engine/reports", report, stage.engineKey);
  await page.goto(`${stage.base}/app/robocalls`);
  const line = page.locator(".stopped", { hasText: "+911400012345" });
  await line.getByRole("button").first().click();
  await line.getByText("You are pre-approved for a loan.").waitFor();
  await line.getByRole("button", { name: "Play" }).waitFor();
  const before = stage.hook.received.length;
  await line.getByRole("button", { name: "Release" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Release" }).click();
  await page.getByText(/1 released/).waitFor();
  const { data } = await stage.api<{ data: { type: string }[] }>("GET", `/voice/v1/calls/${callId}/events`);
  assert.deepEqual(
    data.map(({ type }) => type),
    ["call.started", "call.completed"],
  );
  say(`released; ${data.length} events fired, ${stage.hook.received.length - before} reached the endpoint so far`);
}

/** Last: it uses up the tries of this address. */
export async function signInRefused({ stage, browser, say }: Scene): Promise<void> {
  const context = await browser.newContext(contextOptions("light"));
  const page = await context.newPage();
  await page.goto(stage.base);
  await page.getByRole("tab", { name: "Password" }).click();
  await page.locator("input[autocomplete=username]").fill("owner");
  for (let tries = 1; tries <= 8; tries++) {
    await page.locator("input[type=password]").fill(`guess number ${tries}`);
    await page.getByRole("button", { name: "Sign in" }).click();
    const refusal = page.locator(".field-error");
    await refusal.waitFor();
    await page.waitForLoadState("networkidle");
    const text = await refusal.textContent();
    if (text?.includes("Too many tries") === true) {
      say(`refused ${tries - 1} times, then: ${text}`);
      return context.close();
    }
    assert.equal(text, "This name and password do not fit together.");
  }
  throw new Error("eight wrong passwords in a row were all tried");
}
