/**
 * Voice by level alone, for when the neural VAD does not answer: worse, but it needs nobody. Also tells what cannot be voice, however sure
 * a VAD is.
 */
const RISE_DB = 10;
const QUIET_DBFS = -46;
/** The least that a telephone carries as sound; G.711's smallest step is at −78. */
const SILENT_DBFS = -60;
/** The background is what has been the quietest of late: it follows down at once, up at 3 dB a second. */
const CREEP_DB = 0.1;

export class EnergyVoice {
  #floorDbfs = -60;

  /** Probability for a window of samples, −1..1: 0.9 or 0.1, and 0 for what nobody can hear. */
  push(window: Float32Array): number {
    let energy = 0;
    for (let i = 0; i < window.length; i++) energy += window[i]! ** 2;
    const level = 10 * Math.log10(1e-10 + energy / Math.max(1, window.length));
    this.#floorDbfs = Math.max(-70, Math.min(level, this.#floorDbfs + CREEP_DB));
    if (level < SILENT_DBFS) return 0;
    return level > Math.max(QUIET_DBFS, this.#floorDbfs + RISE_DB) ? 0.9 : 0.1;
  }
}
