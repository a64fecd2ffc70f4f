import { expect, test } from "bun:test";
import { join } from "node:path";

const LOG = JSON.stringify(join(import.meta.dir, "log.ts"));

test("a reader that closes our output neither ends the process nor makes it complain", async () => {
  const code = `
    import { createLog } from ${LOG};
    const log = createLog({ level: "info", name: "test" });
    for (let i = 0; i < 50; i++) { log.info({ i }, "line"); await Bun.sleep(5); }
    await Bun.write(Bun.stderr, "still here");`;
  const child = Bun.spawn(["sh", "-c", '"$0" -e "$1" | head -n 1', process.execPath, code], {
    stdout: "pipe",
    stderr: "pipe",
  });
  expect(await new Response(child.stderr).text()).toBe("still here");
});

test("what is personal never reaches the log", async () => {
  const code = `
    import { createLog } from ${LOG};
    const log = createLog({ level: "info", name: "test" });
    log.info({ from: "+919845012345", call: { apiKey: "sk_test_x" } }, "call");
    log.warn({ err: new Error("400: no such contact +91 98450 12345, priya@example.com") }, "refused");`;
  const child = Bun.spawn([process.execPath, "-e", code], { stdout: "pipe" });
  const line = await new Response(child.stdout).text();
  expect(line).toContain("[hidden]");
  expect(line).not.toContain("9845012345");
  expect(line).not.toContain("98450 12345");
  expect(line).not.toContain("priya@example.com");
  expect(line).toContain("400: no such contact");
  expect(line).not.toContain("sk_test_x");
});
