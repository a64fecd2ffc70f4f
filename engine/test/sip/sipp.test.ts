import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Debian's sipp and sipsak against a process of ours that only answers. */

const CALLS = 100;
const CALLS_PER_SECOND = 50;

const sipp = Bun.which("sipp");
const sipsak = Bun.which("sipsak");
for (const [path, name, debianPackage] of [
  [sipp, "sipp", "sip-tester"],
  [sipsak, "sipsak", "sipsak"],
]) {
  if (path === null)
    console.log(`Skipped: tests with ${name}, which is not installed (apt-get install ${debianPackage}).`);
}

describe("the answering process", () => {
  let server: Bun.Subprocess<"ignore", "pipe", "inherit">;
  let port = 0;
  let folder = "";

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "sipp-"));
    const command = ["bun", join(import.meta.dir, "uas.ts"), "127.0.0.1", "0"];
    server = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
    for await (const chunk of server.stdout) {
      port = Number(/ready (\d+)/.exec(new TextDecoder().decode(chunk))?.[1]);
      if (port > 0) break;
    }
  });

  afterAll(() => {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  async function run(command: string[]): Promise<{ code: number; output: string }> {
    const child = Bun.spawn(command, { cwd: folder, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    const [output, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    return { code: await child.exited, output: output + errors };
  }

  for (const transport of ["u1", "t1"]) {
    test.if(sipp !== null)(`completes ${CALLS} calls of sipp's uac over ${transport}`, async () => {
      const limits = ["-m", String(CALLS), "-r", String(CALLS_PER_SECOND), "-timeout", "15", "-timeout_error"];
      const { code, output } = await run([
        ...["sipp", "-sn", "uac", `127.0.0.1:${port}`, "-t", transport, "-i", "127.0.0.1", "-nostdin"],
        ...limits,
      ]);
      expect(output).toMatch(new RegExp(`Successful call +\\| +\\d+ +\\| +${CALLS} `));
      expect(code).toBe(0);
    });
  }

  test.if(sipsak !== null)("answers sipsak's OPTIONS", async () => {
    const { code, output } = await run(["sipsak", "-vv", "-s", `sip:suki@127.0.0.1:${port}`]);
    expect(output).toContain("SIP/2.0 200 OK");
    expect(code).toBe(0);
  });

  test.if(sipsak !== null)("survives sipsak's flood of a client that does not listen", async () => {
    await run(["sipsak", "-F", "-e", "1000", "-s", `sip:suki@127.0.0.1:${port}`]);
    const { code } = await run(["sipsak", "-s", `sip:suki@127.0.0.1:${port}`]);
    expect(code).toBe(0);
  });
});
