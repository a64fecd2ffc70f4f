/** First load: bytes over the wire, and when it can be used. */
import { contextOptions } from "@sk-voice/api/testing/chromium.ts";
import type { Scene } from "../e2e.ts";

const MAX_BYTES = 250_000;
const MAX_INTERACTIVE_MS = 1500;

export async function budgets({ stage, browser, say }: Scene): Promise<void> {
  const times: number[] = [];
  let bytes = 0;
  for (let run = 0; run < 5; run++) {
    const context = await browser.newContext(contextOptions("light"));
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send("Network.enable");
    bytes = 0;
    session.on("Network.loadingFinished", ({ encodedDataLength }) => {
      bytes += encodedDataLength;
    });
    await page.goto(stage.base, { waitUntil: "commit" });
    // Interactive: the form is there, its script runs, and a key press arrives.
    await page.getByLabel("API key").last().fill("x");
    times.push(Math.round(Number(await page.evaluate("performance.now()"))));
    await page.waitForLoadState("networkidle");
    await context.close();
  }
  times.sort((a, b) => a - b);
  const median = times[2] ?? 0;
  say(
    `first load ${(bytes / 1000).toFixed(0)} kB over the wire (budget ${MAX_BYTES / 1000}); interactive after ${times.join(", ")} ms (median ${median}, budget ${MAX_INTERACTIVE_MS})`,
  );
  if (bytes > MAX_BYTES) throw new Error(`first load is ${bytes} bytes`);
  if (median > MAX_INTERACTIVE_MS) throw new Error(`interactive after ${median} ms`);
}
