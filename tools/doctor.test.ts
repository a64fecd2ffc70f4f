import { expect, test } from "bun:test";
import { join } from "node:path";

async function doctor(env: Record<string, string>): Promise<{ code: number; out: string }> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "doctor.ts"), "api"], {
    env: { ...process.env, PORT: "1", ...env },
    stdout: "pipe",
    stderr: "ignore",
  });
  return { out: await new Response(child.stdout).text(), code: await child.exited };
}

test("a database that does not answer is a fault with its remedy and an exit status", async () => {
  const { code, out } = await doctor({ DATABASE_URL: "postgres://sk:secret@127.0.0.1:1/sk" });
  expect(code).toBe(1);
  expect(out).toContain("FAIL  database");
  expect(out).toContain("→ check that it runs");
  expect(out).not.toContain("secret");
});

test("wrong settings are named, right ones pass", async () => {
  const wrong = await doctor({ PORT: "many", DATABASE_URL: "" });
  expect(wrong.code).toBe(1);
  expect(wrong.out).toContain("PORT");
  expect((await doctor({ DATABASE_URL: "" })).code).toBe(0);
});
