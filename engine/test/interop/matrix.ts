import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeWav } from "@sk-voice/media/wav.ts";
import { TestPhone } from "../phone/test-phone.ts";
import { tone, toneShare } from "../phone/tone.ts";
import { startBaresip } from "./baresip.ts";
import { startLinphone } from "./linphone.ts";

/** Who hears whom: real clients and our stack, both directions, codecs, transports, encryption. Each side plays a tone of its own. */

export interface Cell {
  readonly client: "baresip" | "linphonec";
  /** "in": the client calls us. */
  readonly direction: "in" | "out";
  readonly transport: "udp" | "tcp" | "tls";
  readonly codec: "PCMU" | "PCMA";
  readonly srtp: boolean;
}

export interface CellResult extends Cell {
  /** Share of the energy heard that is the other side's tone. */
  readonly weHeard: number;
  readonly theyHeard: number;
  readonly ok: boolean;
}

const OUR_HZ = 600;
const THEIR_HZ = 1100;
const HEARD_SHARE = 0.9;
const WINDOW = 4000;
/** Both have said and heard enough; on a busy machine the first second may be silent. */
const TALK_MS = 2500;
const MAX_TALK_MS = 15_000;
const SETUP_MS = 30_000;

/** linphonec 5.1 opens a port for TLS and ends every handshake there without a certificate (seen with openssl s_client). */
const isSupported = ({ client, direction, transport }: Cell): boolean =>
  !(client === "linphonec" && direction === "out" && transport === "tls");

export const CELLS: readonly Cell[] = (["baresip", "linphonec"] as const).flatMap((client) =>
  (["in", "out"] as const).flatMap((direction) =>
    [
      ...(["udp", "tcp", "tls"] as const).flatMap((transport) =>
        (["PCMU", "PCMA"] as const).map((codec) => ({ client, direction, transport, codec, srtp: false })),
      ),
      { client, direction, transport: "udp", codec: "PCMU", srtp: true } as const,
      { client, direction, transport: "tls", codec: "PCMA", srtp: true } as const,
    ].filter(isSupported),
  ),
);

/** Certificate and key for 127.0.0.1, and the tone to play, in `folder`. */
export function prepareMatrix(folder: string): { wav: string; pem: string; certificate: string; key: string } {
  const [key, certificate, pem, wav] = ["key.pem", "cert.pem", "both.pem", "tone.wav"].map((name) =>
    join(folder, name),
  );
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", ...subject];
  execFileSync("openssl", [...request, "-keyout", key!, "-out", certificate!], { stdio: "ignore" });
  const read = (path: string) => readFileSync(path, "utf8");
  writeFileSync(pem!, read(certificate!) + read(key!));
  writeFileSync(wav!, encodeWav(8000, [tone(THEIR_HZ, 0, 8000 * 30)]));
  return { wav: wav!, pem: pem!, certificate: read(certificate!), key: read(key!) };
}

/** `port`: 30 ports from here on are the cell's. */
export async function runCell(
  cell: Cell,
  root: string,
  media: ReturnType<typeof prepareMatrix>,
  port: number,
): Promise<CellResult> {
  const { client, direction, transport, codec, srtp } = cell;
  const folder = join(root, Object.values(cell).join("-"));
  mkdirSync(folder, { recursive: true });
  const phone = await TestPhone.open(OUR_HZ, "answer", {
    codecs: [codec],
    srtp: srtp ? "mandatory" : "off",
    tls: { certificate: media.certificate, key: media.key },
  });
  const ourPort = transport === "tls" ? phone.tlsPort : phone.sipPort;
  const suffix = transport === "udp" ? "" : `;transport=${transport}`;
  const options = { folder, port, wav: media.wav, codec: codec.toLowerCase() as "pcmu" | "pcma", srtp, pem: media.pem };
  const start = client === "baresip" ? startBaresip : startLinphone;
  const theirPort = client === "baresip" && transport === "tls" ? port + 1 : port;
  const other = start(options, transport, direction === "in" ? `sip:phone@127.0.0.1:${ourPort}${suffix}` : undefined);
  try {
    await setUp(phone, direction === "out" ? `sip:bare@127.0.0.1:${theirPort}${suffix}` : undefined);
    let weHeard = 0;
    for (let talkedMs = 0; talkedMs < (weHeard > HEARD_SHARE ? TALK_MS : MAX_TALK_MS); talkedMs += 250) {
      await Bun.sleep(250);
      weHeard = Math.max(weHeard, toneShare(phone.heard.subarray(-WINDOW), THEIR_HZ));
    }
    // What it heard is complete on disk when it has ended.
    phone.hangUp();
    await other.stop();
    const theyHeard = bestShare(other.heard(), OUR_HZ);
    return { ...cell, weHeard, theyHeard, ok: weHeard > HEARD_SHARE && theyHeard > HEARD_SHARE };
  } finally {
    await other.stop();
    await phone.close();
  }
}

/** Until the call is up. A client on a busy machine may take seconds before it listens: a call that ends is made again. */
async function setUp(phone: TestPhone, uri: string | undefined): Promise<void> {
  const saw = (...kinds: string[]) => phone.events.some(({ kind }) => kinds.includes(kind));
  let dialledMs = Number.NEGATIVE_INFINITY;
  for (let waitedMs = 0; !saw("acked", "answered") && waitedMs < SETUP_MS; waitedMs += 50) {
    const isDue = dialledMs === Number.NEGATIVE_INFINITY ? waitedMs >= FIRST_DIAL_MS : saw("ended");
    if (uri !== undefined && isDue && waitedMs >= dialledMs + REDIAL_MS) {
      phone.events.length = 0;
      phone.dial(uri);
      dialledMs = waitedMs;
    }
    await Bun.sleep(50);
  }
}

const FIRST_DIAL_MS = 1000;
const REDIAL_MS = 1000;

/** The best half second: what a busy machine does to the others is not what is asked here. */
function bestShare(heard: Int16Array, hz: number): number {
  let best = 0;
  for (let at = 0; at + WINDOW <= heard.length; at += WINDOW) {
    best = Math.max(best, toneShare(heard.subarray(at, at + WINDOW), hz));
  }
  return best;
}

export function printMatrix(results: readonly CellResult[]): void {
  console.log(
    "| client | direction | transport | codec | media | we heard | they heard | |\n|---|---|---|---|---|---|---|---|",
  );
  for (const { client, direction, transport, codec, srtp, weHeard, theyHeard, ok } of results) {
    const columns = [
      client,
      direction,
      transport,
      codec,
      srtp ? "SRTP" : "RTP",
      weHeard.toFixed(3),
      theyHeard.toFixed(3),
    ];
    console.log(`| ${columns.join(" | ")} | ${ok ? "ok" : "FAILED"} |`);
  }
}
