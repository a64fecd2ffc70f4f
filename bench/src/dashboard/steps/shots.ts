/** Every page in light, dark and on a phone: a picture, and nothing serious from axe. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { contextOptions, seriousFaults, signInWithKey, watch } from "@sk-voice/api/testing/chromium.ts";
import type { Scene } from "../e2e.ts";

interface Listed {
  data: { id: string }[];
}

async function addresses({ stage }: Scene): Promise<[string, string][]> {
  const first = async (path: string) => (await stage.api<Listed>("GET", path)).data[0]?.id ?? "";
  const call = await first("/voice/v1/calls?outcome=booked&limit=1");
  return [
    ["home", ""],
    ["live", "live"],
    ["calls", "calls"],
    ["call", `calls/${call}`],
    ["robocalls", "robocalls"],
    ["knowledge", "knowledge"],
    ["calendar", "calendar"],
    ["tickets", "tickets"],
    ["ticket", `tickets/${await first("/tickets/v1/tickets?limit=1")}`],
    ["contacts", "contacts"],
    ["contact", `contacts/${await first("/crm/v1/contacts?limit=1")}`],
    ["insights", "insights"],
    ["webhooks", "developers/webhooks"],
    ["deliveries", "developers/deliveries"],
    ["events", "developers/events"],
    ["keys", "developers/keys"],
    ["settings", "settings/voice"],
    ["hours", "settings/hours"],
    ["services", "settings/services"],
    ["escalation", "settings/escalation"],
    ["numbers", "settings/numbers"],
    ["team", "settings/team"],
  ];
}

export async function shots(scene: Scene): Promise<void> {
  const { stage, browser, shotsFolder, say } = scene;
  mkdirSync(shotsFolder, { recursive: true });
  const faults: string[] = [];
  const pages = await addresses(scene);
  for (const look of ["light", "dark", "phone"] as const) {
    const context = await browser.newContext(contextOptions(look));
    const page = await context.newPage();
    const complaints = watch(page);
    await page.goto(stage.base);
    await page.locator(".signin-box").waitFor();
    await page.screenshot({ path: join(shotsFolder, `signin-${look}.png`) });
    faults.push(...(await seriousFaults(page)).map((fault) => `signin ${look}: ${fault}`));
    await signInWithKey(page, stage.base, stage.testKey);
    for (const [name, path] of pages) {
      await page.goto(`${stage.base}/app/${path}`);
      await page.locator("#main h1").waitFor();
      await page.locator(".skeleton").first().waitFor({ state: "detached" });
      await page.waitForTimeout(300);
      await page.screenshot({ path: join(shotsFolder, `${name}-${look}.png`) });
      faults.push(...(await seriousFaults(page)).map((fault) => `${name} ${look}: ${fault}`));
      const wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
      if (Number(wide) > 0) faults.push(`${name} ${look}: the page is ${wide} px wider than the screen`);
    }
    faults.push(...complaints.map((one) => `${look}: ${one}`));
    await context.close();
  }
  say(`${pages.length + 1} pages in light, dark and on a phone`);
  if (faults.length > 0) throw new Error(faults.join("\n"));
}
