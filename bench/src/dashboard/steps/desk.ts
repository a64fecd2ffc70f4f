/** Somebody at the dashboard beside a running call: listens in, has her say something, tries to hand it over, takes it over with a message that ends it. */
import assert from "node:assert/strict";
import { contextOptions, openChromium, type Page, signInWithKey } from "@sk-voice/api/testing/chromium.ts";
import type { Scene } from "../e2e.ts";
import { usePatientMicrophone } from "./microphone.ts";

const ASIDE = "The doctor is five minutes late today.";
const FAREWELL = "A colleague will call you back within the hour.";

/** Pieces of sound that reach the page by the live WebSocket. */
function countSound(page: Page): () => number {
  let pieces = 0;
  page.on("websocket", (socket) => {
    socket.on("framereceived", ({ payload }) => {
      if (String(payload).startsWith('{"type":"audio"')) pieces++;
    });
  });
  return () => pieces;
}

async function saySomething(page: Page, text: string, thenHangUp: boolean): Promise<void> {
  await page.getByRole("button", { name: "Say something" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill(text);
  if (thenHangUp) await dialog.getByRole("switch").click();
  await dialog.getByRole("button", { name: "Say something" }).click();
  await dialog.waitFor({ state: "detached" });
}

export async function besideTheCall({ page, stage, say }: Scene): Promise<void> {
  const caller = await openChromium();
  const context = await caller.newContext(contextOptions("light"));
  await usePatientMicrophone(context);
  const phone = await context.newPage();
  try {
    const pieces = countSound(page);
    await page.goto(`${stage.base}/app/live`);
    await signInWithKey(phone, stage.base, stage.testKey);
    await phone.getByRole("button", { name: "Call her" }).first().click();
    await phone.getByRole("button", { name: "Start the call" }).click();
    await page.locator(".live-row").waitFor();
    const captions = page.locator(".live-captions .caption-agent");
    await captions.first().waitFor();
    await page.getByRole("button", { name: "Listen in" }).click();
    await saySomething(page, ASIDE, false);
    await captions.filter({ hasText: "five minutes late" }).waitFor();
    await page.getByRole("button", { name: "Stop listening" }).click();
    const heard = pieces();
    assert.ok(heard > 3, `only ${heard} pieces of sound reached the listener`);
    // No trunk is configured: she comes back to the caller and says so.
    const before = await captions.count();
    await page.getByRole("button", { name: "Transfer" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Number (E.164)").fill("+914440001234");
    await dialog.getByRole("button", { name: "Transfer" }).click();
    await dialog.waitFor({ state: "detached" });
    await captions.nth(before).waitFor();
    const told = await captions.nth(before).textContent();
    await saySomething(page, FAREWELL, true);
    // The row is gone with the call; the caller's own panel keeps what was said.
    await phone.locator(".caption-agent", { hasText: "call you back" }).waitFor();
    await phone.getByRole("link", { name: "Open the call" }).waitFor();
    await page.locator(".live-row").waitFor({ state: "detached" });
    say(`${heard} pieces of sound heard; after the transfer that nobody took: ${told}; taken over and ended`);
  } finally {
    await caller.close();
  }
}
