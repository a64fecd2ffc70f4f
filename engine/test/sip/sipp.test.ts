import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { printSippTable, runSipp } from "../interop/sipp.ts";
import { SIPP_CASES } from "../interop/sipp-table.ts";

/** Debian's sipp and sipsak against a process of ours that only answers. The long cases: `bun run interop`. */

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
  let output: ReadableStreamDefaultReader<Uint8Array>;
  const nextOutput = async () => new TextDecoder().decode((await output.read()).value);
  let folder = "";

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "sipp-"));
    const command = ["bun", join(import.meta.dir, "uas.ts"), "127.0.0.1", "0"];
    server = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
    output = server.stdout.getReader();
    port = Number(/ready (\d+)/.exec(await nextOutput())?.[1]);
  });

  afterAll(async () => {
    server.kill();
    await server.exited;
    rmSync(folder, { recursive: true, force: true });
  });

  async function run(command: string[]): Promise<{ code: number; output: string }> {
    const child = Bun.spawn(command, { cwd: folder, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    const [output, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    return { code: await child.exited, output: output + errors };
  }

  test.if(sipp !== null)(
    "passes the short cases of the sipp table",
    async () => {
      const cases = SIPP_CASES.filter(({ isLong }) => isLong !== true);
      const results = await Promise.all(cases.map((each) => runSipp(each, port, folder)));
      printSippTable(results);
      expect(results.filter(({ ok }) => !ok)).toEqual([]);
    },
    60_000,
  );

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

  test("holds no call, dialog or connection when they are all over", async () => {
    await Bun.sleep(100);
    server.kill("SIGTERM");
    expect(JSON.parse(await nextOutput())).toMatchObject({ legs: 0, dialogs: 0, connectionCount: 0, calls: 0 });
  });
});
