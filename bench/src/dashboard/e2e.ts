/**
 * `bun run e2e`: the dashboard against the real stack, in Chromium. Prints each step and each measured figure; screenshots of every page go to
 * `.data/screenshots`. `bun run e2e shots budgets` runs only these steps.
 */
import { join } from "node:path";
import {
  type Browser,
  CHROMIUM,
  contextOptions,
  hasChromium,
  openChromium,
  type Page,
  signInWithKey,
  watch,
} from "@sk-voice/api/testing/chromium.ts";
import { openStage, type Stage } from "./stage.ts";
import { budgets } from "./steps/budgets.ts";
import { browserCall, phoneCall } from "./steps/calls.ts";
import { besideTheCall } from "./steps/desk.ts";
import { hundredLiveCalls, longList } from "./steps/load.ts";
import { firstRun, knowledge, robocall, signInRefused, voicePreview, webhook } from "./steps/owner.ts";
import { shots } from "./steps/shots.ts";

export interface Scene {
  stage: Stage;
  browser: Browser;
  page: Page;
  shotsFolder: string;
  say(text: string): void;
}

type Step = (scene: Scene) => Promise<void>;
const STEPS: Record<string, Step> = {
  budgets,
  "first-run": firstRun,
  webhook,
  knowledge,
  robocall,
  phone: phoneCall,
  browser: browserCall,
  desk: besideTheCall,
  voice: voicePreview,
  shots,
  live: hundredLiveCalls,
  list: longList,
  refused: signInRefused,
};

const shotsFolder = join(import.meta.dir, "../../../.data/screenshots");

async function main(): Promise<number> {
  if (!hasChromium()) {
    console.log(`skipped: no ${CHROMIUM} (Debian: apt-get install chromium)`);
    return 0;
  }
  const wanted = process.argv.slice(2);
  const stage = await openStage();
  const browser = await openChromium();
  let failed = 0;
  try {
    const page = await (await browser.newContext(contextOptions("light"))).newPage();
    page.setDefaultTimeout(30_000);
    const complaints = watch(page);
    await signInWithKey(page, stage.base, stage.testKey);
    for (const [name, step] of Object.entries(STEPS)) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      const startedMs = performance.now();
      try {
        await step({ stage, browser, page, shotsFolder, say: (text) => console.log(`      ${text}`) });
        if (complaints.length > 0) throw new Error(`the page complained: ${complaints.splice(0).join("\n")}`);
        console.log(`ok    ${name} (${((performance.now() - startedMs) / 1000).toFixed(1)} s)`);
      } catch (error) {
        failed++;
        console.log(`FAIL  ${name}: ${error instanceof Error ? error.message : error}`);
        await page.screenshot({ path: join(shotsFolder, `failed-${name}.png`) }).catch(() => undefined);
      }
    }
  } finally {
    await browser.close();
    await stage.stop();
  }
  console.log(failed === 0 ? `screenshots: ${shotsFolder}` : `${failed} steps failed; pictures in ${shotsFolder}`);
  return failed;
}

process.exit((await main()) === 0 ? 0 : 1);
