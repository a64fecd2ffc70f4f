import { FRAME_SAMPLES } from "../units.ts";
import { EchoFilter } from "./filter.ts";
import { FlatHistory, SampleHistory } from "./history.ts";
import { LagFinder, MAX_LAG_SAMPLES } from "./lag.ts";

/**
 * Keeps her own voice, come back from a loudspeaker or a hybrid, away from the voice detector: what she said is known, so what is heard can be compared with it.
 * Both run on the far end's clock (RTP time), so jitter does not move the echo.
 *
 * | state     | frame heard                               | given on            | next                                        |
 * |-----------|-------------------------------------------|---------------------|---------------------------------------------|
 * | any       | she has not spoken lately, or it is quiet | as heard            | same                                        |
 * | searching | anything else                             | as heard            | locked when her voice is found in it        |
 * | locked    | explained by the model                    | silence; model learns | locked                                    |
 * | locked    | more than the model explains              | what is left: the caller | locked; searches again now and then    |
 * | locked    | the model makes things worse              | as heard            | searching: it was no echo                   |
 *
 * Searching costs 0.4 ms and is rare; a locked call costs as much as `EchoFilter.run` while she speaks; all others nothing.
 */

/** One for all calls of a thread: nothing is kept from one look to the next. */
const FINDER = new LagFinder();
/** Her ring holds the longest lag, what our jitter buffer may add later (70 ms), and the stretch a model is trained and tested on, which is all of the caller's. */
const SAID_CAPACITY = 8192;
const HEARD_CAPACITY = 2048;
/** −60 dBFS mean square: quieter is nobody's barge-in. */
const QUIET_POWER = 33 * 33;
const AUDIBLE_PEAK = 33;
/**
 * Two people speaking have peaks of 6 to 16 deviations too (measured), mostly at another lag each time: the same lag in two of the last looks may be her echo, even
 * where a room smears it, and its model is put to the test.
 */
const MIN_STRENGTH = 5.5;
/** In a room the right lag is often the weaker of two for a while: it is remembered from here on, and believed when a strong look finds it again. */
const WEAK_STRENGTH = 4.5;
const LOOKS_COMPARED = 10;
const SAME_LAG_SAMPLES = 4;
/** What the models learn from is made flat: on speech as it is they take seconds. */
const EMPHASIS = 0.9;
const TRAIN_SAMPLES = 1280;
/** The first packet may have come quicker than her sound can: room for that before the first lag. */
const MARGIN_SAMPLES = 2 * FRAME_SAMPLES;
/** Something to compare and something to learn from. */
const MIN_HEARD = 1024;
const TRAIN_PASSES = 3;
/** Of the normalised filter. Larger steps follow the room's tail, which no filter this short can model. */
const TRAIN_STEP = 0.3;
const TRACK_STEP = 0.1;
/** Another model for the same lag must leave this much less of audio that it has not learned from. */
const BETTER_SHARE = 0.8;
const TEST_SAMPLES = 2 * FRAME_SAMPLES;
/**
 * A model for a new lag must leave less than this of audio that it has not learned from, before and after. Two people speaking fit each other for 100 ms: without
 * this test and `worth`, 200 of 200 calls without echo got a model within six interruptions, and 15 % of what the callers said in them was muted; with them 0.5 %.
 */
const NEW_SHARE = 0.5;
const OLDER_SAMPLES = 768;
/** Residual of echo alone: this share of what was heard, or this many times what the model usually leaves. */
const EXPLAINED_SHARE = 0.3;
const LEAK_MARGIN = 2;
const LEAK_RATE = 0.1;
/** What a model takes away counts for 600 ms. */
const WORTH_DECAY = 0.97;
const MAX_LEAK = 0.5;
/** −47 dBFS: what is left of a faint echo in noise. Callers who interrupt are louder. */
const FAINT_POWER = 146 * 146;
/** The model's echo of the last 80 ms counts, for rooms go on sounding. */
const ECHO_DECAY = 0.6;
/** Frames between looks: soon at first, then seldom. */
const LOOK_EVERY = 1;
const LOOK_SELDOM = 10;
const EAGER_LOOKS = 20;
/**
 * Frames that are not explained before the caller is let through: rooms leak single ones. A model that has seen less than a second of echo, or has the wrong of two
 * lags a pitch period apart, leaks more in a row: that is put up with for a few frames of a call.
 */
const STRANGE_FRAMES = 2;
const YOUNG_STRANGE_FRAMES = 6;
const YOUNG_FRAMES = 50;
const DOUBTFUL_FRAMES = 6;
/** Learning pays above this residual. */
const WORTH_LEARNING = 0.003;

