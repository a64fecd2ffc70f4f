/**
 * Everything between a call's sockets and its audio: SRTP, whose packets are believed, RTP order and loss, RTCP both ways. Plain RTP allocates nothing per
 * packet; SRTP as much as node:crypto does.
 *
 * | arrives      | checked in this order                                                                |
 * |--------------|--------------------------------------------------------------------------------------|
 * | RTP          | form, payload type, SRTP tag and replay, source address, SSRC and sequence           |
 * | RTCP, or mux | SRTCP tag and replay, source address, form                                           |
 */
import { RtcpReporter } from "@sk-voice/media/rtcp/reporter.ts";
import type { RtpClock } from "@sk-voice/media/rtp/clock.ts";
import { createRtpHeader, parseRtp, type RtpHeader } from "@sk-voice/media/rtp/packet.ts";
import { RtpReceiver } from "@sk-voice/media/rtp/receiver.ts";
import { RtpSender } from "@sk-voice/media/rtp/sender.ts";
import { type SrtpMasterKey, SrtpSession } from "@sk-voice/media/srtp/index.ts";
import { SymmetricPeer } from "./peer.ts";
import type { MediaTerms } from "./terms.ts";

export interface PipelineRandom {
  readonly ssrc: number;
  readonly firstSequence: number;
  readonly firstTimestampTicks: number;
}

export interface WireSinks {
  send(packet: Uint8Array, port: number, address: string): void;
  /** From the RTCP port; absent where there is none. */
  sendRtcp?(packet: Uint8Array, port: number, address: string): void;
}

/** One 60 ms packet of G.711; those of Opus are smaller. */
const MAX_PAYLOAD_BYTES = 480;

export class Wire {
  /** Of the packet `receive` returned last. */
  readonly header: RtpHeader = createRtpHeader();
  readonly receiver = new RtpReceiver();
  readonly sender: RtpSender;
  readonly #peer: SymmetricPeer;
  readonly #rtcp: RtcpReporter;
  #local: Secured | undefined;
  #remote: Secured | undefined;
  #rtcpPort: number | undefined;
  /** Of the audio's timestamps, where it is not 8 kHz. */
  clock: RtpClock | undefined;
  #begun = false;
  #lastHeardMs = 0;
  #dropped = 0;

