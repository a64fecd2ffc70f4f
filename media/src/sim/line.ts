import { pcmu } from "../g711/index.ts";
import { JitterBuffer, type JitterBufferOptions, type PullKind } from "../jitter/buffer.ts";
import { createRtpHeader, parseRtp } from "../rtp/packet.ts";
import { RtpSender } from "../rtp/sender.ts";
import { Netem, type NetemOptions } from "./netem.ts";

/** Loud noise that says where it belongs: the μ-law code of sample `n` of the stream. */
export const codeAt = (n: number) => (Math.imul(n + 1, 0x9e3779b1) >>> 24) | 0;
const DECODED = new Int16Array(256);
pcmu.decode(
  Uint8Array.from({ length: 256 }, (_, i) => i),
  DECODED,
);
const QUIET = 0xff;

export interface Pulled {
  readonly atMs: number;
  readonly kind: PullKind;
  readonly position: number;
  readonly timestampTicks: number;
  readonly present: number;
  /** Samples that were received but are not what the sender put at this position. */
  readonly wrong: number;
}

/** A sender, a network, a buffer, and a puller, on one virtual clock. Position 0 is the first packet that arrived. */
export class Line {
  readonly buffer: JitterBuffer;
  readonly pulled: Pulled[] = [];
  now = 0;
  #sentSamples = 0;
  #sender: RtpSender;
  readonly #netem: Netem;
  readonly #header = createRtpHeader();
  readonly #out = new Int16Array(160);
  readonly #firstTimestampTicks: number;
  #arrivedFirst: number | undefined;
  #someQuiet = false;
  #nextPullMs: number;

  constructor(net: NetemOptions, options: JitterBufferOptions = {}, firstTimestampTicks = 0xffff0000, pullPhaseMs = 7) {
    this.#nextPullMs = pullPhaseMs;
    this.buffer = new JitterBuffer(options);
    this.#netem = new Netem(net);
    this.#firstTimestampTicks = firstTimestampTicks;
    this.#sender = this.#senderAt(firstTimestampTicks, 1);
  }

  #senderAt(firstTimestampTicks: number, ssrc: number): RtpSender {
    return new RtpSender({ ssrc, firstSequence: 65500, firstTimestampTicks, maxPayloadBytes: 480 });
  }

  /** The far end turns into another source with other timestamps. */
  changeSource(ssrc: number, timestampTicks: number): void {
    this.#sender = this.#senderAt(timestampTicks, ssrc);
  }

  /** The far end's timestamps leap without notice. */
  leap(ticks: number): void {
    this.#sender.skip(ticks);
  }

  /** Sends for `ms` in packets of `ptimeMs`; `speech` says which packets are loud (default all). `drift`: sender clock error. */
  talk(ms: number, ptimeMs = 20, speech?: (n: number) => boolean, drift = 0): this {
    this.#someQuiet ||= speech !== undefined;
    const samples = ptimeMs * 8;
    const start = this.now;
    for (let n = 0; n < ms / ptimeMs; n++) {
      this.#runTo(start + n * ptimeMs * (1 + drift));
      for (let i = 0; i < samples; i++)
        this.#sender.payload[i] = speech?.(n) === false ? QUIET : codeAt(this.#sentSamples + i);
      this.#netem.push(this.now, this.#sender.audio(0, samples, samples));
      this.#sentSamples += samples;
    }
    this.#runTo(start + ms * (1 + drift));
    return this;
  }

  /** Time passes with nothing sent; media time passes too unless the far end stops its clock. */
  pause(ms: number, clockRuns = true): this {
    if (clockRuns) {
      this.#sender.skip(ms * 8);
      this.#sentSamples += ms * 8;
    }
    this.#runTo(this.now + ms);
    return this;
  }

  #runTo(until: number): void {
    for (;;) {
      const next = Math.min(this.#netem.deadline(), this.#nextPullMs);
      if (next > until) break;
      this.now = Math.max(this.now, next);
      if (this.#netem.deadline() <= this.now) this.#push(this.#netem.poll(this.now)!);
      else this.#pull();
    }
    this.now = until;
  }

  #push(packet: Uint8Array): void {
    parseRtp(packet, this.#header);
    this.#arrivedFirst ??= (this.#header.timestampTicks - this.#firstTimestampTicks) >>> 0;
    this.buffer.push(this.#header, packet, this.now);
  }

  #pull(): void {
    this.#nextPullMs += 20;
    const frame = this.buffer.pull(this.now, this.#out);
    let present = 0;
    let wrong = 0;
    for (let i = 0; i < 160; i++) {
      const sample = this.#out[i]!;
      if (frame.present[i] === 0 && sample !== 0) wrong++;
      if (frame.present[i] === 0) continue;
      present++;
      if (
        sample !== DECODED[codeAt(frame.positionSamples + (this.#arrivedFirst ?? 0) + i)] &&
        !(this.#someQuiet && sample === 0)
      )
        wrong++;
    }
    const { kind, positionSamples: position, timestampTicks } = frame;
    this.pulled.push({ atMs: this.now, kind, position, timestampTicks, present, wrong });
  }

  kinds(): Record<PullKind, number> {
    const counts = { frame: 0, partial: 0, gap: 0, waiting: 0 };
    for (const { kind } of this.pulled) counts[kind]++;
    return counts;
  }

  /** Frames with audio, all of it checked to be the sender's and in order. */
  audible(): Pulled[] {
    const frames = this.pulled.filter((p) => p.present > 0);
    const wrong = frames.find((p) => p.wrong > 0);
    if (wrong) throw new Error(`not what was sent at position ${wrong.position}: ${wrong.wrong} samples`);
    const back = frames.find((p, i) => i > 0 && p.position < frames[i - 1]!.position + 160);
    if (back) throw new Error(`out of order at position ${back.position}`);
    return frames;
  }

  timestampAt(position: number): number {
    return (this.#firstTimestampTicks + position) >>> 0;
  }
}

/** Loud packets that arrive when told (`undefined`: never), in order, with one pull every 20 ms. */
export class Direct {
  readonly buffer = new JitterBuffer();
  frames = 0;

  run(packets: number, arrivalMs: (n: number) => number | undefined): void {
    const header = { ...createRtpHeader(), payloadLength: 160 };
    const datagram = new Uint8Array(172).map((_, i) => codeAt(i));
    const out = new Int16Array(160);
    const due = Array.from({ length: packets }, (_, n) => ({ n, at: arrivalMs(n) ?? Number.NaN }));
    const arriving = due.filter(({ at }) => !Number.isNaN(at)).sort((a, b) => a.at - b.at || a.n - b.n);
    let next = 0;
    for (let now = 7; now < packets * 20; now += 20) {
      for (; next < arriving.length && arriving[next]!.at <= now; next++) {
        header.timestampTicks = arriving[next]!.n * 160;
        this.buffer.push(header, datagram, arriving[next]!.at);
      }
      if (this.buffer.pull(now, out).kind === "frame") this.frames++;
    }
  }
}
