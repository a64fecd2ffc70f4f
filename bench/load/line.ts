/** One caller of the load generator: a socket, shared pre-encoded speech, and what it hears. Allocates nothing per packet of its own. */
import { monotonicMs } from "@sk-voice/engine/io/clock.ts";
import type { RtpSocket } from "@sk-voice/engine/io/rtp-socket.ts";
import { readUint32 } from "@sk-voice/media/rtp/packet.ts";

const HEADER_BYTES = 12;
const FRAME_BYTES = 160;
const FRAME_MS = 20;
const SAMPLES_PER_MS = 8;
/** She has finished when nothing was heard for this long. */
const QUIET_MS = 700;
const NO_REPLY_MS = 8000;
/** Between silence and a ducked tone. */
const AUDIBLE = 300;
const SILENCE = new Uint8Array(FRAME_BYTES).fill(0xff);

/** Magnitude of each μ-law byte (G.711). */
const MAGNITUDE = Uint16Array.from({ length: 256 }, (_, byte) => {
  const inverted = ~byte & 0xff;
  return (((inverted & 0x0f) * 8 + 132) << ((inverted >> 4) & 7)) - 132;
});

export interface LineFigures {
  readonly number: string;
  /** ACK → first packet, ACK → first packet with sound. */
  readonly firstPacketMs: number | undefined;
  readonly firstAudioMs: number | undefined;
  /** Last voiced packet sent → first packet with sound, in order of the turns. */
  readonly responsesMs: readonly number[];
  readonly unanswered: number;
  /** Onset of the caller's voice over hers → first packet turned down or silent, and → last packet at full level. */
  readonly duckedMs: readonly number[];
  readonly lastFullMs: readonly number[];
  readonly received: number;
  readonly expected: number;
}

/** Samples of all lines while the measurement runs. */
export interface Pacing {
  measuring: boolean;
  readonly latenessMs: number[];
  readonly deviationMs: number[];
}

/** Her scripted voice is a tone of this magnitude; a packet below this share of it is turned down. */
const FULL = 4000;
const FULL_SHARE = 0.6;

export class Line {
  socket: RtpSocket | undefined;
  remotePort = 0;
  #packet = new Uint8Array(HEADER_BYTES + FRAME_BYTES);
  #view = new DataView(this.#packet.buffer);
  #sequence = 0;
  #position = -1;
  #saidMs: number | undefined;
  #heardMs = 0;
  #ackMs: number | undefined;
  #firstPacketMs: number | undefined;
  #firstAudioMs: number | undefined;
  readonly #responsesMs: number[] = [];
  #unanswered = 0;
  #lastSequence: number | undefined;
  #lastTimestamp = 0;
  /** RTP time since the first packet. */
  #mediaMs = 0;
  #extended = 0;
  #first = -1;
  #last = -1;
  #received = 0;
  #baseMs = Number.POSITIVE_INFINITY;
  #arrivedMs = Number.NaN;
  #replyMs: number | undefined;
  #onsetMs: number | undefined;
  #fullMs = 0;
  readonly #duckedMs: number[] = [];
  readonly #lastFullMs: number[] = [];

  /** `interruptAfterMs`: speaks up that long into each of her replies; 0 lets her finish. */
  constructor(
    readonly number: string,
    private readonly speech: Uint8Array,
    private readonly pacing: Pacing,
    ssrc: number,
    private readonly interruptAfterMs = 0,
  ) {
    this.#packet[0] = 0x80;
    this.#view.setUint32(8, ssrc);
  }

  answered(now: number, remotePort: number): void {
    this.#ackMs = now;
    this.remotePort = remotePort;
  }

