/** The engine's key: given, or written by an api on the same machine at its first start. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const Keys = z.object({ engine_key: z.string().min(1) });
const POLL_MS = 200;

/** Waits up to `timeoutMs` for the api to write it. @throws Error saying what to set. */
export async function findEngineKey(given: string, dataDir: string, timeoutMs: number): Promise<string> {
  if (given !== "") return given;
  const path = join(dataDir, "keys.json");
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    if (existsSync(path)) {
      const keys = Keys.safeParse(JSON.parse(readFileSync(path, "utf8")));
      if (keys.success) return keys.data.engine_key;
    }
    if (waitedMs >= timeoutMs) break;
    await Bun.sleep(POLL_MS);
  }
  throw new Error(
    `no engine key: start the api first (it writes ${path}) or set SK_ENGINE_KEY to a key with the engine scope`,
  );
}
