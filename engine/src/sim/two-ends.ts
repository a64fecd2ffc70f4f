/** Two pipelines and a seeded network in each direction, on a virtual clock: what one says, the other hears. */
import { Netem, type NetemOptions } from "@sk-voice/media/sim/netem.ts";
import { FRAME_MS } from "@sk-voice/media/units.ts";
import type { OpusFactory } from "../call/codecs.ts";
import { CallPipeline } from "../call/pipeline.ts";
import type { MediaTerms } from "../call/terms.ts";

export interface EndOptions {
  readonly terms: Partial<MediaTerms>;
  /** Of what this end sends. */
  readonly network?: Omit<NetemOptions, "seed">;
  readonly opus?: OpusFactory;
}

export const ADDRESSES = ["192.0.2.1", "192.0.2.2"] as const;
const RTP_PORT = 4000;
const RTCP_PORT = 4001;

/** One end. `heard` holds everything it was given, frame after frame. */
export class End {
  readonly pipeline: CallPipeline;
  readonly heard: Int16Array[] = [];
  readonly digits: string[] = [];
  /** Every datagram it sent: RTP and RTCP. */
  readonly sent: { readonly port: number; readonly bytes: Uint8Array }[] = [];
  readonly out: Netem;
  readonly #outRtcp: Netem;
  #item = 0;
  /** Set by `TwoEnds`. */
  now = 0;

  constructor(
    readonly index: 0 | 1,
    { terms, network, opus }: EndOptions,
    seed: number,
  ) {
    this.out = new Netem({ ...network, seed });
    this.#outRtcp = new Netem({ ...network, seed: seed + 100 });
    const keep = (net: Netem, from: number) => (bytes: Uint8Array, port: number) => {
      this.sent.push({ port, bytes: bytes.slice() });
      net.push(this.now, withPorts(bytes, from, port));
    };
    this.pipeline = new CallPipeline(
      {
        codec: "PCMU",
        payloadType: 0,
        dtmfPayloadType: 101,
        remote: { address: ADDRESSES[1 - index]!, port: RTP_PORT },
        remoteRtcp: { address: ADDRESSES[1 - index]!, port: RTCP_PORT },
        sending: true,
        ...terms,
      },
      { ssrc: 0x1000 + index, firstSequence: 65_500, firstTimestampTicks: 0xffff_f000 },
      {
        onAudio: (samples) => this.heard.push(samples.slice()),
        onSent: () => {},
        onDigit: (digit) => this.digits.push(digit),
        onPlayed: () => {},
        send: keep(this.out, RTP_PORT),
        sendRtcp: keep(this.#outRtcp, RTCP_PORT),
      },
      opus,
    );
  }

  say(samples: Int16Array): void {
    const id = String(++this.#item);
    this.pipeline.playout.add(id, "drop");
    this.pipeline.playout.append(id, samples);
    this.pipeline.playout.finish(id);
  }

  /** What is due of what the other end sent. */
  deliver(now: number, from: End): void {
    for (const net of [from.out, from.#outRtcp]) {
      for (let packet = net.poll(now); packet; packet = net.poll(now)) {
        const [fromPort, toPort] = [word(packet, 0), word(packet, 2)];
        const bytes = packet.subarray(4);
        const address = ADDRESSES[from.index];
        if (toPort === RTP_PORT) this.pipeline.receive(now, bytes, address, fromPort);
        else this.pipeline.receiveRtcp(now, bytes, address, fromPort);
      }
    }
  }

  /** All audio heard, in one piece. */
  audio(): Int16Array {
    const all = new Int16Array(this.heard.length * 160);
    for (const [n, frame] of this.heard.entries()) all.set(frame, n * 160);
    return all;
  }
}

export class TwoEnds {
  readonly a: End;
  readonly b: End;
  now = 0;

  constructor(a: EndOptions, b: EndOptions, seed = 1) {
    this.a = new End(0, a, seed);
    this.b = new End(1, b, seed + 1);
  }

  run(ms: number): void {
    for (const until = this.now + ms; this.now < until; this.now += FRAME_MS) {
      for (const end of [this.a, this.b]) {
        end.now = this.now;
        end.pipeline.tick(this.now);
      }
      this.b.deliver(this.now, this.a);
      this.a.deliver(this.now, this.b);
    }
  }
}

/** The network carries bytes alone, so the ports travel in front of them. */
function withPorts(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const packet = new Uint8Array(4 + bytes.length);
  packet.set([from >> 8, from & 255, to >> 8, to & 255]);
  packet.set(bytes, 4);
  return packet;
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}
