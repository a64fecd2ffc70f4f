/** The dashboard in a real browser, in short: sign-in, every page once, nothing serious from axe. `bun run e2e` does the long way. */
import { afterAll, expect, test } from "bun:test";
import {
  CHROMIUM,
  contextOptions,
  hasChromium,
  openChromium,
  seriousFaults,
  signInWithKey,
  watch,
} from "../../src/testing/chromium.ts";
import { engines, openSuite } from "../../src/testing/suite.ts";

const [engine] = hasChromium() ? await engines() : [];
const PAGES = ["calls", "robocalls", "calendar", "insights", "developers/webhooks"];
const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

if (!hasChromium())
  console.warn(`the dashboard's browser test is skipped: no ${CHROMIUM} (Debian: apt-get install chromium)`);

test.skipIf(!hasChromium())(
  "sign in, look around, sign out; axe finds nothing serious",
  async () => {
    if (engine === undefined) throw new Error("no database");
    const suite = await openSuite(engine);
    await suite.call("POST", "/voice/v1/sample-data");
    const server = suite.app.listen({ hostname: "127.0.0.1", port: 0 }).server;
    closing.push(() => server?.stop(true));
    const base = `http://127.0.0.1:${server?.port}`;
    const browser = await openChromium();
    closing.push(() => browser.close());
    const page = await (await browser.newContext(contextOptions("light"))).newPage();
    // A slow machine is no fault of the page's.
    page.setDefaultTimeout(60_000);
    const complaints = watch(page);

    await page.goto(base);
    await page.getByLabel("API key").last().fill("sk_test_0000000000000000wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("This key does not exist or was revoked.").waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await signInWithKey(page, base, suite.testKey);
    expect(await seriousFaults(page)).toEqual([]);
    for (const path of PAGES) {
      await page.goto(`${base}/app/${path}`);
      await page.locator("#main h1").waitFor();
      await page.locator(".skeleton").first().waitFor({ state: "detached" });
    }
    expect(await seriousFaults(page)).toEqual([]);
    const policy = (await page.request.get(`${base}/app`)).headers()["content-security-policy"] ?? "";
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain("unsafe");
    await page.getByRole("button", { name: /Signed in with a key/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByLabel("API key").last().waitFor();
    expect(complaints).toEqual([]);
  },
  120_000,
);
