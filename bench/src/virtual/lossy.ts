/** A sentence over a bad network: G.711 in RTP, the seeded network, our jitter buffer, and one of three ways to fill what is missing. */
import { pcmu } from "@sk-voice/media/g711/index.ts";
import { JitterBuffer } from "@sk-voice/media/jitter/buffer.ts";
import { Concealer } from "@sk-voice/media/jitter/conceal.ts";
import { createRtpHeader, parseRtp } from "@sk-voice/media/rtp/packet.ts";
import { RtpSender } from "@sk-voice/media/rtp/sender.ts";
import { burstLoss, Netem, type NetemOptions } from "@sk-voice/media/sim/netem.ts";
import { Prng } from "@sk-voice/media/sim/prng.ts";
import { FRAME_MS, FRAME_SAMPLES } from "@sk-voice/media/units.ts";

export type Filler = "concealment" | "repetition" | "silence";

export interface Carried {
  readonly samples: Int16Array;
  /** Packets that never came. */
  readonly lost: number;
  readonly sent: number;
}

/** After the last packet: what is still on its way. */
const TAIL_MS = 600;

export function carry(voice: Int16Array, network: NetemOptions, filler: Filler): Carried {
  const net = new Netem(network);
  const sender = new RtpSender({ ssrc: 1, firstSequence: 65_500, firstTimestampTicks: 0xffff_ff00 });
  const jitter = new JitterBuffer();
  const fill = fillerOf(filler);
  const header = createRtpHeader();
  const frame = new Int16Array(FRAME_SAMPLES);
  const heard: Int16Array[] = [];
  const frames = Math.ceil(voice.length / FRAME_SAMPLES);
  for (let n = 0; n < frames + TAIL_MS / FRAME_MS; n++) {
    const now = n * FRAME_MS;
    if (n < frames) {
      frame.fill(0);
      frame.set(voice.subarray(n * FRAME_SAMPLES, (n + 1) * FRAME_SAMPLES));
      pcmu.encode(frame, sender.payload);
      net.push(now, sender.audio(0, FRAME_SAMPLES, FRAME_SAMPLES));
    }
    for (let packet = net.poll(now); packet; packet = net.poll(now)) {
      if (parseRtp(packet, header) === "ok") jitter.push(header, packet, now);
    }
    const pulled = jitter.pull(now + FRAME_MS / 2, frame);
    if (pulled.kind === "waiting") continue;
    fill(pulled, frame);
    heard.push(frame.slice());
  }
  const samples = new Int16Array(heard.length * FRAME_SAMPLES);
  for (const [n, each] of heard.entries()) samples.set(each, n * FRAME_SAMPLES);
  return { samples, lost: net.dropped, sent: sender.packetsSent };
}

/** The same without codec, jitter buffer or clock: what is heard runs in step with what was said. `lost`: by frame. */
export function loseFrames(voice: Int16Array, rate: number, burst: number, seed: number, filler: Filler) {
  const random = new Prng(seed);
  const fill = fillerOf(filler);
  const count = Math.floor(voice.length / FRAME_SAMPLES);
  const heard = new Int16Array(count * FRAME_SAMPLES);
  const lost: boolean[] = [];
  const { goodProbability = 0, badProbability = 0 } = burstLoss(rate, burst);
  for (let n = 0, isBad = false; n < count; n++) {
    isBad = isBad ? !random.chance(goodProbability) : random.chance(badProbability);
    const frame = heard.subarray(n * FRAME_SAMPLES, (n + 1) * FRAME_SAMPLES);
    if (!isBad) frame.set(voice.subarray(n * FRAME_SAMPLES, (n + 1) * FRAME_SAMPLES));
    lost.push(isBad);
    fill(isBad ? GAP : WHOLE, frame);
  }
  return { heard, lost };
}

const GAP: Filled = { kind: "gap", present: new Uint8Array(FRAME_SAMPLES), spliced: false };
const WHOLE: Filled = { kind: "frame", present: new Uint8Array(FRAME_SAMPLES).fill(1), spliced: false };

type Filled = Pick<ReturnType<JitterBuffer["pull"]>, "kind" | "present" | "spliced">;
type Fill = (pulled: Filled, frame: Int16Array) => void;

function fillerOf(filler: Filler): Fill {
  if (filler === "silence") return () => {};
  const concealer = new Concealer();
  if (filler === "concealment") return (pulled, frame) => concealer.process(pulled, frame);
  const last = new Int16Array(FRAME_SAMPLES);
  return (pulled, frame) => {
    if (pulled.kind === "gap") frame.set(last);
    last.set(frame);
  };
}
