import { expect, test } from "bun:test";
import { join } from "node:path";

test("a reader that closes our output does not end the process", async () => {
  const code = `
    import { createLog } from ${JSON.stringify(join(import.meta.dir, "log.ts"))};
    const log = createLog({ level: "info", name: "test" });
    for (let i = 0; i < 50; i++) { log.info({ i }, "line"); await Bun.sleep(5); }
    process.exit(7);`;
  const pipeline = '"$0" -e "$1" | head -n 1; exit ${PIPESTATUS[0]}';
  const child = Bun.spawn(["bash", "-c", pipeline, process.execPath, code], { stdout: "pipe", stderr: "pipe" });
  const [errors, status] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  expect({ errors, status }).toEqual({ errors: "", status: 7 });
});
  await direct.stdout.cancel();
  expect(await direct.exited).toBe(7);
});

test("what is personal never reaches the log", async () => {
  const code = `
    import { createLog } from ${JSON.stringify(join(import.meta.dir, "log.ts"))};
    createLog({ level: "info", name: "test" }).info({ from: "+919845012345", call: { apiKey: "sk_test_x" } }, "call");`;
  const child = Bun.spawn([process.execPath, "-e", code], { stdout: "pipe" });
  const line = await new Response(child.stdout).text();
  expect(line).toContain("[hidden]");
  expect(line).not.toContain("9845012345");
  expect(line).not.toContain("sk_test_x");
});