  constructor(
    private terms: MediaTerms,
    random: PipelineRandom,
    private readonly sinks: WireSinks,
  ) {
    this.sender = new RtpSender({ ...random, maxPayloadBytes: MAX_PAYLOAD_BYTES });
    this.#peer = new SymmetricPeer(terms.remote);
    this.#rtcp = new RtcpReporter({
      sender: this.sender,
      receiver: this.receiver,
      // RFC 7022: random, and the same for the life of the call.
      cname: `${random.ssrc.toString(36)}${random.firstTimestampTicks.toString(36)}`,
      random: spread(random.ssrc),
      ticksPerSample: () => this.clock?.ratio ?? 1,
    });
    this.#secure();
  }

  /** Datagrams that were not of this call: malformed, unauthenticated, from a stranger, of an unknown payload type. */
  get droppedPackets(): number {
    return this.#dropped + this.#rtcp.malformed;
  }

  get rtcp(): RtcpReporter["view"] {
    return this.#rtcp.view;
  }

  get isEncrypted(): boolean {
    return this.#remote !== undefined;
  }

  /** A re-INVITE changed address, codec, direction or keys. */
  update(terms: MediaTerms): void {
    this.terms = terms;
    this.#peer.moved(terms.remote);
    this.#rtcpPort = undefined;
    this.#secure();
  }

  /** Since anything of the call was heard, RTCP included; 0 before the first `tick`. */
  silentMs(now: number): number {
    return this.#begun ? now - this.#lastHeardMs : 0;
  }

  /** Hold is not silence: starts counting anew. */
  stayAwake(now: number): void {
    this.#lastHeardMs = now;
  }

  /** The decrypted datagram when its audio or event is to be used; `header` then describes it. */
  receive(now: number, datagram: Uint8Array, address: string, port: number): Uint8Array | undefined {
    const { header } = this;
    const verdict = parseRtp(datagram, header);
    if (verdict === "rtcp") this.receiveRtcp(now, datagram, address, port);
    if (verdict === "rtcp") return undefined;
    const packet = verdict === "ok" && this.#isKnown(header.payloadType) ? this.#open(datagram) : undefined;
    if (packet === undefined || !this.#peer.accepts(now, address, port)) {
      this.#dropped++;
      return undefined;
    }
    this.#lastHeardMs = now;
    const isAudio = header.payloadType === this.terms.payloadType;
    if (isAudio && this.clock) header.timestampTicks = this.clock.toOurs(header.timestampTicks);
    const arrival = this.receiver.receive(header, now, isAudio);
    return arrival === "duplicate" || arrival === "jump" || arrival === "probation" ? undefined : packet;
  }

  /** From the RTCP port, or by way of `receive` where both are multiplexed. */
  receiveRtcp(now: number, datagram: Uint8Array, address: string, port: number): void {
    const packet = this.#remote ? this.#remote.session.unprotectRtcp(datagram) : datagram;
    if (packet === undefined || address !== this.#peer.address) {
      this.#dropped++;
      return;
    }
    if (!this.#rtcp.receive(packet, now, now)) return;
    this.#lastHeardMs = now;
    if (port !== this.#peer.port) this.#rtcpPort = port;
  }

  /** `packet` comes from `sender`. */
  send(packet: Uint8Array): void {
    const secured = this.#local ? this.#local.session.protectRtp(packet) : packet;
    if (secured) this.sinks.send(secured, this.#peer.port, this.#peer.address);
  }

  /** Every 20 ms. The monotonic clock stands in for NTP time: RFC 3550 section 6.4.1 allows it, and only differences are used. */
  tick(now: number): void {
    if (!this.#begun) this.#begin(now);
    if (now >= this.#rtcp.deadline()) this.#report(this.#rtcp.report(now, now));
  }

  #begin(now: number): void {
    this.#begun = true;
    this.#lastHeardMs = now;
    this.#rtcp.begin(now);
  }

  /** The last word, RFC 3550 section 6.6. */
  close(now: number): void {
    this.#report(this.#rtcp.bye(now, now));
  }

  #isKnown(payloadType: number): boolean {
    const { payloadType: audio, dtmfPayloadType, comfortNoisePayloadType } = this.terms;
    return payloadType === audio || payloadType === dtmfPayloadType || payloadType === comfortNoisePayloadType;
  }

  /** Header and payload offset stay where they are; the length loses the tag. */
  #open(datagram: Uint8Array): Uint8Array | undefined {
    if (this.#remote === undefined) return datagram;
    const packet = this.#remote.session.unprotectRtp(datagram);
    return packet !== undefined && parseRtp(packet, this.header) === "ok" ? packet : undefined;
  }

  #report(compound: Uint8Array): void {
    const { remoteRtcp, remote } = this.terms;
    const { sinks } = this;
    if (remoteRtcp === undefined) return;
    const packet = this.#local ? this.#local.session.protectRtcp(compound) : compound;
    if (packet === undefined) return;
    if (remoteRtcp.port === remote.port) sinks.send(packet, this.#peer.port, this.#peer.address);
    else sinks.sendRtcp?.(packet, this.#rtcpPort ?? remoteRtcp.port, this.#peer.address);
  }

  /** Sessions outlive a re-INVITE that repeats their key: rollover counters and replay windows must. */
  #secure(): void {
    const { srtp } = this.terms;
    this.#local = renewed(this.#local, srtp?.local);
    this.#remote = renewed(this.#remote, srtp?.remote);
  }
}

interface Secured {
  readonly master: SrtpMasterKey;
  readonly session: SrtpSession;
}

function renewed(before: Secured | undefined, master: SrtpMasterKey | undefined): Secured | undefined {
  if (master === undefined) return undefined;
  const isSame =
    before?.master.suite === master.suite &&
    Buffer.compare(before.master.key, master.key) === 0 &&
    Buffer.compare(before.master.salt, master.salt) === 0;
  return before && isSame ? before : { master, session: new SrtpSession(master) };
}

/** 0 ≤ x < 1, differing from call to call: reports of many calls do not fall together. */
function spread(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
