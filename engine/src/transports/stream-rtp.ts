/** The RTP a peer of ours sends to the media thread: μ-law in packets of 20 ms, keys as RFC 4733 events. */
import { eventOfDigit } from "@sk-voice/media/dtmf/digits.ts";
import { RtpSender, type RtpSenderOptions } from "@sk-voice/media/rtp/sender.ts";
import { FRAME_SAMPLES } from "@sk-voice/media/units.ts";

export const PCMU_PAYLOAD_TYPE = 0;
export const DTMF_PAYLOAD_TYPE = 101;

const KEY_PRESS_TICKS = 800;
/** −10 dBm0. */
const KEY_VOLUME = 10;
const END_BIT = 0x80;

export class StreamRtp {
  readonly #rtp: RtpSender;
  readonly #firstTicks: number;
  readonly #pending = new Uint8Array(FRAME_SAMPLES);
  #pendingBytes = 0;
  #nextTicks = 0;

  /** `toMedia` is given RTP packets for the media thread, valid during the call. */
  constructor(
    random: RtpSenderOptions,
    private readonly toMedia: (packet: Uint8Array) => void,
  ) {
    this.#rtp = new RtpSender(random);
    this.#firstTicks = random.firstTimestampTicks;
  }

  /** Where the next byte belongs, in 8 kHz ticks since the beginning. */
  get nextTicks(): number {
    return this.#nextTicks;
  }

  /** Any number of μ-law bytes that begin at `ticks`: a frame or more away from `nextTicks` is a gap, less is rounding. */
  push(bytes: Uint8Array, ticks: number): void {
    if (Math.abs(ticks - this.#nextTicks) >= FRAME_SAMPLES) {
      this.#pendingBytes = 0;
      this.#nextTicks = ticks;
    }
    for (let at = 0; at < bytes.length; ) {
      const part = Math.min(bytes.length - at, FRAME_SAMPLES - this.#pendingBytes);
      this.#pending.set(bytes.subarray(at, at + part), this.#pendingBytes);
      at += part;
      this.#pendingBytes += part;
      this.#nextTicks += part;
      if (this.#pendingBytes === FRAME_SAMPLES) this.#flush();
    }
  }

  /** The key went down and came up: one packet with the start, three with the end (RFC 4733 section 2.5.1.4). False for what is no key. */
  press(digit: string): boolean {
    const event = eventOfDigit(digit);
    if (event < 0) return false;
    const ticks = (this.#firstTicks + this.#nextTicks) >>> 0;
    for (let index = 0; index < 4; index++) {
      const { payload } = this.#rtp;
      payload[0] = event;
      payload[1] = (index === 0 ? 0 : END_BIT) | KEY_VOLUME;
      payload[2] = KEY_PRESS_TICKS >> 8;
      payload[3] = KEY_PRESS_TICKS & 0xff;
      this.toMedia(this.#rtp.event(DTMF_PAYLOAD_TYPE, ticks, index === 0, 4));
    }
    return true;
  }

  #flush(): void {
    this.#rtp.payload.set(this.#pending);
    const ticks = (this.#firstTicks + this.#nextTicks - FRAME_SAMPLES) >>> 0;
    this.toMedia(this.#rtp.event(PCMU_PAYLOAD_TYPE, ticks, false, FRAME_SAMPLES));
    this.#pendingBytes = 0;
  }
}