  /** Every 20 ms. What came since is counted at the kernel's time of arrival, however late this process is. */
  tick(now: number): void {
    if (this.remotePort === 0) return;
    this.socket?.receive(this.#receive);
    this.#decide(now);
    this.#packet.set(this.#nextFrame(), HEADER_BYTES);
    this.#view.setUint16(2, this.#sequence & 0xffff);
    this.#view.setUint32(4, (this.#sequence++ * FRAME_BYTES) >>> 0);
    this.socket?.send(this.#packet, this.remotePort, "127.0.0.1");
  }

  readonly #receive = (packet: Uint8Array, now: number): void => {
    // A neighbour's RTCP comes to the port after its own.
    if (this.#ackMs === undefined || packet.length !== HEADER_BYTES + FRAME_BYTES) return;
    this.#firstPacketMs ??= now - this.#ackMs;
    this.#pace(now, (packet[2]! << 8) | packet[3]!, readUint32(packet, 4));
    const loudest = loudestOf(packet);
    if (this.#onsetMs !== undefined) this.#overlap(now, loudest);
    if (loudest <= AUDIBLE) return;
    this.#firstAudioMs ??= now - this.#ackMs;
    this.#heardMs = now;
    if (this.#saidMs === undefined) return;
    this.#responsesMs.push(now - this.#saidMs);
    this.#saidMs = undefined;
    this.#replyMs = now;
  };

  figures(): LineFigures {
    return {
      number: this.number,
      firstPacketMs: this.#firstPacketMs,
      firstAudioMs: this.#firstAudioMs,
      responsesMs: this.#responsesMs,
      unanswered: this.#unanswered,
      duckedMs: this.#duckedMs,
      lastFullMs: this.#lastFullMs,
      received: this.#received,
      expected: this.#first < 0 ? 0 : this.#last - this.#first + 1,
    };
  }

  #decide(now: number): void {
    if (this.#saidMs !== undefined && now - this.#saidMs > NO_REPLY_MS) {
      this.#unanswered++;
      this.#saidMs = undefined;
    }
    if (this.#interrupts(now)) {
      this.#position = 0;
      this.#onsetMs = monotonicMs();
      this.#fullMs = this.#onsetMs;
      this.#replyMs = undefined;
    }
    const idle = this.#position < 0 && this.#saidMs === undefined && this.#heardMs > 0;
    if (idle && now - this.#heardMs > QUIET_MS) this.#position = 0;
  }

  #interrupts(now: number): boolean {
    if (this.interruptAfterMs === 0 || this.#replyMs === undefined || this.#position >= 0) return false;
    return now - this.#replyMs >= this.interruptAfterMs && now - this.#heardMs < 2 * FRAME_MS;
  }

  #overlap(now: number, loudest: number): void {
    if (loudest >= FULL * FULL_SHARE) {
      this.#fullMs = now;
      return;
    }
    this.#duckedMs.push(now - this.#onsetMs!);
    this.#lastFullMs.push(this.#fullMs - this.#onsetMs!);
    this.#onsetMs = undefined;
  }

  #nextFrame(): Uint8Array {
    if (this.#position < 0) return SILENCE;
    const frame = this.speech.subarray(this.#position, this.#position + FRAME_BYTES);
    this.#position += FRAME_BYTES;
    if (this.#position < this.speech.length) return frame;
    this.#position = -1;
    this.#saidMs = monotonicMs();
    return frame;
  }

  #pace(now: number, sequence: number, timestamp: number): void {
    if (this.#lastSequence !== undefined) {
      this.#extended += ((sequence - this.#lastSequence + 0x8000) & 0xffff) - 0x8000;
      this.#mediaMs += ((timestamp - this.#lastTimestamp) | 0) / SAMPLES_PER_MS;
    }
    this.#lastSequence = sequence;
    this.#lastTimestamp = timestamp;
    if (!this.pacing.measuring) {
      this.#arrivedMs = Number.NaN;
      return;
    }
    if (this.#first < 0) this.#first = this.#extended;
    this.#last = Math.max(this.#last, this.#extended);
    this.#received++;
    const offsetMs = now - this.#mediaMs;
    this.#baseMs = Math.min(this.#baseMs, offsetMs);
    this.pacing.latenessMs.push(offsetMs - this.#baseMs);
    if (!Number.isNaN(this.#arrivedMs)) this.pacing.deviationMs.push(Math.abs(now - this.#arrivedMs - FRAME_MS));
    this.#arrivedMs = now;
  }
}

/** Every third byte is enough to see a voice. */
function loudestOf(packet: Uint8Array): number {
  let loudest = 0;
  for (let i = HEADER_BYTES; i < packet.length; i += 3) loudest = Math.max(loudest, MAGNITUDE[packet[i]!]!);
  return loudest;
}
