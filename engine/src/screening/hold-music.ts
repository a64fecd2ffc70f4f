/**
 * Somebody has put her on hold without telling her phone: music comes where the caller was. It is no turn of the caller's, however voiced it
 * is; she says nothing to it and waits, as on hold by SIP.
 *
 * | state   | music for 2 s   | voice            | neither for 3 s |
 * |---------|-----------------|------------------|-----------------|
 * | talking | playing         | –                | –               |
 * | playing | –               | talking          | talking         |
 *
 * What it sounds like is told once a second for the last two. Pure.
 */
import type { SoundClass } from "@sk-voice/models/robocall/sound.ts";

/** Three answers of the model in a row: a vowel held long is one. */
const SURE_MS = 2000;
const OVER_MS = 3000;

export class HoldMusic {
  playing = false;
  #class: SoundClass | undefined;
  #sinceMs = 0;

  /** Every tick. True when `playing` has changed. */
  step(now: number, sound: SoundClass | undefined): boolean {
    if (sound !== this.#class) {
      // Between silence and noise nothing has changed.
      if (sound === "music" || sound === "voice" || this.#class === "music") this.#sinceMs = now;
      this.#class = sound;
    }
    const lastsMs = now - this.#sinceMs;
    const before = this.playing;
    if (!before) this.playing = sound === "music" && lastsMs >= SURE_MS;
    else if (sound !== "music") this.playing = sound !== "voice" && lastsMs < OVER_MS;
    return this.playing !== before;
  }
}
