import { randomBytes } from "node:crypto";
import type { OpusFactory } from "../../src/call/codecs.ts";
import type { MediaFigures } from "../../src/call/events.ts";
import { CallPipeline } from "../../src/call/pipeline.ts";
import { type MediaTerms, termsOf } from "../../src/call/terms.ts";
import { monotonicMs } from "../../src/io/clock.ts";
import { answerReoffer } from "../../src/io/reoffer.ts";
import { openSipTransport, type SipTransport } from "../../src/io/sip-transport.ts";
import { openUdp, type UdpSocket } from "../../src/io/udp.ts";
import { tagOf } from "../../src/sip/dialog.ts";
import type { HeaderField } from "../../src/sip/message.ts";
import { type AudioCodec, OfferAnswer } from "../../src/sip/negotiate.ts";
import type { SrtpPolicy } from "../../src/sip/sdes.ts";
import type { CallEvent, LegId, UserAgentCommand } from "../../src/sip/user-agent.ts";
import { tone } from "./tone.ts";

/** A telephone on real sockets: calls or is called, plays a tone, keeps what it hears, presses keys. */

export interface PhoneOptions {
  readonly codecs?: readonly AudioCodec[];
  readonly srtp?: SrtpPolicy;
  readonly opus?: OpusFactory;
  /** Listens on TLS too. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

const HEARD_SAMPLES = 8000;
const SPEECH_HZ = 220;

export class TestPhone {
  readonly events: CallEvent[] = [];
  /** The last second. */
  readonly heard = new Int16Array(HEARD_SAMPLES);
  #sip: SipTransport | undefined;
  #rtp: UdpSocket | undefined;
  #media: OfferAnswer | undefined;
  #pipeline: CallPipeline | undefined;
  #ticker: ReturnType<typeof setInterval> | undefined;
  #sent = 0;
  #loudUntil = 0;
  leg: LegId = 0;
  /** Agreed on; `undefined` before the answer. */
  codec: AudioCodec | undefined;

  private constructor(
    /** 0 for silence. */
    private readonly toneHz: number,
    /** What to do with an INVITE: a status refuses it. */
    private readonly onIncoming: "answer" | "ring" | Extract<UserAgentCommand, { kind: "reject" }>["status"],
    private readonly options: PhoneOptions,
  ) {}

  static async open(
    toneHz: number,
    onIncoming: TestPhone["onIncoming"] = "answer",
    options: PhoneOptions = {},
  ): Promise<TestPhone> {
    const phone = new TestPhone(toneHz, onIncoming, options);
    phone.#rtp = await openUdp({
      host: "127.0.0.1",
      port: 0,
      onPacket: (bytes, address, port) => phone.#pipeline?.receive(monotonicMs(), bytes, address, port),
    });
    phone.#sip = await openSipTransport({
      host: "127.0.0.1",
      port: 0,
      product: "test-phone",
      ...(options.tls === undefined ? {} : { tls: { port: 0, ...options.tls } }),
      onEvent: (event) => phone.#onEvent(event),
    });
    return phone;
  }

  get sipPort(): number {
    return this.#sip?.port ?? 0;
  }

  get tlsPort(): number {
    return this.#sip?.tlsPort ?? 0;
  }

  get rtpPort(): number {
    return this.#rtp?.port ?? 0;
  }

  /** Of the call in progress. */
  get figures(): MediaFigures | undefined {
    return this.#pipeline?.figures();
  }

  /** A voice-like sound of this length, then silence. */
  speak(lengthMs: number): void {
    this.#loudUntil = this.#sent + lengthMs * 8;
  }

  press(keys: string): void {
    this.#pipeline?.press(keys);
  }

  command(command: UserAgentCommand): void {
    this.#sip?.command(command);
  }

  hangUp(): void {
    this.command({ kind: "hangup", leg: this.leg });
  }

  /** Calls a URI with an IP address as host. */
  dial(uri: string, headers: readonly HeaderField[] = []): void {
    const media = this.#newMedia();
    this.#media = media;
    this.leg = this.#sip?.invite({ uri, from: "sip:phone@127.0.0.1", sdp: () => media.offer(), headers }) ?? 0;
  }

  /** The call that it made, as a Replaces header of somebody else names it. */
  get replaceable(): string {
    const answered = this.events.find((event) => event.kind === "answered");
    if (answered === undefined) throw new Error("nobody has answered yet");
    const { callId, to, from } = answered.response;
    return `${callId};to-tag=${tagOf(to)};from-tag=${tagOf(from)}`;
  }

  async close(): Promise<void> {
    clearInterval(this.#ticker);
    await this.#sip?.close(200);
    this.#rtp?.close();
  }

  #onEvent(event: CallEvent): void {
    this.events.push(event);
    if (event.kind === "incoming") this.#ring(event);
    if (event.kind === "answered") {
      const accepted = this.#media?.accept(event.sdp ?? "");
      if (accepted?.ok === true) this.#talk(termsOf(accepted.audio));
    }
    if (event.kind === "reinvite") this.#onReinvite(event.leg, event.sdp);
    if (event.kind === "ended") clearInterval(this.#ticker);
  }

  #ring(event: Extract<CallEvent, { kind: "incoming" }>): void {
    this.leg = event.leg;
    this.command({ kind: "ring", leg: event.leg });
    if (this.onIncoming === "ring") return;
    if (this.onIncoming !== "answer") return this.command({ kind: "reject", leg: event.leg, status: this.onIncoming });
    this.#media = this.#newMedia();
    const answer = this.#media.answer(event.sdp ?? "");
    if (!answer.ok) return this.command({ kind: "reject", leg: event.leg, status: 488 });
    this.#talk(termsOf(answer.audio));
    this.command({ kind: "answer", leg: event.leg, sdp: answer.sdp });
  }

  #newMedia(): OfferAnswer {
    const { codecs, srtp = "off" } = this.options;
    const local = { address: "127.0.0.1", port: this.rtpPort, sessionId: "1", srtp, randomBytes, rtcpMux: true };
    return new OfferAnswer(codecs === undefined ? local : { ...local, codecs });
  }

  #onReinvite(leg: LegId, sdp: string | undefined): void {
    if (this.#media === undefined) return;
    const { command, audio } = answerReoffer(this.#media, leg, sdp);
    if (audio !== undefined) this.#pipeline?.update(termsOf(audio));
    this.command(command);
  }

  #talk(terms: MediaTerms): void {
    this.codec = terms.codec;
    this.#pipeline = new CallPipeline(
      terms,
      { ssrc: 7, firstSequence: 7, firstTimestampTicks: 7 },
      {
        onAudio: (samples) => this.#keep(samples),
        onSent: () => {},
        onDigit: () => {},
        onPlayed: () => {},
        send: (packet, port, address) => this.#rtp?.send(packet, port, address),
      },
      this.options.opus,
    );
    this.#pipeline.playout.add("tone", "finish");
    this.#ticker = setInterval(() => this.#tick(), 20);
  }

  #tick(): void {
    const hz = this.#sent < this.#loudUntil ? SPEECH_HZ : this.toneHz;
    this.#pipeline?.playout.append("tone", tone(hz, this.#sent));
    this.#sent += 160;
    this.#pipeline?.tick(monotonicMs());
  }

  #keep(samples: Int16Array): void {
    this.heard.copyWithin(0, samples.length);
    this.heard.set(samples, HEARD_SAMPLES - samples.length);
  }
}
