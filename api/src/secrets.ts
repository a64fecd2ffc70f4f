/** What the first start generates and later starts find again: the pepper, the key that seals secrets, and the two keys of a new installation. Mode 600. */
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { generateKey, isKey } from "./auth.ts";
import { type Config, ConfigError } from "./config.ts";

const key = z.string().refine(isKey);
/** `SK_DATA_DIR/keys.json`: the engine reads `engine_key`, a developer `test_key`. */
export const KeysFile = z.object({ engine_key: key, test_key: key });
export type KeysFile = z.infer<typeof KeysFile>;

export interface Secrets {
  pepper: string;
  sealKey: string;
  engineKey: string;
  testKey: string;
  /** Where the keys are for the engine and the developer to read. */
  keysFile: string;
}

/** Creates the file whole or not at all; of two processes at once the first wins and both read the same. */
function readOrCreate(file: string, create: () => string): string {
  if (!existsSync(file)) {
    const draft = `${file}.${process.pid}.tmp`;
    writeFileSync(draft, create(), { mode: 0o600 });
    chmodSync(draft, 0o600);
    try {
      linkSync(draft, file);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    } finally {
      rmSync(draft, { force: true });
    }
  }
  return readFileSync(file, "utf8");
}

function parseKeys(file: string, text: string): KeysFile {
  try {
    return KeysFile.parse(JSON.parse(text));
  } catch {
    throw new ConfigError(`${file} does not hold engine_key and test_key; remove it and start again to make new keys.`);
  }
}

/** @throws ConfigError when the data directory cannot be written */
export function loadSecrets(config: Config): Secrets {
  const keysFile = join(config.dataDirectory, "keys.json");
  try {
    mkdirSync(config.dataDirectory, { recursive: true, mode: 0o700 });
    const random = () => randomBytes(32).toString("base64url");
    const pepper = config.pepper ?? readOrCreate(join(config.dataDirectory, "pepper"), random);
    const sealKey = config.sealKey ?? readOrCreate(join(config.dataDirectory, "seal"), random);
    const fresh = () => JSON.stringify({ engine_key: generateKey(false), test_key: generateKey(false) }, null, 2);
    const fixed = config.engineKey !== undefined && config.testKey !== undefined;
    const keys = fixed ? undefined : parseKeys(keysFile, readOrCreate(keysFile, fresh));
    const engineKey = config.engineKey ?? keys?.engine_key ?? "";
    const testKey = config.testKey ?? keys?.test_key ?? "";
    return { pepper, sealKey, engineKey, testKey, keysFile };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "error";
    throw new ConfigError(
      `Cannot write to ${config.dataDirectory} (${code}); make it writable or set SK_DATA_DIR to another folder.`,
    );
  }
}
