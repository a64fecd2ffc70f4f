/**
 * `bun run sbom`: a bill of materials of everything installed, CycloneDX 1.6 JSON on standard output: name, version, licence, package URL. Licences are those the
 * packages state themselves; its test refuses one that is not permissive.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const STORE = join(import.meta.dir, "../node_modules/.bun");

export interface Component {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string | { readonly type?: string };
  readonly licenses?: readonly { readonly type?: string }[];
}

/** Every package of Bun's store, each version once. */
export function installed(store = STORE): Component[] {
  const found = new Map<string, Component>();
  for (const entry of readdirSync(store)) {
    const folder = join(store, entry, "node_modules");
    // "name@version" or "@scope+name@version", with a hash behind where peers differ.
    const name = entry.slice(0, entry.indexOf("@", 1)).replace("+", "/");
    const file = join(folder, name, "package.json");
    if (!existsSync(file)) continue;
    const manifest = JSON.parse(readFileSync(file, "utf8")) as Manifest;
    const version = manifest.version ?? "0.0.0";
    found.set(`${name}@${version}`, { name: manifest.name ?? name, version, licence: licenceOf(manifest) });
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name));
}

function licenceOf({ license, licenses }: Manifest): string {
  if (typeof license === "string") return license;
  return license?.type ?? licenses?.map(({ type }) => type).join(" OR ") ?? "UNKNOWN";
}

/** "SEE LICENSE IN LICENSE" is none of SPDX. */
const isExpression = (licence: string) =>
  /^\(?[A-Za-z0-9.-]+( OR [A-Za-z0-9.-]+)*\)?$/.test(licence) && licence !== "UNKNOWN";

export function bill(components: readonly Component[]): object {
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { type: "application", name: "sk-voice" } },
    components: components.map(({ name, version, licence }) => ({
      type: "library",
      name,
      version,
      purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
      licenses: [isExpression(licence) ? { expression: licence } : { license: { name: licence } }],
    })),
  };
}

if (import.meta.main) console.log(JSON.stringify(bill(installed()), null, 2));
