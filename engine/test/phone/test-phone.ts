import { CallPipeline } from "../../src/call/pipeline.ts";
import { termsOf } from "../../src/call/terms.ts";
import { monotonicMs } from "../../src/io/clock.ts";
import { openSipTransport, type SipTransport } from "../../src/io/sip-transport.ts";
import { openUdp, type UdpSocket } from "../../src/io/udp.ts";
import { OfferAnswer } from "../../src/sip/negotiate.ts";
import type { CallEvent, LegId, UserAgentCommand } from "../../src/sip/user-agent.ts";
import { tone } from "./tone.ts";

/** A telephone on real sockets that is called: rings, answers, plays a tone, keeps what it hears, presses keys. */

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

  private constructor(
    /** 0 for silence. */
    private readonly toneHz: number,
    /** What to do with an INVITE: a status refuses it. */
    private readonly onIncoming: "answer" | "ring" | Extract<UserAgentCommand, { kind: "reject" }>["status"],
  ) {}

  static async open(toneHz: number, onIncoming: TestPhone["onIncoming"] = "answer"): Promise<TestPhone> {
    const phone = new TestPhone(toneHz, onIncoming);
    phone.#rtp = await openUdp({
      host: "127.0.0.1",
      port: 0,
      onPacket: (bytes, address, port) => phone.#pipeline?.receive(monotonicMs(), bytes, address, port),
    });
    phone.#sip = await openSipTransport({
      host: "127.0.0.1",
      port: 0,
      product: "test-phone",
      onEvent: (event) => phone.#onEvent(event),
    });
    return phone;
  }

  get sipPort(): number {
    return this.#sip?.port ?? 0;
  }

  get rtpPort(): number {
    return this.#rtp?.port ?? 0;
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

  async close(): Promise<void> {
    clearInterval(this.#ticker);
    await this.#sip?.close(200);
    this.#rtp?.close();
  }

  #onEvent(event: CallEvent): void {
    this.events.push(event);
    if (event.kind === "incoming") this.#ring(event);
    if (event.kind === "ended") clearInterval(this.#ticker);
  }

  #ring(event: Extract<CallEvent, { kind: "incoming" }>): void {
    this.leg = event.leg;
    this.command({ kind: "ring", leg: event.leg });
    if (this.onIncoming === "ring") return;
    if (this.onIncoming !== "answer") return this.command({ kind: "reject", leg: event.leg, status: this.onIncoming });
    this.#media = new OfferAnswer({ address: "127.0.0.1", port: this.rtpPort, sessionId: "1" });
    const answer = this.#media.answer(event.sdp ?? "");
    if (!answer.ok) return this.command({ kind: "reject", leg: event.leg, status: 488 });
    this.#pipeline = new CallPipeline(
      termsOf(answer.audio),
      { ssrc: 7, firstSequence: 7, firstTimestampTicks: 7 },
      {
        onAudio: (samples) => this.#keep(samples),
        onSent: () => {},
        onDigit: () => {},
        onPlayed: () => {},
        send: (packet, port, address) => this.#rtp?.send(packet, port, address),
      },
    );
    this.#pipeline.playout.add("tone", "finish");
    this.#ticker = setInterval(() => this.#tick(), 20);
    this.command({ kind: "answer", leg: event.leg, sdp: answer.sdp });
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
