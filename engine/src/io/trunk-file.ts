import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { localTrunk, SignallingConfig } from "../sip/trunk-config.ts";
import type { TlsSettings } from "./tls.ts";

/** Trunks and TLS as they are used, files read. */
export interface SignallingSettings {
  readonly trunks: SignallingConfig["trunks"];
  readonly tls: (TlsSettings & { readonly port: number }) | undefined;
  /** Roots as PEM. `undefined`: Identity headers are not checked. */
  readonly stir: { readonly roots: string; readonly allowedHosts: readonly string[] } | undefined;
}

/**
 * Reads the file that `SK_TRUNKS` names; without one, the local trunk.
 * @throws Error with one line for each fault, naming file and field.
 */
export function readSignalling(
  file: string,
  maxCalls: number,
  env: Record<string, string | undefined>,
): SignallingSettings {
  if (file === "") return { trunks: [localTrunk(maxCalls)], tls: undefined, stir: undefined };
  const parsed = SignallingConfig.safeParse(withEnvironment(readYaml(file), file, env));
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join(".") || "the file"}: ${issue.message}`);
    throw new Error(`the trunks in ${file} are wrong:\n${lines.join("\n")}`);
  }
  const { trunks, tls } = parsed.data;
  const read = (path: string) => readText(resolve(dirname(file), path));
  const stir = parsed.data.stir && { ...parsed.data.stir, roots: read(parsed.data.stir.roots) };
  const needsTls = trunks.some(({ outbound, register }) =>
    [outbound?.proxy, register?.registrar, register?.via].some((uri) => uri !== undefined && isSecure(uri)),
  );
  if (tls === undefined) return { trunks, stir, tls: needsTls ? { port: -1, verifyServers: true } : undefined };
  return {
    trunks,
    stir,
    tls: {
      port: tls.port,
      certificate: read(tls.certificate),
      key: read(tls.key),
      ...(tls.authorities === undefined ? {} : { authorities: read(tls.authorities) }),
      verifyPeer: tls.verifyClients,
      verifyServers: tls.verifyServers,
    },
  };
}

function isSecure(uri: string): boolean {
  return /^sips:|;transport=tls\b/i.test(uri);
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new Error(`${file} cannot be read: check SK_TRUNKS and the paths in that file.`);
  }
}

function readYaml(file: string): unknown {
  const text = readText(file);
  try {
    return Bun.YAML.parse(text);
  } catch (error) {
    throw new Error(`${file} is no YAML: ${error instanceof Error ? error.message : error}`);
  }
}

/** Passwords stay out of the file: `env:NAME`. */
function withEnvironment(value: unknown, file: string, env: Record<string, string | undefined>): unknown {
  if (Array.isArray(value)) return value.map((item) => withEnvironment(item, file, env));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withEnvironment(item, file, env)]));
  }
  if (typeof value !== "string" || !value.startsWith("env:")) return value;
  const name = value.slice(4);
  const found = env[name];
  if (found === undefined || found === "") throw new Error(`${file} asks for the variable ${name}, which is not set.`);
  return found;
}
