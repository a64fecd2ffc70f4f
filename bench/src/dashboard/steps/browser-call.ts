/** The caller in the browser: Chromium's microphone plays a WAV of spoken lines with pauses in which she has time to answer. */
import { join } from "node:path";
import { contextOptions, openChromium, signInWithKey } from "@sk-voice/api/testing/chromium.ts";
import { encodeWav } from "@sk-voice/media/wav.ts";
import { openEmbeddedTts } from "@sk-voice/models/io/embedded-tts.ts";
import type { Scene } from "../e2e.ts";

const RATE_HZ = 8000;
/** Everything she asks for is in the first line; what is left are her confirmations. */
const LINES: readonly [pauseSeconds: number, text: string][] = [
  [12, "I'd like to book an appointment for tomorrow at three pm."],
  [12, "My name is Priya Raghavan."],
  [10, "Nine eight four five zero, one two three four five."],
  [11, "Yes, please."],
  [11, "Yes, please."],
  [11, "No, thank you. Goodbye."],
];

async function speech(file: string): Promise<number> {
  const tts = openEmbeddedTts({ voice: "rms" });
  const pieces: Int16Array[] = [];
  for (const [pauseSeconds, text] of LINES) {
    pieces.push(new Int16Array(pauseSeconds * RATE_HZ));
    const spoken = tts.speak({ text, language: "en-IN", voice: "rms" }, new AbortController().signal);
    for await (const { samples } of spoken) pieces.push(samples);
  }
  await tts.close();
  const samples = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    samples.set(piece, at);
    at += piece.length;
  }
  await Bun.write(file, encodeWav(RATE_HZ, [samples]));
  return samples.length / RATE_HZ;
}

/** @returns the id of the call, which has ended */
export async function callFromBrowser({ stage, shotsFolder, say }: Scene): Promise<string> {
  const file = join(stage.folder, "microphone.wav");
  const seconds = await speech(file);
  const browser = await openChromium(file);
  const page = await (await browser.newContext(contextOptions("light"))).newPage();
  try {
    await signInWithKey(page, stage.base, stage.testKey);
    await page.getByRole("button", { name: "Call her" }).first().click();
    await page.getByRole("button", { name: "Start the call" }).click();
    const dial = page.getByRole("region", { name: "Call from this browser" });
    await dial.getByRole("button", { name: "Hang up" }).waitFor();
    await dial.locator(".caption-agent").first().waitFor();
    await dial.locator(".caption-caller").first().waitFor({ timeout: 100_000 });
    await dial.locator(".turn").first().waitFor({ timeout: 100_000 });
    await page.screenshot({ path: join(shotsFolder, "browser-call.png") });
    // She hangs up after the goodbye; if a line was not understood the caller does.
    const end = dial.getByRole("link", { name: "Open the call" });
    await end.waitFor({ timeout: seconds * 1000 }).catch(() => dial.getByRole("button", { name: "Hang up" }).click());
    await end.waitFor();
    const captions = await dial.locator(".caption").allInnerTexts();
    const turns = await dial.locator(".turn-ms").allInnerTexts();
    say(`captions: ${captions.map((text) => text.replace("\n", ": ")).join(" | ")}`);
    say(`her last replies took ${turns.join(", ")}`);
    return (await end.getAttribute("href"))?.split("/").at(-1) ?? "";
  } catch (error) {
    await page.screenshot({ path: join(shotsFolder, "failed-browser-call.png") });
    throw error;
  } finally {
    await browser.close();
  }
}
