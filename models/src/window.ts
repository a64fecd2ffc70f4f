/**
 * Regroups 20 ms packets (160 samples) into the VAD's windows (256 samples at 8 kHz) without allocating: 8 packets make 5 windows.
 * Samples are scaled to −1..1 on the way in, once.
 */
export class WindowBuffer {
  readonly #window: Float32Array;
  #filled = 0;

  constructor(readonly windowSamples: number) {
    this.#window = new Float32Array(windowSamples);
  }

  /**
   * Adds audio; calls `onWindow` for every window it completes. The array handed over is reused: copy or use it before returning.
   * `samplesAfter` is how many of `samples` come after the end of that window, so the caller can compute when the window ended.
   */
  push(samples: Int16Array, onWindow: (window: Float32Array, samplesAfter: number) => void): void {
    for (let i = 0; i < samples.length; i++) {
      this.#window[this.#filled++] = samples[i]! / 32768;
      if (this.#filled < this.windowSamples) continue;
      this.#filled = 0;
      onWindow(this.#window, samples.length - 1 - i);
    }
  }

  /** Samples waiting for their window to fill up. */
  get pendingSamples(): number {
    return this.#filled;
  }

  reset(): void {
    this.#filled = 0;
  }
}
