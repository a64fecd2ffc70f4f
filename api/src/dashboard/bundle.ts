/**
 * The dashboard's files, built by Bun when somebody first asks for them and kept in memory with their compressed forms: no build step, nothing
 * on disk that could be stale. Names carry a hash of the content, so browsers keep them for ever.
 */
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const SOURCE = join(import.meta.dir, "app");
export const ASSETS = "/assets/";

export interface Asset {
  type: string;
  plain: Uint8Array<ArrayBuffer>;
  /** undefined for what is compressed already. */
  br: Uint8Array<ArrayBuffer> | undefined;
  gzip: Uint8Array<ArrayBuffer> | undefined;
}

export interface Bundle {
  assets: ReadonlyMap<string, Asset>;
  /** The page that every address of the dashboard answers with. */
  shell: string;
  font: string;
}

const TYPES: Record<string, string> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  woff2: "font/woff2",
  svg: "image/svg+xml",
};

const brotli = promisify(brotliCompress);
const zip = promisify(gzip);
const bytes = (buffer: Uint8Array) => new Uint8Array(buffer);

async function toAsset(path: string, plain: Uint8Array<ArrayBuffer>): Promise<Asset> {
  const type = TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream";
  if (type === TYPES["woff2"]) return { type, plain, br: undefined, gzip: undefined };
  // Quality 9 is within 3 % of 11 and ten times as fast.
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
  const [br, zipped] = await Promise.all([brotli(plain, { params }), zip(plain)]);
  return { type, plain, br: bytes(br), gzip: bytes(zipped) };
}

function shellOf(script: string, styles: string, worklet: string, chunks: string[]): string {
  const preload = chunks.map((path) => `<link rel="modulepreload" href="${path}">`).join("\n");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<meta name="sk-worklet" content="${worklet}">
<title>SK Voice</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='9' fill='%230f6e63'/%3E%3Cpath d='M9 13v6M14 9v14M19 12v8M24 14v4' stroke='white' stroke-width='2.6' stroke-linecap='round'/%3E%3C/svg%3E">
<link rel="stylesheet" href="${styles}">
${preload}
<script type="module" src="${script}"></script>
</head>
<body><div id="app"></div><noscript>The dashboard needs JavaScript. The same data is at /voice/v1, see /openapi.</noscript></body>
</html>`;
}

/** Chunks that a file imports at once, not on demand. */
function staticImports(code: string): string[] {
  return [...code.matchAll(/(?:^|[;}\s])(?:import|export)[^"'();]*["']\.\/([\w.-]+\.js)["']/g)].flatMap(
    (m) => m[1] ?? [],
  );
}

function closure(entry: string, code: ReadonlyMap<string, string>): string[] {
  const seen = new Set<string>();
  const visit = (name: string) => {
    for (const next of staticImports(code.get(name) ?? "")) {
      if (seen.has(next)) continue;
      seen.add(next);
      visit(next);
    }
  };
  visit(entry);
  return [...seen];
}

const FONT = "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2";

/** Reads the font under a name with a hash, like everything else. */
async function readFont(): Promise<{ name: string; plain: Uint8Array<ArrayBuffer> }> {
  const plain = new Uint8Array(await Bun.file(Bun.resolveSync(FONT, SOURCE)).arrayBuffer());
  return { name: `inter-${Bun.hash(plain).toString(36)}.woff2`, plain };
}

function withFont(styles: Uint8Array, name: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(new TextDecoder().decode(styles).replaceAll(FONT, ASSETS + name));
}

async function build(): Promise<Bundle> {
  const result = await Bun.build({
    entrypoints: [join(SOURCE, "main.tsx"), join(SOURCE, "dial/capture.worklet.ts")],
    target: "browser",
    minify: true,
    splitting: true,
    publicPath: ASSETS,
    naming: { entry: "[name]-[hash].[ext]", chunk: "[name]-[hash].[ext]", asset: "[name]-[hash].[ext]" },
    // Bun would put the font into the style sheet as a data address, which the page's policy forbids; `withFont` sets its own address.
    external: ["*.woff2"],
    define: { "process.env.NODE_ENV": '"production"' },
  });
  const entry = (source: string) => {
    const found = result.outputs.find(({ kind, path }) => kind === "entry-point" && path.includes(`${source}-`));
    return (found?.path ?? "").replace(/^.*\//, "");
  };
  const font = await readFont();
  const assets = new Map<string, Asset>([[ASSETS + font.name, await toAsset(font.name, font.plain)]]);
  const code = new Map<string, string>();
  await Promise.all(
    result.outputs.map(async (output) => {
      const name = output.path.replace(/^.*\//, "");
      const bytes = new Uint8Array(await output.arrayBuffer());
      const plain = name.endsWith(".css") ? withFont(bytes, font.name) : bytes;
      assets.set(ASSETS + name, await toAsset(name, plain));
      if (name.endsWith(".js")) code.set(name, new TextDecoder().decode(plain));
    }),
  );
  const styles = [...assets.keys()].find((path) => path.endsWith(".css"));
  if (styles === undefined) throw new Error("bug: the dashboard's bundle has no style sheet");
  const [script, worklet] = [entry("main"), entry("worklet")];
  const chunks = closure(script, code).map((name) => ASSETS + name);
  const shell = shellOf(ASSETS + script, styles, ASSETS + worklet, chunks);
  return { assets, shell, font: ASSETS + font.name };
}

let made: Promise<Bundle> | undefined;

/** Builds once a process; a build that fails is tried again by the next request. */
export function bundle(): Promise<Bundle> {
  made ??= build().catch((error: unknown) => {
    made = undefined;
    throw error;
  });
  return made;
}

if (import.meta.main) {
  const startedMs = performance.now();
  const { assets, shell, font } = await bundle();
  console.log(`built in ${Math.round(performance.now() - startedMs)} ms`);
  const first = new Set([font, ...(shell.match(/\/assets\/[\w.-]+/g) ?? [])]);
  let sum = 0;
  for (const [path, { plain, br }] of [...assets].sort((a, b) => b[1].plain.length - a[1].plain.length)) {
    const sent = (br ?? plain).length;
    if (first.has(path)) sum += sent;
    console.log(
      `${first.has(path) ? "first" : "later"}  ${String(plain.length).padStart(8)} ${String(sent).padStart(7)}  ${path}`,
    );
  }
  console.log(`first load ${sum} bytes compressed, with the font`);
}
