import type { AudioDecoder } from "../codec.ts";
import { codecForPayloadType } from "../g711/index.ts";
import type { RtpHeader } from "../rtp/packet.ts";
import { FRAME_MS, FRAME_SAMPLES, msToTicks, TICKS_PER_MS, ticksToMs } from "../units.ts";
import { DelayEstimator, type DelayOptions } from "./delay.ts";
import { PcmRing } from "./ring.ts";
import { Timeline } from "./timeline.ts";

/**
 * Turns packets of any ptime, in any order, into one 20 ms frame per pull. Packets are decoded when they come and placed by RTP
 * timestamp, so sequence numbers and ptime do not matter here.
 *
 * | state   | pull finds                        | answers   | next                                                  |
 * |---------|-----------------------------------|-----------|-------------------------------------------------------|
 * | waiting | nothing, or target delay not over | "waiting" | waiting; playing once the target delay has passed     |
 * | playing | a frame's worth of time, all there| "frame"   | playing                                               |
 * | playing | some of it / none, but later audio| "partial" / "gap" | playing (lost, or held once to grow the delay) |
 * | playing | nothing newer (underrun)          | "gap"     | playing, time held; waiting after 300 ms              |
 */
export type PullKind = "frame" | "partial" | "gap" | "waiting";

/** What `pull` gave; one object, overwritten by the next pull. */
export interface PulledFrame {
  kind: PullKind;
  /** RTP timestamp of the frame's first sample, by the sender's newest numbering. */
  timestampTicks: number;
  /**
   * Where the frame's first sample lies on the call's own time line, in samples; 0 is the first packet. Follows RTP time, and is
   * bridged by arrival time where the sender jumps. A "gap" may be given the same position as the frame after it.
   */
  positionSamples: number;
  /** 1 for each sample that was received, 0 for those to conceal. */
  readonly present: Uint8Array;
  /** Audio before this frame was left out to shorten the delay: smooth the joint. */
  spliced: boolean;
}

/** `"late"`: its time has been played. `"unsupported"`: no codec for its payload type, or no payload. */
export type PushVerdict = "queued" | "late" | "duplicate" | "unsupported";

export interface JitterStats {
  readonly queued: number;
  readonly late: number;
  readonly duplicates: number;
  readonly reordered: number;
  readonly unsupported: number;
  /** SSRC changes and timestamp jumps bridged. */
  readonly resyncs: number;
  /** Times the window was full and playing skipped ahead. */
  readonly overflows: number;
  readonly underruns: number;
  /** Frames played in full, and frames of which part or all was concealed. */
  readonly wholeFrames: number;
  readonly concealedFrames: number;
  /** Frames inserted and left out to change the delay. */
  readonly heldFrames: number;
  readonly skippedFrames: number;
  /** Of the last frame played, and what it should be. */
  readonly delayMs: number;
  readonly targetMs: number;
  readonly meanDelayMs: number;
  readonly maxDelayMs: number;
}

export interface JitterBufferOptions extends DelayOptions {
  /** Codec of a payload type; default: the static ones, 0 and 8. `undefined` refuses the packet (comfort noise, events). */
  readonly codecFor?: (payloadType: number) => AudioDecoder | undefined;
}

/** About one second: five times the longest delay. */
const WINDOW_SAMPLES = 8192;
/** The longest packet understood; the rest of a longer one is ignored. */
const MAX_PACKET_SAMPLES = 1600;
const UNDERRUN_FRAMES = 300 / FRAME_MS;
/** Speech pauses: 20 dB under the running level, or below -60 dBFS. */
const QUIET_SHARE = 0.1;
const QUIET_FLOOR = 32;
/** At most one frame is left out of, or put into, running audio in this many. */
const ADJUST_EVERY_FRAMES = 10;
/** Three quarters of a frame: leaving one out must not bring the delay so far below its target that it grows again. */
const SHRINK_EXCESS = (3 * FRAME_SAMPLES) / 4;

