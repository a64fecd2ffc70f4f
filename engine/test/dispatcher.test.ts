import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openUdp } from "../src/io/udp.ts";
import { leakGuard } from "./leaks.ts";
import { TestPhone } from "./phone/test-phone.ts";

/** docker/kamailio's configuration in a real Kamailio, before two engines that both refuse. `bun run chaos kamailio` is the long one. */

const guard = leakGuard();
const CONFIG = join(import.meta.dir, "../../docker/kamailio/kamailio.cfg");
const HOST = "127.0.0.1";
const isInstalled = Bun.which("kamailio") !== null;
if (!isInstalled) console.log("kamailio is not installed (apt-get install kamailio): its configuration is not tried");

async function phone(onIncoming: Parameters<typeof TestPhone.open>[1]): Promise<TestPhone> {
  const opened = await TestPhone.open(0, onIncoming);
  guard.closeAfter(() => opened.close());
  return opened;
}

async function freePort(): Promise<number> {
  const socket = await openUdp({ host: HOST, port: 0, onPacket: () => {} });
  socket.close();
  return socket.port;
}

/** Before these engines. An INVITE sent at once is repeated until it is there. */
async function kamailio(engines: readonly TestPhone[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "sk-kamailio-"));
  guard.closeAfter(() => rmSync(folder, { recursive: true }));
  const list = join(folder, "dispatcher.list");
  writeFileSync(list, engines.map(({ sipPort }, n) => `1 sip:${HOST}:${sipPort} 0 0 duid=engine-${n}\n`).join(""));
  const port = await freePort();
  const defines = ["-A", `LISTEN=udp:${HOST}:${port}`, "-A", `LIST="${list}"`];
  const folders = ["-P", join(folder, "k.pid"), "-Y", folder, "-w", folder];
  const child = Bun.spawn(["kamailio", "-f", CONFIG, "-DD", "-E", "-m", "32", ...defines, ...folders], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  guard.closeAfter(async () => {
    child.kill("SIGTERM");
    await child.exited;
  });
  return `sip:suki@${HOST}:${port}`;
}

test.skipIf(!isInstalled)(
  "a call that one engine refuses with 503 is offered to the other; when that refuses too the caller is told when to call again",
  async () => {
    const engines = [await phone(503), await phone(503)];
    const caller = await phone("answer");
    caller.dial(await kamailio(engines));
    const last = () => caller.events.at(-1);
    while (last()?.kind !== "ended") await Bun.sleep(10);
    expect(last()).toMatchObject({ cause: "refused", status: 503, retryAfterS: 5 });
    for (const { events } of engines) expect(events.filter(({ kind }) => kind === "incoming")).toHaveLength(1);
  },
  40_000,
);
