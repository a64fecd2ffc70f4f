/**
 * A LiveKit room's sound and the call's own RTP, translated into each other. The room speaks 48 kHz PCM, the call μ-law at 8 kHz in packets of 20 ms; to the rest of the
 * engine the room is an RTP peer. Owns no socket and no room.
 */
import { pcmu } from "@sk-voice/media/g711/index.ts";
import { designResampler, type ResampleFilter, Resampler } from "@sk-voice/media/resample.ts";
import { createRtpHeader, parseRtp } from "@sk-voice/media/rtp/packet.ts";
import type { RtpSenderOptions } from "@sk-voice/media/rtp/sender.ts";
import { FRAME_MS, SAMPLE_RATE_HZ, TICKS_PER_MS } from "@sk-voice/media/units.ts";
import { PCMU_PAYLOAD_TYPE, StreamRtp } from "../stream-rtp.ts";

export const ROOM_RATE_HZ = 48_000;
export const ROOM_FRAME_SAMPLES = (ROOM_RATE_HZ * FRAME_MS) / 1000;

/** 200 ms of her voice the room has not taken: the oldest goes, so that what is heard stays near to now. */
const MAX_WAITING_FRAMES = 10;
/** The caller's track was silent for longer than a busy machine is late: a gap in time, not a delay. */
const GAP_MS = 300;
/** 120 ms of μ-law, the longest packet there is. */
const MAX_PACKET_SAMPLES = 960;

/** Designed once: some milliseconds each. */
let filters: { readonly down: ResampleFilter; readonly up: ResampleFilter } | undefined;

export class RoomBridge {
  /** Frames of hers the room did not take in time. */
  droppedFrames = 0;
  readonly #rtp: StreamRtp;
  readonly #down: Resampler;
  readonly #up: Resampler;
  readonly #header = createRtpHeader();
  readonly #decoded = new Int16Array(MAX_PACKET_SAMPLES);
  readonly #waiting: Int16Array[] = [];
  #frame = new Int16Array(ROOM_FRAME_SAMPLES);
  #frameSamples = 0;
  #startMs: number | undefined;

  /** `toMedia` is given RTP packets for the media thread, valid during the call. */
  constructor(random: RtpSenderOptions, toMedia: (packet: Uint8Array) => void) {
    filters ??= {
      down: designResampler(ROOM_RATE_HZ, SAMPLE_RATE_HZ),
      up: designResampler(SAMPLE_RATE_HZ, ROOM_RATE_HZ),
    };
    this.#rtp = new StreamRtp(random, toMedia);
    this.#down = new Resampler(filters.down);
    this.#up = new Resampler(filters.up);
  }

  /** The caller's sound as it arrives, cut anyhow: mono at 48 kHz. */
  hear(now: number, samples: Int16Array): void {
    this.#startMs ??= now;
    const narrow = this.#down.push(samples);
    const bytes = new Uint8Array(narrow.length);
    pcmu.encode(narrow, bytes);
    const dueTicks = Math.round((now - this.#startMs) * TICKS_PER_MS);
    const isGap = dueTicks - this.#rtp.nextTicks > GAP_MS * TICKS_PER_MS;
    this.#rtp.push(bytes, isGap ? dueTicks : this.#rtp.nextTicks);
  }

  /** The caller has pressed a key. False for what is none. */
  press(digit: string): boolean {
    return this.#rtp.press(digit);
  }

  /** One RTP packet of hers; what holds no audio is nothing to the room. */
  speak(packet: Uint8Array): void {
    if (parseRtp(packet, this.#header) !== "ok" || this.#header.payloadType !== PCMU_PAYLOAD_TYPE) return;
    const { payloadOffset, payloadLength } = this.#header;
    const count = pcmu.decode(packet, this.#decoded, payloadOffset, payloadLength);
    const wide = this.#up.push(this.#decoded.subarray(0, count));
    for (let at = 0; at < wide.length; ) {
      const part = Math.min(wide.length - at, ROOM_FRAME_SAMPLES - this.#frameSamples);
      this.#frame.set(wide.subarray(at, at + part), this.#frameSamples);
      at += part;
      this.#frameSamples += part;
      if (this.#frameSamples === ROOM_FRAME_SAMPLES) this.#complete();
    }
  }

  /** Her next 20 ms for the room, the room's to keep; `undefined` when there are none. */
  poll(): Int16Array | undefined {
    return this.#waiting.shift();
  }

  /** She was interrupted: what the room has not taken is not said. */
  clear(): void {
    this.#waiting.length = 0;
  }

  #complete(): void {
    if (this.#waiting.length === MAX_WAITING_FRAMES) {
      this.#waiting.shift();
      this.droppedFrames++;
    }
    this.#waiting.push(this.#frame);
    this.#frame = new Int16Array(ROOM_FRAME_SAMPLES);
    this.#frameSamples = 0;
  }
}
