/** The documentation as a reader has it: every link leads somewhere, the examples do what they say, nothing comes from elsewhere. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SCOPES } from "../auth.ts";
import { EVENT_TYPES } from "../contract/events.ts";
import { TOOLS } from "../mcp/tools.ts";
import { engines, openSuite, temporaryFolder } from "../testing/suite.ts";
import { signatureHeaders } from "../webhooks/sign.ts";

const [engine] = await engines();
if (engine === undefined) throw new Error("no database");
const suite = await openSuite(engine);
const DOCS = join(import.meta.dir, "../../docs");
const SDK = readFileSync(join(import.meta.dir, "../sdk/README.md"), "utf8");
const get = async (path: string) => {
  const response = await suite.fetch(new Request(`http://localhost${path}`));
  return { status: response.status, type: response.headers.get("content-type") ?? "", text: await response.text() };
};
/** The fenced blocks of a language, in order. */
const blocks = (markdown: string, language: string) =>
  [...markdown.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map((match) => match[1] ?? "");

function run(command: string[], environment: Record<string, string>, cwd: string) {
  const child = Bun.spawn(command, { cwd, env: { ...process.env, ...environment }, stdout: "pipe", stderr: "pipe" });
  return Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]).then(
    ([out, err, code]) => ({ out, err, code }),
  );
}

describe("the documentation", () => {
  test("every page and every anchor that a page links to is there; nothing is loaded from elsewhere", async () => {
    const pages = new Map<string, string>();
    const waiting = ["/docs"];
    const links: { from: string; to: string }[] = [];
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      if (pages.has(path)) continue;
      const { status, type, text } = await get(path);
      expect({ path, status }).toEqual({ path, status: 200 });
      pages.set(path, text);
      if (!type.startsWith("text/html")) continue;
      expect(text).not.toMatch(/<(script|img|link|iframe)[ >]/);
      for (const [, href = ""] of text.matchAll(/<a [^>]*href="([^"]+)"/g)) {
        if (/^https?:/.test(href)) continue;
        const [page = "", anchor] = href.split("#");
        links.push({ from: path, to: `${page === "" ? path : page}${anchor === undefined ? "" : `#${anchor}`}` });
        if (page !== "") waiting.push(page);
      }
    }
    const broken = links.filter(({ to }) => {
      const [page = "", anchor] = to.split("#");
      return anchor !== undefined && pages.get(page)?.includes(`id="${anchor}"`) !== true;
    });
    expect(broken).toEqual([]);
    expect(pages.size).toBeGreaterThanOrEqual(16);
  });

  test("search finds a page by its words, and nothing by nonsense", async () => {
    const found = (await get("/docs/search?q=dead+letter")).text;
    expect(found).toContain('href="/docs/webhooks');
    expect((await get("/docs/search?q=slot_taken")).text).toContain('href="/docs/errors"');
    expect((await get("/docs/search?q=zzyzx")).text).toContain("Nothing has all of these words");
    expect((await get("/docs/search?q=%3Cscript%3E")).text).not.toContain("<script>");
    expect((await get("/docs/nowhere")).status).toBe(404);
  });

  test("no error, scope, event or tool is left out", () => {
    const read = (name: string) => readFileSync(join(DOCS, `${name}.md`), "utf8");
    const sources = readdirSync(join(import.meta.dir, ".."), { recursive: true, encoding: "utf8" }).filter(
      (file) => file.endsWith(".ts") && !file.endsWith(".test.ts"),
    );
    const text = sources.map((file) => readFileSync(join(import.meta.dir, "..", file), "utf8")).join("\n");
    const codes = new Set(
      [...text.matchAll(/new ProblemError\(\s*\d{3},\s*"([a-z_]+)"/g)].map((match) => match[1] ?? ""),
    );
    expect(codes.size).toBeGreaterThan(30);
    const errors = read("errors");
    expect([...codes].filter((code) => !errors.includes(`\`${code}\``))).toEqual([]);
    expect(SCOPES.filter((scope) => !read("authentication").includes(`\`${scope}\``))).toEqual([]);
    expect(TOOLS.filter(({ name }) => !read("mcp").includes(`\`${name}\``))).toEqual([]);
  });

  test("the catalogue shows every event with its example", async () => {
    const { text } = await get("/docs/events");
    for (const type of EVENT_TYPES) expect(text).toContain(`&quot;type&quot;: &quot;${type}&quot;`);
  });

  test("the quickstart does what it says", async () => {
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request) => suite.fetch(request) });
    const script = blocks(readFileSync(join(DOCS, "quickstart.md"), "utf8"), "sh");
    expect(script).toHaveLength(3);
    const folder = temporaryFolder("quickstart");
    const answers = [];
    for (const block of script) {
      const here = block
        .replaceAll("http://localhost:3000", server.url.href.replace(/\/$/, ""))
        .replaceAll("curl ", "curl -sS ");
      const { out, err } = await run(["bash", "-euc", here], { SK_KEY: suite.testKey }, folder);
      answers.push(JSON.parse(out === "" ? `{"error":${JSON.stringify(err)}}` : out) as Record<string, unknown>);
    }
    expect(answers[0]).toMatchObject({
      events: ["call.completed", "call.escalated"],
      secret: expect.stringMatching(/^whsec_/),
    });
    expect(answers.slice(1)).toMatchObject([{ data: [] }, { data: [] }]);
    await server.stop(true);
  });
});

describe("the examples that verify", () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
  const old = `whsec_${Buffer.alloc(32, 9).toString("base64")}`;
  const body = `{"id":"evt_1","text":"Grüße, ‘quoted’ \\n"}`;
  const headers = signatureHeaders([old, secret], "evt_1", Date.now(), body);
  const folder = temporaryFolder("verify");
  mkdirSync(folder, { recursive: true });

  test("Python", async () => {
    if (Bun.which("python3") === null) return console.warn("the Python example is not run: there is no python3 here");
    const [code = ""] = blocks(SDK, "python");
    const main = `${code}\nimport json, os, sys\nverify(open("body.json", "rb").read(), json.loads(os.environ["HEADERS"]), os.environ["SECRET"])\nprint("verified")\n`;
    writeFileSync(join(folder, "verify.py"), main);
    const attempt = (text: string, sent = headers) => {
      writeFileSync(join(folder, "body.json"), text);
      return run(["python3", "verify.py"], { HEADERS: JSON.stringify(sent), SECRET: secret }, folder);
    };
    expect(await attempt(body)).toMatchObject({ out: "verified\n", code: 0 });
    expect((await attempt(`${body} `)).code).toBe(1);
    expect((await attempt(body, signatureHeaders(old, "evt_1", Date.now(), body))).code).toBe(1);
    expect((await attempt(body, signatureHeaders(secret, "evt_1", Date.now() - 600_000, body))).code).toBe(1);
  });

  test("curl and openssl", async () => {
    if (Bun.which("openssl") === null) return console.warn("the shell example is not run: there is no openssl here");
    const [code = ""] = blocks(SDK, "sh");
    const attempt = (text: string) => {
      writeFileSync(join(folder, "body.json"), text);
      const {
        "webhook-id": ID = "",
        "webhook-timestamp": TIMESTAMP = "",
        "webhook-signature": SIGNATURE = "",
      } = headers;
      return run(["bash", "-c", code], { ID, TIMESTAMP, SIGNATURE, SECRET: secret }, folder);
    };
    expect(await attempt(body)).toMatchObject({ out: "verified\n", code: 0 });
    expect(await attempt(`${body} `)).toMatchObject({ out: "refused\n", code: 1 });
  });
});
