import { expect, test } from "bun:test";
import { audit, describe, judge } from "./vulnerabilities.ts";

/** `bun audit` itself against a registry on this machine that answers so. */
async function against(
  answer: () => Response,
): Promise<{ asked: string[]; verdict: Awaited<ReturnType<typeof audit>> }> {
  const asked: string[] = [];
  const registry = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const body =
        request.headers.get("content-encoding") === "gzip"
          ? Bun.gunzipSync(await request.bytes())
          : await request.bytes();
      asked.push(...Object.keys(JSON.parse(new TextDecoder().decode(body))));
      return answer();
    },
  });
  try {
    const verdict = await audit({ ...process.env, NPM_CONFIG_REGISTRY: `http://127.0.0.1:${registry.port}` });
    return { asked, verdict };
  } finally {
    await registry.stop(true);
  }
}

test("asks for what is in the lockfile; an advisory of one is told, and is grave when it is high", async () => {
  const zod = [{ id: 1, url: "https://example.org/1", title: "Bad", severity: "high", vulnerable_versions: "<99.0.0" }];
  const { asked, verdict } = await against(() => Response.json({ zod }));
  expect(asked).toContain("zod");
  expect(verdict).toMatchObject({ state: "vulnerable", isGrave: true });
  expect(describe(verdict)).toContain("high: zod <99.0.0: Bad (https://example.org/1)");
});

test("no advisory is clean", async () => {
  expect((await against(() => Response.json({}))).verdict).toEqual({ state: "clean", isGrave: false, lines: [] });
});

test("a registry that has no such service, or is away, is no vulnerability; its reason is told", async () => {
  const { verdict } = await against(() => new Response(null, { status: 405 }));
  expect(verdict).toMatchObject({ state: "not asked", isGrave: false });
  expect(describe(verdict)).toContain("405");
  const away = await audit({ ...process.env, NPM_CONFIG_REGISTRY: "http://127.0.0.1:9" });
  expect(describe(away)).toContain("ConnectionRefused");
});

test("a low advisory is told and is not grave; an unknown answer is none", () => {
  const low = [{ url: "u", title: "t", severity: "low", vulnerable_versions: "*" }];
  expect(judge(JSON.stringify({ a: low }), "")).toMatchObject({ state: "vulnerable", isGrave: false });
  expect(judge('{"a":3}', "").state).toBe("not asked");
});
