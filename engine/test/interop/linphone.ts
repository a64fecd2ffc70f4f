import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Client, type ClientOptions, readWav } from "./baresip.ts";

const READY_MS = 15_000;

/** linphonec (Debian's 5.1) without a sound card: it plays a file and records another. */
export function startLinphone(options: ClientOptions, transport: string, dial: string | undefined): Client {
  const { folder, port, wav, codec, srtp } = options;
  mkdirSync(join(folder, ".local/share/linphone"), { recursive: true });
  const record = join(folder, "heard.wav");
  const ports = { udp: 0, tcp: 0, tls: 0, [transport]: port };
  const rc = join(folder, "rc");
  const mime = codec.toUpperCase();
  writeFileSync(
    rc,
    `[sip]
sip_port=${ports["udp"] || -1}
sip_tcp_port=${ports["tcp"] || -1}
sip_tls_port=${ports["tls"] || -1}
bind_address=127.0.0.1
verify_server_certs=0
verify_server_cn=0
media_encryption=${srtp ? "srtp" : "none"}
media_encryption_mandatory=${srtp ? 1 : 0}
[net]
mtu=1300
[misc]
auto_net_state_mon=0
[rtp]
audio_rtp_port=${port + 10}
[video]
enabled=0
[audio_codec_0]
mime=${mime}
rate=8000
channels=1
enabled=1
`,
  );
  const child = Bun.spawn(["linphonec", "-c", rc, ...(dial === undefined ? ["-a"] : [])], {
    cwd: folder,
    env: { ...process.env, HOME: folder },
    stdin: "pipe",
    stdout: Bun.file(join(folder, "log")),
    stderr: Bun.file(join(folder, "err")),
  });
  const type = (line: string): void => {
    child.stdin.write(`${line}\n`);
    child.stdin.flush();
  };
  type("soundcard use files");
  type(`play ${wav}`);
  type(`record ${record}`);
  let isStopped = false;
  /** It listens some time after it takes commands: a call typed too early is lost. */
  const callWhenReady = async (uri: string): Promise<void> => {
    const isReady = () => readFileSync(join(folder, "log"), "utf8").includes("linphonec>");
    for (let waitedMs = 0; !isStopped && !isReady() && waitedMs < READY_MS; waitedMs += 100) await Bun.sleep(100);
    await Bun.sleep(1000);
    if (!isStopped) type(`call ${uri}`);
  };
  if (dial !== undefined) void callWhenReady(dial);
  return {
    heard: () => (existsSync(record) ? readWav(record) : new Int16Array(0)),
    stop: async () => {
      isStopped = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      type("terminate");
      type("quit");
      await Promise.race([child.exited, Bun.sleep(3000)]);
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}
