/** The caller in the browser: talks with her through the page, and answers what the page's captions show her asking. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { contextOptions, openChromium, type Page, signInWithKey } from "@sk-voice/api/testing/chromium.ts";
import type { Scene } from "../e2e.ts";
import { openVoice, sayInto, usePatientMicrophone, type Voice } from "./microphone.ts";

/** Not at three: the phone's caller, a step before, has that. */
const WISH = "I'd like to book a consultation for tomorrow at four pm.";
/** What a caller says to what she asks; the first that fits. */
const ANSWERS: readonly [asked: RegExp, answer: string][] = [
  [/anything else|else can I/i, "No, thank you. Goodbye."],
  [/shall I book|is that right|correct|book it|works for you|does that work|shall I/i, "Yes, please."],
  [/\bname\b|who is (speaking|calling)/i, "My name is Priya Raghavan."],
  [/number|reach you/i, "Nine eight four five zero, one two three four five."],
  [/which service|what service/i, "A consultation, please."],
  [/what (day|time)|when would/i, "Tomorrow at four pm."],
];
const MAX_ANSWERS = 14;

async function begin(page: Page, base: string, key: string) {
  await signInWithKey(page, base, key);
  await page.getByRole("button", { name: "Call her" }).first().click();
  await page.getByRole("button", { name: "Start the call" }).click();
  const dial = page.getByRole("region", { name: "Call from this browser" });
  await dial.getByRole("button", { name: "Hang up" }).waitFor();
  await dial.locator(".caption-agent").first().waitFor();
  return dial;
}

type Dial = Awaited<ReturnType<typeof begin>>;

/** Her meter moves: a caption is there before she has said it to its end. */
const isSounding = async (dial: Dial) => {
  const style =
    (await dial
      .locator(".meter-her .meter-fill")
      .getAttribute("style")
      .catch(() => null)) ?? "";
  return Number(/scaleX\(([\d.e-]+)\)/.exec(style)?.[1] ?? 0) > 0.08;
};

const herCaptions = (dial: Dial) => dial.locator(".caption-agent:not(.caption-open)").allInnerTexts();

/** Her words since `from`, once she has asked something and was silent for a while. @returns undefined when the call ended */
async function nextQuestion(dial: Dial, from: number): Promise<{ text: string; count: number } | undefined> {
  const end = dial.getByRole("link", { name: "Open the call" });
  let quietMs = 0;
  let before = "";
  for (let waitedMs = 0; waitedMs < 45_000; waitedMs += 200) {
    if ((await end.count()) > 0) return undefined;
    const all = await herCaptions(dial);
    const text = all.slice(from).join(" ");
    quietMs = text === before && !(await isSounding(dial)) ? quietMs + 200 : 0;
    before = text;
    if (text !== "" && quietMs >= (text.includes("?") ? 1200 : 4000)) return { text, count: all.length };
    await Bun.sleep(200);
  }
  throw new Error(`she asked nothing for 45 s after: ${before}`);
}

async function converse(page: Page, dial: Dial, voice: Voice, afterTurn: () => Promise<void>): Promise<void> {
  let answer = WISH;
  let asked = await nextQuestion(dial, 0);
  for (let turn = 0; asked !== undefined && turn < MAX_ANSWERS; turn++) {
    const { text } = asked;
    // What fits nothing is a request to say it again.
    if (turn > 0) answer = ANSWERS.find(([pattern]) => pattern.test(text))?.[1] ?? answer;
    await sayInto(page, await voice.wav(answer));
    await afterTurn();
    asked = await nextQuestion(dial, asked.count);
  }
}

/** @returns the id of the call, which has ended */
export async function callFromBrowser({ stage, shotsFolder, say }: Scene): Promise<string> {
  const browser = await openChromium();
  const voice = openVoice();
  const context = await browser.newContext(contextOptions("light"));
  await usePatientMicrophone(context);
  const page = await context.newPage();
  try {
    const dial = await begin(page, stage.base, stage.testKey);
    let isShown = false;
    await converse(page, dial, voice, async () => {
      if (isShown || (await dial.locator(".turn").count()) === 0) return;
      isShown = true;
      await dial.locator(".caption-caller").first().waitFor();
      await page.screenshot({ path: join(shotsFolder, "browser-call.png") });
    });
    assert.ok(isShown, "no reply of hers was measured while the call ran");
    // She hangs up after the goodbye; if a line was not understood the caller does.
    const end = dial.getByRole("link", { name: "Open the call" });
    await end.waitFor({ timeout: 15_000 }).catch(() => dial.getByRole("button", { name: "Hang up" }).click());
    await end.waitFor();
    const captions = await dial.locator(".caption").allInnerTexts();
    const turns = await dial.locator(".turn-ms").allInnerTexts();
    say(captions.map((text) => text.replace("\n", ": ")).join("\n      "));
    say(`her last replies took ${turns.join(", ")}`);
    return (await end.getAttribute("href"))?.split("/").at(-1) ?? "";
  } catch (error) {
    await page.screenshot({ path: join(shotsFolder, "failed-browser-call.png") });
    throw error;
  } finally {
    await voice.close();
    await browser.close();
  }
}

/** The browser's own device, fed from a file by Chromium: one line arrives and is understood. */
export async function throughDevice({ stage, shotsFolder, say }: Scene): Promise<void> {
  const voice = openVoice();
  const file = join(stage.folder, "microphone.wav");
  // Long enough that she has greeted; the file starts when the device is opened.
  const line = await voice.wav("What are your opening hours?");
  await voice.close();
  await Bun.write(file, silenceBefore(line, 12));
  const browser = await openChromium(file);
  const page = await (await browser.newContext(contextOptions("light"))).newPage();
  try {
    const dial = await begin(page, stage.base, stage.testKey);
    await dial.locator(".caption-caller", { hasText: /hours|open/i }).waitFor({ timeout: 60_000 });
    await dial.locator(".turn").first().waitFor({ timeout: 60_000 });
    const captions = await dial.locator(".caption-caller").allInnerTexts();
    await dial.getByRole("button", { name: "Hang up" }).click();
    assert.ok(captions.length > 0);
    say(`through Chromium's device: ${captions.map((text) => text.replace("\n", ": ")).join(" | ")}`);
  } catch (error) {
    await page.screenshot({ path: join(shotsFolder, "failed-device.png") });
    throw error;
  } finally {
    await browser.close();
  }
}

/** A WAV file of 16-bit mono at 8 kHz with silence before its sound. */
function silenceBefore(wav: Uint8Array, seconds: number): Uint8Array {
  const silence = seconds * 8000 * 2;
  const out = new Uint8Array(wav.length + silence);
  out.set(wav.subarray(0, 44));
  out.set(wav.subarray(44), 44 + silence);
  const view = new DataView(out.buffer);
  view.setUint32(4, out.length - 8, true);
  view.setUint32(40, out.length - 44, true);
  return out;
}
