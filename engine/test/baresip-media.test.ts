/** Media with a real phone: baresip calls in every codec and with SRTP, and both sides hear the other's tone. */
import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeWav, parseWav } from "@sk-voice/media/wav.ts";
import { loadOpus } from "../src/io/opus.ts";
import type { AudioCodec } from "../src/sip/sdp-read.ts";
import { type PhoneOptions, TestPhone } from "./phone/test-phone.ts";
import { tone, toneShare } from "./phone/tone.ts";

const OURS_HZ = 600;
const THEIRS_HZ = 1000;
/** At most; a call ends when enough was heard. */
const CALL_S = 30;
const ENOUGH_PACKETS = 120;
const folder = mkdtempSync(join(tmpdir(), "sk-media-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Cell {
  readonly name: string;
  /** Of the baresip account. */
  readonly account: string;
  /** Of its audio files, which must be the codec's. */
  readonly rateHz: number;
  readonly media: PhoneOptions;
  readonly codec: AudioCodec;
  readonly encrypted: boolean;
}

const opus = await loadOpus();
const CELLS: readonly Cell[] = [
  { name: "PCMU", account: "audio_codecs=pcmu/8000", rateHz: 8000, media: {}, codec: "PCMU", encrypted: false },
  {
    name: "PCMA, SRTP, RTCP on the RTP port",
    account: "audio_codecs=pcma/8000;mediaenc=srtp-mand;rtcp_mux=yes",
    rateHz: 8000,
    media: { srtp: "mandatory" },
    codec: "PCMA",
    encrypted: true,
  },
  { name: "G.722", account: "audio_codecs=g722/16000", rateHz: 16_000, media: {}, codec: "G722", encrypted: false },
  {
    name: "Opus, SRTP",
    account: "audio_codecs=opus/48000/2;mediaenc=srtp-mand",
    rateHz: 48_000,
    media: { srtp: "mandatory", codecs: ["opus"], opus },
    codec: "opus",
    encrypted: true,
  },
];

/** A folder with baresip's settings, and where it puts what it hears. */
async function configure(cell: Cell): Promise<string> {
  const home = join(folder, cell.codec);
  mkdirSync(join(home, "heard"), { recursive: true });
  const samples = tone((THEIRS_HZ * 8000) / cell.rateHz, 0, cell.rateHz * CALL_S);
  await Bun.write(join(home, "tone.wav"), encodeWav(cell.rateHz, [samples]));
  const modules = ["g711", "g722", "opus", "srtp", "aufile", "sndfile"].map((name) => `module ${name}.so`);
  await Bun.write(
    join(home, "config"),
    [
      "sip_listen 127.0.0.1:0",
      "audio_player aufile,/dev/null",
      `audio_source aufile,${join(home, "tone.wav")}`,
      "audio_alert aufile,/dev/null",
      "module_path /usr/lib/baresip/modules",
      ...modules,
      "module_tmp account.so",
      "module_app menu.so",
      `snd_path ${join(home, "heard")}`,
      "opus_stereo no",
      "opus_sprop_stereo no",
      "",
    ].join("\n"),
  );
  await Bun.write(join(home, "accounts"), `<sip:caller@127.0.0.1>;regint=0;${cell.account}\n`);
  return home;
}

/** A tenth of a second from the middle, at 8 kHz's scale of frequencies. */
function middleShare(samples: Int16Array, rateHz: number, hz: number): number {
  const middle = Math.floor(samples.length / 2);
  return toneShare(samples.subarray(middle, middle + rateHz / 10), (hz * 8000) / rateHz);
}

async function call(cell: Cell): Promise<void> {
  const home = await configure(cell);
  const phone = await TestPhone.open(OURS_HZ, "answer", cell.media);
  const baresip = Bun.spawn(
    ["baresip", "-f", home, "-t", String(CALL_S), "-e", `/dial sip:suki@127.0.0.1:${phone.sipPort}`],
    { stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  const output = new Response(baresip.stdout).text();
  const isHeard = () => middleShare(phone.heard, 8000, THEIRS_HZ) > 0.9;
  while (baresip.exitCode === null && ((phone.figures?.packetsReceived ?? 0) < ENOUGH_PACKETS || !isHeard()))
    await Bun.sleep(50);
  const { codec, figures } = phone;
  const heard = phone.heard.slice();
  phone.hangUp();
  await Bun.sleep(500);
  baresip.kill();
  await baresip.exited;
  await phone.close();
  const log = `${cell.name}:\n${(await output).slice(-2000)}`;
  expect(codec, log).toBe(cell.codec);
  expect(figures?.encrypted, log).toBe(cell.encrypted);
  expect(figures?.packetsReceived, log).toBeGreaterThanOrEqual(ENOUGH_PACKETS);
  expect(middleShare(heard, 8000, THEIRS_HZ), log).toBeGreaterThan(0.9);
  const file = readdirSync(join(home, "heard")).find((name) => name.includes("-dec"));
  const { channels, sampleRateHz } = parseWav(readFileSync(join(home, "heard", file ?? "")));
  expect(middleShare(channels[0]!, sampleRateHz, OURS_HZ), log).toBeGreaterThan(0.9);
}

const name = `baresip and we hear each other in ${CELLS.map((cell) => cell.name).join("; ")}`;
if (Bun.which("baresip") === null)
  test.skip(`${name}: baresip is not installed (apt-get install baresip-core)`, () => {});
else test(name, () => Promise.all(CELLS.map(call)), 60_000);
