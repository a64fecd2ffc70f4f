import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseWav } from "@sk-voice/media/wav.ts";

/** baresip (Debian's 1.0.0) as the other telephone: it plays a file and writes down what it hears. */

export interface ClientOptions {
  readonly folder: string;
  readonly port: number;
  /** Played for ever. */
  readonly wav: string;
  readonly codec: "pcmu" | "pcma";
  readonly srtp: boolean;
  /** Certificate and key in one PEM file; for TLS. */
  readonly pem: string;
}

export interface Client {
  /** Ends it, and its call. May be called again. */
  stop(): Promise<void>;
  /** 8 kHz, what it heard; complete after `stop`. */
  heard(): Int16Array;
}

/** `dial`: the URI to call; without one it waits for a call and takes it. */
export function startBaresip(options: ClientOptions, transport: string, dial: string | undefined): Client {
  const { folder, port, wav, codec, srtp, pem } = options;
  const heardFolder = join(folder, "heard");
  mkdirSync(heardFolder, { recursive: true });
  const modules = ["g711", "aufile", "sndfile", "srtp"].map((name) => `module ${name}.so`).join("\n");
  const account = [
    `<sip:bare@127.0.0.1:${port};transport=${transport}>;regint=0;answermode=auto;audio_codecs=${codec}`,
    ...(srtp ? ["mediaenc=srtp-mand"] : []),
  ].join(";");
  writeFileSync(join(folder, "accounts"), `${account}\n`);
  writeFileSync(
    join(folder, "config"),
    `sip_listen 127.0.0.1:${port}
sip_certificate ${pem}
sip_cafile ${pem}
audio_player aufile,/dev/null
audio_source aufile,${wav}
audio_alert aufile,/dev/null
audio_channels 1
ausrc_srate 8000
auplay_srate 8000
module_path /usr/lib/baresip/modules
${modules}
module_tmp account.so
module_app menu.so
snd_path ${heardFolder}
`,
  );
  const call = dial === undefined ? [] : ["-e", `/dial ${dial}`];
  const child = Bun.spawn(["baresip", "-f", folder, "-t", "60", ...call], {
    stdin: "ignore",
    stdout: Bun.file(join(folder, "log")),
    stderr: Bun.file(join(folder, "err")),
  });
  return {
    heard: () => {
      const file = readdirSync(heardFolder).find((name) => name.endsWith("dec.wav"));
      return file === undefined ? new Int16Array(0) : readWav(join(heardFolder, file));
    },
    stop: async () => {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}

/** The header of a file that is still being written says too little: everything after it is sound. */
export function readWav(path: string): Int16Array {
  const bytes = readFileSync(path);
  try {
    const { channels } = parseWav(bytes);
    if ((channels[0]?.length ?? 0) > 0) return channels[0]!;
  } catch {
    // Not finished; read on below.
  }
  const data = bytes.indexOf("data");
  if (data < 0) return new Int16Array(0);
  const length = Math.floor((bytes.length - data - 8) / 2);
  return Int16Array.from({ length }, (_, index) => bytes.readInt16LE(data + 8 + index * 2));
}