export class JitterBuffer {
  readonly #codecFor: (payloadType: number) => AudioDecoder | undefined;
  readonly #delay: DelayEstimator;
  readonly #timeline = new Timeline();
  readonly #ring = new PcmRing(WINDOW_SAMPLES);
  readonly #decoded = new Int16Array(MAX_PACKET_SAMPLES);
  readonly #frame: PulledFrame = {
    kind: "waiting",
    timestampTicks: 0,
    positionSamples: 0,
    present: new Uint8Array(FRAME_SAMPLES),
    spliced: false,
  };

  #playing = false;
  /** Position of the next frame; everything before it is gone. */
  #cursor = 0;
  /** Position after the newest sample; never less than the cursor. */
  #end = 0;
  #playedUntil = 0;
  #spliced = false;
  #heldInUnderrun = 0;
  #framesSinceAdjust = 0;
  #levelPeak = 0;

  #queued = 0;
  #late = 0;
  #duplicates = 0;
  #unsupported = 0;
  #overflows = 0;
  #underruns = 0;
  #wholeFrames = 0;
  #concealedFrames = 0;
  #heldFrames = 0;
  #skippedFrames = 0;
  #delayTicks = 0;
  #delayTicksSum = 0;
  #delayTicksMax = 0;

  constructor(options: JitterBufferOptions = {}) {
    this.#codecFor = options.codecFor ?? codecForPayloadType;
    this.#delay = new DelayEstimator(options);
  }

  /** `packet` is the whole datagram `header` was parsed from; it is not kept. `now`: arrival, monotonic ms. */
  push(header: RtpHeader, packet: Uint8Array, now: number): PushVerdict {
    const codec = this.#codecFor(header.payloadType);
    const count = codec?.decode(packet, this.#decoded, header.payloadOffset, header.payloadLength) ?? 0;
    if (count === 0) {
      this.#unsupported++;
      return "unsupported";
    }
    const position = this.#timeline.place(header, now, this.#end);
    const idle = this.#end <= this.#cursor;
    if (!this.#playing) this.#moveStart(position, idle);
    this.#measure(position, now, idle);
    if (position + count <= this.#cursor) {
      this.#late++;
      return "late";
    }
    if (position + count > this.#cursor + WINDOW_SAMPLES) this.#overflow(position);
    const played = Math.max(0, this.#cursor - position);
    if (this.#ring.write(position + played, this.#decoded, played, count - played) === 0) {
      this.#duplicates++;
      return "duplicate";
    }
    this.#end = Math.max(this.#end, position + count);
    this.#queued++;
    return "queued";
  }

  /** The next 20 ms into `out` (160 samples, zeros where nothing was received). Call every 20 ms. */
  pull(now: number, out: Int16Array): PulledFrame {
    if (!this.#playing && !this.#starts(now)) return this.#answer("waiting", out);
    if (this.#end - this.#cursor < FRAME_SAMPLES) return this.#underrun(out);
    this.#rejoin();
    if (this.#adjust(now)) return this.#answer("gap", out);
    return this.#play(now, out);
  }

  stats(): JitterStats {
    const played = Math.max(1, this.#wholeFrames + this.#concealedFrames);
    return {
      queued: this.#queued,
      late: this.#late,
      duplicates: this.#duplicates,
      reordered: this.#timeline.reordered,
      unsupported: this.#unsupported,
      resyncs: this.#timeline.resyncs,
      overflows: this.#overflows,
      underruns: this.#underruns,
      wholeFrames: this.#wholeFrames,
      concealedFrames: this.#concealedFrames,
      heldFrames: this.#heldFrames,
      skippedFrames: this.#skippedFrames,
      delayMs: ticksToMs(this.#delayTicks),
      targetMs: this.#delay.targetMs,
      meanDelayMs: ticksToMs(this.#delayTicksSum / played),
      maxDelayMs: ticksToMs(this.#delayTicksMax),
    };
  }

  #measure(position: number, now: number, idle: boolean): void {
    const transitTicks = now * TICKS_PER_MS - position;
    const lateTicks = transitTicks - this.#delay.baselineTicks;
    if (idle && lateTicks > msToTicks(this.#delay.maxMs)) this.#delay.rebase(transitTicks);
    const intoFrame = (position - this.#cursor) % FRAME_SAMPLES;
    this.#delay.update(transitTicks, intoFrame < 0 ? intoFrame + FRAME_SAMPLES : intoFrame);
  }

  /** While waiting, playing will start at the earliest packet that came, but never before what has been played. */
  #moveStart(position: number, idle: boolean): void {
    if (idle && position > this.#cursor) {
      this.#cursor = position;
      this.#end = position;
    } else if (!idle && position < this.#cursor && position >= this.#playedUntil) this.#cursor = position;
  }

  /** The window is full: keep the newest audio and a target's worth before it. */
  #overflow(position: number): void {
    this.#overflows++;
    this.#skipTo(Math.max(this.#cursor, position - msToTicks(this.#delay.targetMs)));
    this.#end = Math.max(this.#end, this.#cursor);
  }

  #skipTo(position: number): void {
    this.#skippedFrames += Math.round((position - this.#cursor) / FRAME_SAMPLES);
    this.#ring.clear(this.#cursor, position - this.#cursor);
    this.#cursor = position;
    this.#spliced = true;
  }

  /** How long the frame at the cursor has been held back, measured from when the quickest packet would have brought it. */
  #delayAt(now: number): number {
    return now * TICKS_PER_MS - this.#delay.baselineTicks - this.#cursor;
  }

  #starts(now: number): boolean {
    if (this.#end <= this.#cursor) return false;
    this.#playing = this.#delayAt(now) >= msToTicks(this.#delay.targetMs) - FRAME_SAMPLES / 2;
    return this.#playing;
  }

  /** Nothing to play yet: time is held, as the packets may only be slow. After 300 ms the stream has paused. */
  #underrun(out: Int16Array): PulledFrame {
    if (this.#heldInUnderrun === 0) this.#underruns++;
    this.#heldInUnderrun++;
    this.#heldFrames++;
    if (this.#heldInUnderrun < UNDERRUN_FRAMES) return this.#answer("gap", out);
    this.#heldInUnderrun = 0;
    this.#playing = false;
    this.#playedUntil = this.#cursor;
    this.#ring.clear(this.#cursor, WINDOW_SAMPLES);
    this.#end = this.#cursor;
    return this.#answer("waiting", out);
  }

  /** After an underrun: time held for packets that turn out lost is given back, so loss alone never adds delay. */
  #rejoin(): void {
    if (this.#heldInUnderrun === 0) return;
    const next = this.#ring.firstPresent(this.#cursor, this.#end - FRAME_SAMPLES);
    this.#cursor = Math.min(next, this.#cursor + this.#heldInUnderrun * FRAME_SAMPLES);
    this.#heldInUnderrun = 0;
  }

  /** Moves the delay towards its target where it hurts least. True: hold this frame once, so that the delay grows. */
  #adjust(now: number): boolean {
    this.#framesSinceAdjust++;
    const targetTicks = msToTicks(this.#delay.targetMs);
    const level = this.#ring.level(this.#cursor, FRAME_SAMPLES);
    this.#levelPeak = Math.max(level, this.#levelPeak * 0.995);
    const missing = level < 0;
    const quiet = level < Math.max(QUIET_FLOOR, this.#levelPeak * QUIET_SHARE);
    const excess = this.#delayAt(now) - targetTicks;
    const rested = this.#framesSinceAdjust >= ADJUST_EVERY_FRAMES;

    if (excess < -FRAME_SAMPLES / 2) {
      if (!missing && !(rested && (quiet || excess <= -2 * FRAME_SAMPLES))) return false;
      this.#framesSinceAdjust = 0;
      this.#heldFrames++;
      return true;
    }
    if ((quiet && rested && excess >= SHRINK_EXCESS) || this.#delayAt(now) > msToTicks(this.#delay.maxMs + FRAME_MS)) {
      this.#skipFrame();
      this.#framesSinceAdjust = 0;
    }
    return false;
  }

  #skipFrame(): void {
    if (this.#end - this.#cursor >= 2 * FRAME_SAMPLES) this.#skipTo(this.#cursor + FRAME_SAMPLES);
  }

  #play(now: number, out: Int16Array): PulledFrame {
    const frame = this.#frame;
    this.#delayTicks = this.#delayAt(now);
    this.#delayTicksSum += this.#delayTicks;
    this.#delayTicksMax = Math.max(this.#delayTicksMax, this.#delayTicks);
    this.#locate();
    const there = this.#ring.take(this.#cursor, out, frame.present);
    this.#cursor += FRAME_SAMPLES;
    frame.spliced = this.#spliced;
    this.#spliced = false;
    if (there === FRAME_SAMPLES) this.#wholeFrames++;
    else this.#concealedFrames++;
    frame.kind = there === FRAME_SAMPLES ? "frame" : there > 0 ? "partial" : "gap";
    return frame;
  }

  #answer(kind: "gap" | "waiting", out: Int16Array): PulledFrame {
    this.#locate();
    this.#frame.kind = kind;
    this.#frame.spliced = false;
    this.#frame.present.fill(0);
    out.fill(0);
    return this.#frame;
  }

  #locate(): void {
    this.#frame.positionSamples = this.#cursor;
    this.#frame.timestampTicks = this.#timeline.timestampAt(this.#cursor);
  }
}
