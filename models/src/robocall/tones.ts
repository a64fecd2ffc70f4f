/**
 * Call-progress and machine tones, recognised by cadence. No learning; deterministic.
 *
 * | event        | heard                                                  | source           |
 * |--------------|--------------------------------------------------------|------------------|
 * | fax-cng      | 1100 Hz for 0.4–0.6 s, twice, 2–4 s apart              | ITU-T T.30 4.3.3 |
 * | fax-ced      | 2100 Hz for 1 s                                        | ITU-T T.30 4.3.2 |
 * | modem        | V.21 or Bell 103 keying for 0.4 s                      | ITU-T V.21       |
 * | sit          | low, middle, high tone, each 0.2–0.5 s, in this order  | ITU-T E.180      |
 * | busy         | 480+620 or 425 Hz, on and off 0.2–0.6 s, three times   | ITU-T E.180      |
 * | ringback     | 440+480 or 425 Hz, 0.8–2.2 s, then 1.8 s without       | ITU-T E.180      |
 * | steady-tone  | any one tone for 3 s                                   |                  |
 * | beep         | any single tone for 0.15–1.5 s, then silence           |                  |
 *
 * `beep` (a voicemail's, a recorder's) says nothing about who calls; all others are machines.
 */
import { type Spectrum, WINDOW_MS } from "./spectrum.ts";
import { type ToneLabel, toneLabel } from "./tone-label.ts";

export const TONE_EVENTS = ["fax-cng", "fax-ced", "modem", "sit", "busy", "ringback", "steady-tone", "beep"] as const;
export type ToneEvent = (typeof TONE_EVENTS)[number];

/** Windows that disagree and are forgiven inside one burst: a lost packet of 20 ms lies in two of them, a click in one. */
const FORGIVEN_WINDOWS = 2;
/** A run of windows is this much shorter or longer than the tone itself, for the tone's edges lie within windows. */
const EDGE_MS = WINDOW_MS;

/** One per call; no allocation per window. */
export class ToneDetector {
  #label: ToneLabel = "none";
  #startMs = 0;
  #lastMs = 0;
  #strangers = 0;
  #nowMs = 0;
  #told = false;
  #sitPlace = 0;
  #sitMs = 0;
  #cngMs = Number.NEGATIVE_INFINITY;
  #busyBursts = 0;
  #busyMs = Number.NEGATIVE_INFINITY;
  #ringMs = Number.POSITIVE_INFINITY;
  #out: ToneEvent | undefined;

  /** True while the current window is a tone. */
  get sounding(): boolean {
    return this.#label !== "none";
  }

  /** The window that ended at `endMs`, with its spectrum. Returns what has been recognised by it, if anything. */
  push(window: Float32Array, spectrum: Spectrum, endMs: number): ToneEvent | undefined {
    this.#out = undefined;
    this.#nowMs = endMs;
    const label = toneLabel(window, spectrum);
    if (label === this.#label) this.#continue();
    else if (this.#label === "none" || ++this.#strangers > FORGIVEN_WINDOWS) this.#change(label);
    if (this.#label === "none" && endMs - this.#ringMs >= 1800) this.#tell("ringback");
    return this.#out;
  }

  #continue(): void {
    this.#strangers = 0;
    this.#lastMs = this.#nowMs;
    const lastedMs = this.#nowMs - this.#startMs;
    if (this.#label === "none" || this.#told) return;
    if (this.#label === "ced" && lastedMs >= 1000) this.#tell("fax-ced");
    else if (this.#label === "fsk" && lastedMs >= 400) this.#tell("modem");
    else if (this.#label !== "fsk" && lastedMs >= 3000) this.#tell("steady-tone");
  }

  #change(label: ToneLabel): void {
    if (this.#label !== "none" && !this.#told) this.#ended(this.#lastMs - this.#startMs);
    this.#label = label;
    this.#startMs = this.#nowMs - WINDOW_MS * (1 + this.#strangers);
    this.#lastMs = this.#nowMs;
    this.#strangers = 0;
    this.#told = false;
    if (label !== "none") this.#ringMs = Number.POSITIVE_INFINITY;
  }

  /** A burst of the current label is over. */
  #ended(lastedMs: number): void {
    switch (this.#label) {
      case "cng":
        return this.#cngEnded(lastedMs);
      case "sit-low":
      case "sit-middle":
      case "sit-high":
        return this.#sitEnded(this.#label === "sit-low" ? 0 : this.#label === "sit-middle" ? 1 : 2, lastedMs);
      case "busy-us":
        return this.#busyEnded(lastedMs);
      case "ringback":
      case "supervisory":
        if (within(lastedMs, 800, 2200)) this.#ringMs = this.#lastMs;
        else this.#busyEnded(lastedMs);
        return;
      default:
        if (within(lastedMs, 150, 1500)) this.#tell("beep");
    }
  }

  #cngEnded(lastedMs: number): void {
    if (!within(lastedMs, 400, 600)) return;
    if (within(this.#startMs - this.#cngMs, 2000, 4000)) this.#tell("fax-cng");
    this.#cngMs = this.#lastMs;
  }

  #sitEnded(place: number, lastedMs: number): void {
    const follows = place === this.#sitPlace && (place === 0 || this.#startMs - this.#sitMs < 100);
    this.#sitPlace = follows && within(lastedMs, 200, 500) ? place + 1 : 0;
    this.#sitMs = this.#lastMs;
    if (this.#sitPlace < 3) return;
    this.#sitPlace = 0;
    this.#tell("sit");
  }

  #busyEnded(lastedMs: number): void {
    if (!within(lastedMs, 200, 600)) return;
    const regular = within(this.#startMs - this.#busyMs, 200, 600);
    this.#busyBursts = regular ? this.#busyBursts + 1 : 1;
    this.#busyMs = this.#lastMs;
    if (this.#busyBursts >= 3) this.#tell("busy");
  }

  #tell(event: ToneEvent): void {
    this.#told = true;
    this.#ringMs = Number.POSITIVE_INFINITY;
    this.#out = event;
  }
}

function within(ms: number, fromMs: number, toMs: number): boolean {
  return ms >= fromMs - EDGE_MS && ms <= toMs + EDGE_MS;
}
