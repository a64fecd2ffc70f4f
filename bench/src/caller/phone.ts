/** A phone: calls over real SIP and RTP, plays audio, hears audio, presses keys. What the built-in caller and the load tests speak through. */
import { randomInt } from "node:crypto";
import { CallPipeline } from "@sk-voice/engine/call/pipeline.ts";
import { monotonicMs } from "@sk-voice/engine/io/clock.ts";
import { FRAME_MS, startTicker, type Ticker } from "@sk-voice/engine/io/loop.ts";
import { openSipTransport, type SipTransport } from "@sk-voice/engine/io/sip-transport.ts";
import { openUdp, type UdpSocket } from "@sk-voice/engine/io/udp.ts";
import { RIGHT, StereoTimeline } from "@sk-voice/engine/recording/stereo.ts";
import { OfferAnswer } from "@sk-voice/engine/sip/negotiate.ts";
import type { CallEvent, EndCause, LegId } from "@sk-voice/engine/sip/user-agent-types.ts";

export interface PhoneOptions {
  /** `sip:suki@127.0.0.1:5060`, `;transport=tcp` for TCP. */
  readonly uri: string;
  /** The caller's number, E.164, or a name. */
  readonly from: string;
  readonly fromName?: string;
  /** 20 ms of hers, when it reached us. The array is reused. */
  readonly onAudio: (atMs: number, samples: Int16Array) => void;
  /** A packet of hers as it came, before any buffer. The array is reused. */
  readonly onPacket?: (atMs: number, datagram: Uint8Array) => void;
  /** A packet with the first audible sample after silence of ours leaves. */
  readonly onVoice?: (atMs: number) => void;
  /** Our last audible sample of what was said has left. */
  readonly onSaid: (atMs: number) => void;
  readonly onAnswered: (atMs: number) => void;
  readonly onEnded: (cause: EndCause, status: number) => void;
  /** A bad line: asked for each RTP packet of either direction, which is lost when true. */
  readonly isLost?: () => boolean;
}

/** Below this a frame of our own speech is a pause. */
const VOICED_PEAK = 300;
/** Longer pauses of ours are silence. */
const SILENCE_MS = 400;

export class Phone {
  readonly #timeline: StereoTimeline;
  readonly #recorded: Int16Array[] = [];
  #sip: SipTransport | undefined;
  #rtp: UdpSocket | undefined;
  #leg: LegId | undefined;
  #media: OfferAnswer | undefined;
  #pipeline: CallPipeline | undefined;
  #ticker: Ticker | undefined;
  #item = 0;
  #lastVoicedMs = 0;
  /** First packet of hers after the answer. */
  firstAudioMs: number | undefined;

  constructor(private readonly options: PhoneOptions) {
    this.#timeline = new StereoTimeline(monotonicMs(), RIGHT);
  }

  async dial(): Promise<void> {
    this.#rtp = await openUdp({
      host: "127.0.0.1",
      port: 0,
      onPacket: (bytes, address, port) => this.#receive(bytes, address, port),
    });
    const port = this.#rtp.port;
    this.#sip = await openSipTransport({
      host: "127.0.0.1",
      port: 0,
      product: "sk-voice-caller",
      onEvent: (event) => this.#onSip(event),
    });
    this.#leg = this.#sip.invite({
      uri: this.options.uri,
      from: `sip:${this.options.from}@127.0.0.1`,
      ...(this.options.fromName === undefined ? {} : { fromName: this.options.fromName }),
      sdp: (address) => {
        this.#media = new OfferAnswer({ address, port, sessionId: String(randomInt(2 ** 31)) });
        return this.#media.offer();
      },
    });
  }

  /** Says it after what is being said. Samples are 8 kHz. */
  say(samples: Int16Array): void {
    const id = String(++this.#item);
    this.#pipeline?.playout.add(id, "drop");
    this.#pipeline?.playout.append(id, samples);
    this.#pipeline?.playout.finish(id);
  }

  /** Breaks off what is being said. */
  stop(): void {
    this.#pipeline?.playout.interrupt();
  }

  /** Presses keys by RFC 4733, 120 ms each. */
  press(digits: string): void {
    this.#pipeline?.press(digits);
  }

  hangUp(): void {
    if (this.#leg !== undefined) this.#sip?.command({ kind: "hangup", leg: this.#leg });
  }

  /** Both sides so far: us left, her right. */
  recording(): Int16Array {
    this.#recorded.push(this.#timeline.finish(monotonicMs()));
    const out = new Int16Array(this.#recorded.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#recorded) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  /** How late our own packets were, 99 of 100 of them at most: beyond 60 ms (50 are counted) frames are left out, and what we say is choppy. */
  get latenessMs(): number {
    return this.#ticker?.lateness.percentile(0.99) ?? 0;
  }

  async close(): Promise<void> {
    this.#ticker?.stop();
    await this.#sip?.close();
    this.#rtp?.close();
  }

  #onSip(event: CallEvent): void {
    if (event.kind === "answered") this.#onAnswered(event.sdp ?? "");
    if (event.kind === "ended") {
      this.#ticker?.stop();
      this.options.onEnded(event.cause, event.status);
    }
  }

  #onAnswered(sdp: string): void {
    const accepted = this.#media?.accept(sdp);
    if (!accepted?.ok) return this.hangUp();
    const { codec, payloadType, telephoneEventPayloadType, remoteAddress, remotePort } = accepted.audio;
    this.#pipeline = new CallPipeline(
      {
        codec,
        payloadType,
        dtmfPayloadType: telephoneEventPayloadType,
        remote: { address: remoteAddress, port: remotePort },
        sending: true,
      },
      { ssrc: randomInt(2 ** 32), firstSequence: randomInt(2 ** 15), firstTimestampTicks: randomInt(2 ** 32) },
      {
        onAudio: (samples, heardMs, position) => {
          this.#timeline.received(heardMs, position, samples);
          this.options.onAudio(heardMs, samples);
        },
        onSent: (samples) => this.#onSent(samples),
        onDigit: () => {},
        onPlayed: (_item, _playedMs, finished) => {
          if (finished) this.options.onSaid(this.#lastVoicedMs);
        },
        send: (packet, port, address) => {
          if (!this.options.isLost?.()) this.#rtp?.send(packet, port, address);
        },
      },
    );
    const pipeline = this.#pipeline;
    this.options.onAnswered(monotonicMs());
    this.#ticker = startTicker(monotonicMs, (bucket) => {
      if (bucket === 0) pipeline.tick(monotonicMs());
    });
  }

  #onSent(samples: Int16Array): void {
    const now = monotonicMs();
    if (samples.some((sample) => Math.abs(sample) > VOICED_PEAK)) {
      if (now - this.#lastVoicedMs > SILENCE_MS) this.options.onVoice?.(now);
      this.#lastVoicedMs = now + FRAME_MS;
    }
    this.#timeline.sent(now, samples);
    const piece = this.#timeline.take(now, 8000);
    if (piece) this.#recorded.push(piece);
  }

  #receive(bytes: Uint8Array, address: string, port: number): void {
    if (this.options.isLost?.()) return;
    const now = monotonicMs();
    this.firstAudioMs ??= now;
    this.options.onPacket?.(now, bytes);
    this.#pipeline?.receive(now, bytes, address, port);
  }
}
