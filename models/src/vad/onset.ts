/**
 * The first moment of a sound, by its level alone: an "s" is heard 100 ms before Silero calls it voice. Good enough to turn her down,
 * which costs nothing when it was a door; never to stop her.
 */
import { dbfs } from "./voice-end.ts";

/** Over what has been there before, and over a whisper. */
const RISE_DB = 12;
const QUIET_DBFS = -45;
/** How much weaker her own voice comes back: learned from what comes back while nobody is known to speak, forgotten at 3 dB a second. */
const NO_ECHO_DB = -60;
const LOUDEST_ECHO_DB = -6;
const FORGET_DB = 0.06;
/** An onset is this much louder than the echo. */
const OVER_ECHO_DB = 6;
/** Her last 300 ms: the longest way an echo takes. */
const SENT_FRAMES = 15;
/** What stays becomes background within a fifth of a second, and what leaves is forgotten over a second. */
const RISE_SHARE = 0.1;
const FALL_SHARE = 0.02;
const START_FLOOR_DBFS = -60;

export class OnsetDetector {
  #floorDbfs = START_FLOOR_DBFS;
  #echoDb = NO_ECHO_DB;
  #above = false;
  readonly #sent = new Float32Array(SENT_FRAMES).fill(-100);
  #next = 0;

  /** 20 ms of hers. */
  sent(samples: Int16Array): void {
    this.#sent[this.#next] = dbfs(samples);
    this.#next = (this.#next + 1) % SENT_FRAMES;
  }

  /** 20 ms of the caller's (other lengths are measured as well); `voiced`: the VAD calls it speech. True once for each rise. */
  push(samples: Int16Array, voiced: boolean): boolean {
    const level = dbfs(samples);
    const before = this.#above;
    const sent = this.#sentDbfs();
    this.#above = level > Math.max(QUIET_DBFS, this.#floorDbfs + RISE_DB, sent + this.#echoDb + OVER_ECHO_DB);
    this.#echoDb = Math.max(NO_ECHO_DB, this.#echoDb - FORGET_DB);
    if (!voiced && sent > QUIET_DBFS) this.#echoDb = Math.min(LOUDEST_ECHO_DB, Math.max(this.#echoDb, level - sent));
    this.#floorDbfs += (level - this.#floorDbfs) * (level > this.#floorDbfs ? RISE_SHARE : FALL_SHARE);
    this.#floorDbfs = Math.max(START_FLOOR_DBFS, this.#floorDbfs);
    return this.#above && !before;
  }

  #sentDbfs(): number {
    let most = -100;
    for (const level of this.#sent) most = Math.max(most, level);
    return most;
  }
}