export class EchoGuard {
  /** The last frame was her own voice and nothing else. */
  isEcho = false;
  /** Her voice comes back on this call. */
  locked = false;
  lagSamples = 0;
  readonly #said = new SampleHistory(SAID_CAPACITY);
  readonly #heard = new SampleHistory(HEARD_CAPACITY);
  /** The same, flat: what the models learn from. A path is the same for both. */
  readonly #saidFlat = new FlatHistory(this.#said, EMPHASIS);
  readonly #heardFlat = new FlatHistory(this.#heard, EMPHASIS);
  readonly #model = new EchoFilter();
  readonly #trial = new EchoFilter();
  readonly #residual = new Float32Array(FRAME_SAMPLES);
  readonly #out = new Int16Array(FRAME_SAMPLES);
  /** Where `said` was when the first of `heard` came. */
  #base: number | undefined;
  #audibleUntil = Number.NEGATIVE_INFINITY;
  #leak = MAX_LEAK;
  #recentEcho = 0;
  /** Mean square that the model has lately taken from what was heard; below 0 it adds to it. */
  #worth = 0;
  #strange = 0;
  /** Frames the models have explained on this call. */
  #explained = 0;
  #doubtLeft = DOUBTFUL_FRAMES;
  #looks = 0;
  #sinceLook = 0;
  readonly #lags = new Int32Array(LOOKS_COMPARED).fill(-SAME_LAG_SAMPLES - 1);
  #nextLag = 0;

  constructor(private readonly finder: LagFinder = FINDER) {}

  /** What was sent, 20 ms at a time. */
  said(samples: Int16Array): void {
    this.#said.push(samples);
    for (let i = 0; i < samples.length; i++) {
      if (Math.abs(samples[i]!) < AUDIBLE_PEAK) continue;
      this.#audibleUntil = this.#said.end;
      return;
    }
  }

  /**
   * At most 20 ms of the caller, following on what came before; `received` is false when it was made up. Returns what the voice detector should hear, valid
   * until the next call.
   */
  hear(samples: Int16Array, received: boolean): Int16Array {
    const out = samples.length === FRAME_SAMPLES ? this.#out : this.#out.subarray(0, samples.length);
    out.set(samples);
    this.#base ??= this.#said.end + MARGIN_SAMPLES;
    this.#heard.push(samples);
    if (received) this.isEcho = this.#isSuspicious(samples) && this.#judge(out);
    if (this.isEcho) out.fill(0);
    return out;
  }

