/** Debian's Chromium, driven by playwright-core; the microphone is a WAV file. */
import { existsSync } from "node:fs";
import AxeBuilderSource from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

export const CHROMIUM = process.env["SK_CHROMIUM"] ?? "/usr/bin/chromium";
export const hasChromium = (): boolean => existsSync(CHROMIUM);

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-fake-ui-for-media-stream",
  "--use-fake-device-for-media-stream",
];

/** @param microphone a WAV file; without one the browser beeps */
export function openChromium(microphone?: string): Promise<Browser> {
  const speech = microphone === undefined ? [] : [`--use-file-for-fake-audio-capture=${microphone}%noloop`];
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: [...FLAGS, ...speech] });
}

/** What a page complained about; a 401 before sign-in is expected. */
export function watch(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !/40[139]|422|429/.test(message.text())) complaints.push(message.text());
  });
  return complaints;
}

export async function signInWithKey(page: Page, base: string, key: string): Promise<void> {
  await page.goto(base);
  await page.getByLabel("API key").last().fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator("#main h1").waitFor();
}

interface Violation {
  id: string;
  impact: string | null;
  nodes: { html: string; failureSummary?: string }[];
}

/** What axe calls serious or worse; empty is what we want. The policy of the page forbids injected script tags, so it is evaluated. */
export async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(AxeBuilderSource.source);
  const violations = (await page.evaluate(
    "axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations)",
  )) as Violation[];
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes
        .slice(0, 3)
        .map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary?.slice(0, 240) ?? ""}`),
    );
}

export function contextOptions(look: "light" | "dark" | "phone"): Parameters<Browser["newContext"]>[0] {
  return {
    viewport: look === "phone" ? { width: 390, height: 844 } : { width: 1280, height: 820 },
    colorScheme: look === "dark" ? "dark" : "light",
    locale: "en-IN",
    permissions: ["microphone", "clipboard-write"],
  };
}

export type { Browser, BrowserContext, Page };
