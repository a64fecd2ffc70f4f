/**
 * `bun run models add smart-turn --from FILE|URL --sha256 HEX`: puts a model into the data folder after its hash was checked. Nothing is
 * downloaded unless it is asked for here.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { modelPath, openSmartTurn, SMART_TURN } from "../smart-turn.ts";

const HELP = `bun run models add smart-turn --from FILE|URL --sha256 HEX    adds the end-of-turn model (ONNX, 8 s of log-mel)
bun run models remove smart-turn

The hash is the publisher's; a file that has another is refused. Models lie in SK_DATA_DIR/models.`;
/** Smart Turn is 8 MB; its unquantised sibling 32. */
const MAX_BYTES = 200_000_000;
const FETCH_MS = 120_000;

async function bytesOf(from: string): Promise<Uint8Array> {
  if (!/^https?:/.test(from)) return Bun.file(from).bytes();
  const response = await fetch(from, { signal: AbortSignal.timeout(FETCH_MS) });
  if (!response.ok) throw new Error(`${from} answers ${response.status}`);
  if (Number(response.headers.get("content-length") ?? 0) > MAX_BYTES) throw new Error(`${from} is too large`);
  return response.bytes();
}

/** @throws Error with what is wrong and what to do. */
export async function addModel(folder: string, from: string, sha256: string | undefined): Promise<string> {
  const bytes = await bytesOf(from);
  if (bytes.length > MAX_BYTES) throw new Error(`${from} is too large`);
  const found = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  if (sha256 === undefined)
    throw new Error(`${from} has sha256 ${found}: compare it with the publisher's and add --sha256 ${found}`);
  if (sha256.toLowerCase() !== found)
    throw new Error(`${from} has sha256 ${found}, not ${sha256}: it is not what you asked for`);
  mkdirSync(folder, { recursive: true });
  const path = modelPath(folder, SMART_TURN);
  const tried = `${path}.new`;
  writeFileSync(tried, bytes);
  const model = openSmartTurn({ path: tried, sha256: found });
  try {
    await model.warm();
  } catch (error) {
    rmSync(tried);
    throw error;
  } finally {
    await model.close();
  }
  writeFileSync(`${path}.json`, `${JSON.stringify({ sha256: found, from })}\n`);
  renameSync(tried, path);
  return path;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { from: { type: "string" }, sha256: { type: "string" }, help: { type: "boolean", default: false } },
  });
  const [verb, name] = positionals;
  const folder = join(process.env["SK_DATA_DIR"] || ".data", "models");
  if (verb === "add" && name === SMART_TURN && values.from !== undefined) {
    const path = await addModel(folder, values.from, values.sha256);
    console.log(`added ${path}; restart the engine to use it`);
  } else if (verb === "remove" && name === SMART_TURN) {
    const path = modelPath(folder, SMART_TURN);
    rmSync(path, { force: true });
    rmSync(`${path}.json`, { force: true });
    console.log("removed; restart the engine");
  } else {
    console.log(HELP);
    if (!values.help) process.exitCode = 1;
  }
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