  /** She has been audible, and so is this. */
  #isSuspicious(samples: Int16Array): boolean {
    if (this.#audibleUntil < this.#heard.end + this.#offset - MAX_LAG_SAMPLES) {
      this.#looks = 0;
      return false;
    }
    let energy = 0;
    for (let i = 0; i < samples.length; i++) energy += samples[i]! * samples[i]!;
    return energy > QUIET_POWER * samples.length;
  }

  /** Added to an index of `heard`, gives the one of `said` that was on its way then. */
  get #offset(): number {
    return this.#base ?? 0;
  }

  /** Whether the newest frame is echo alone; otherwise `out` may have lost what was echo in it. */
  #judge(out: Int16Array): boolean {
    this.#sinceLook++;
    if (!this.locked) return this.#isTimeToLook() && this.#look();
    if (this.#isExplained(out.length)) return true;
    if (!this.locked) return false;
    if (this.#isTimeToLook() && this.#look()) return true;
    if (++this.#strange < STRANGE_FRAMES || this.#isDoubtful()) return true;
    for (let i = 0; i < out.length; i++) out[i] = Math.max(-32768, Math.min(32767, Math.round(this.#residual[i]!)));
    return false;
  }

  /** A young model may be wrong, the caller's first word not be one. */
  #isDoubtful(): boolean {
    if (this.#explained >= YOUNG_FRAMES || this.#strange >= YOUNG_STRANGE_FRAMES) return false;
    return --this.#doubtLeft >= 0;
  }

  #isTimeToLook(): boolean {
    const every = this.#looks < EAGER_LOOKS ? LOOK_EVERY : LOOK_SELDOM;
    return this.#sinceLook >= every && this.#heard.end >= MIN_HEARD;
  }

  #isExplained(count: number): boolean {
    const model = this.#model;
    const from = this.#heard.end - count;
    model.run(this.#heard, this.#said, from, this.#offset, count, 0, this.#residual);
    const { heardEnergy, echoEnergy, residualEnergy } = model;
    this.#recentEcho = Math.max(echoEnergy, this.#recentEcho * ECHO_DECAY);
    this.#worth = WORTH_DECAY * (this.#worth + (heardEnergy - residualEnergy) / count);
    if (this.#worth < 0) {
      this.locked = false;
      return false;
    }
    const isClear = residualEnergy < EXPLAINED_SHARE * heardEnergy;
    const isLeak = residualEnergy < Math.max(FAINT_POWER * count, LEAK_MARGIN * this.#leak * this.#recentEcho);
    if (!isClear && !isLeak) return false;
    this.#looks = 0;
    this.#strange = 0;
    this.#explained++;
    this.#leak += LEAK_RATE * (Math.min(MAX_LEAK, residualEnergy / (this.#recentEcho + 1)) - this.#leak);
    // Only what is surely echo teaches: a model that learns while the caller speaks explains the caller away.
    if (isClear && residualEnergy > WORTH_LEARNING * heardEnergy) {
      model.run(this.#heardFlat.follow(), this.#saidFlat.follow(), from, this.#offset, count, TRACK_STEP);
    }
    return true;
  }

  /** Looks for her voice in the last 96 ms and, where it is, makes a model of its way back. */
  #look(): boolean {
    this.#looks++;
    this.#sinceLook = 0;
    const { finder } = this;
    finder.look(this.#heard, this.#said, this.#heard.end + this.#offset);
    if (finder.strength < WEAK_STRENGTH) return false;
    if (!this.#isConfirmed(finder.lag) || finder.strength < MIN_STRENGTH) return false;
    this.#train(finder.lag);
    const isNew = !this.locked || Math.abs(finder.lag - this.lagSamples) > SAME_LAG_SAMPLES;
    if (isNew && !this.#isConvincing()) return false;
    const { residualEnergy, heardEnergy, echoEnergy } = this.#trial;
    if (!isNew && residualEnergy > BETTER_SHARE * this.#test(this.#model)) return false;
    if (isNew) this.#worth = heardEnergy / TEST_SAMPLES;
    this.#model.copyFrom(this.#trial);
    this.lagSamples = finder.lag;
    this.locked = true;
    this.#leak = Math.min(MAX_LEAK, residualEnergy / (echoEnergy + 1));
    this.#recentEcho = echoEnergy / 2;
    return residualEnergy < Math.max(EXPLAINED_SHARE * heardEnergy, LEAK_MARGIN * MAX_LEAK * echoEnergy);
  }

  /** What a model leaves of the last 40 ms, which a new one has not learned from. */
  #test(model: EchoFilter): number {
    model.run(this.#heard, this.#said, this.#heard.end - TEST_SAMPLES, this.#offset, TEST_SAMPLES, 0);
    return model.residualEnergy;
  }

  /** Whether the new model leaves little of what it has not learned from. In the first 256 ms of a call there is too little of that, and hardly a caller. */
  #isConvincing(): boolean {
    const { end } = this.#heard;
    if (end < OLDER_SAMPLES + TRAIN_SAMPLES) return true;
    const trial = this.#trial;
    trial.run(this.#heard, this.#said, end - TRAIN_SAMPLES - OLDER_SAMPLES, this.#offset, OLDER_SAMPLES, 0);
    const { heardEnergy, residualEnergy } = trial;
    const left = residualEnergy + this.#test(trial);
    const faint = FAINT_POWER * (OLDER_SAMPLES + TEST_SAMPLES);
    return left < Math.max(faint, NEW_SHARE * (heardEnergy + trial.heardEnergy));
  }

  /** Whether one of the looks before found this lag too. */
  #isConfirmed(lag: number): boolean {
    let isConfirmed = false;
    for (let n = 0; n < LOOKS_COMPARED; n++) {
      if (Math.abs(this.#lags[n]! - lag) <= SAME_LAG_SAMPLES) isConfirmed = true;
    }
    this.#lags[this.#nextLag] = lag;
    this.#nextLag = (this.#nextLag + 1) % LOOKS_COMPARED;
    return isConfirmed;
  }

  /** Learns from what is older than the last 40 ms and is tested on these. */
  #train(lag: number): void {
    const { end } = this.#heard;
    const count = Math.min(TRAIN_SAMPLES, end) - TEST_SAMPLES;
    const trial = this.#trial;
    const [heard, said] = [this.#heardFlat.follow(), this.#saidFlat.follow()];
    trial.reset(lag);
    for (let pass = 0; pass < TRAIN_PASSES; pass++) {
      trial.run(heard, said, end - TEST_SAMPLES - count, this.#offset, count, TRAIN_STEP);
    }
    this.#test(trial);
  }
}
