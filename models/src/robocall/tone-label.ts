import { BIN_HZ, type Spectrum, toneShare } from "./spectrum.ts";

/** What one window of 32 ms sounds like when it holds hardly anything but signalling tones. */
export type ToneLabel =
  | "none"
  /** T.30 calling tone of a fax: 1100 Hz. */
  | "cng"
  /** T.30 / V.25 answer tone: 2100 Hz. */
  | "ced"
  /** 300 baud frequency shift keying: V.21 (either channel) or Bell 103. */
  | "fsk"
  /** The three places of special information tones (ITU-T E.180), low, middle, high. */
  | "sit-low"
  | "sit-middle"
  | "sit-high"
  /** 480 + 620 Hz. */
  | "busy-us"
  /** 440 + 480 or 400 + 450 Hz: beats, so it is a narrow band rather than two lines at this resolution. */
  | "ringback"
  /** 425 Hz: busy or ringing in most of the world, told apart by cadence. */
  | "supervisory"
  /** Any other single sine. */
  | "beep";

/** −50 dBFS of a full-scale sine: quieter tones are leftovers of a mix. */
const MIN_TOTAL = 1e-5 * 1.5;
const SHARE_OF_ONE_TONE = 0.6;
const SHARE_OF_TWO_TONES = 0.85;
/** Power within two bins of the peak. Voiced speech stays below: its neighbours are other harmonics. */
const PURE = 0.95;
/** V.21 and Bell 103 channels as bins and the two frequencies keyed between. */
const FSK_CHANNELS = [
  { from: 50, to: 62, lowHz: 1650, highHz: 1850 },
  { from: 29, to: 41, lowHz: 980, highHz: 1180 },
  { from: 32, to: 43, lowHz: 1070, highHz: 1270 },
  { from: 62, to: 74, lowHz: 2025, highHz: 2225 },
] as const;

interface Line {
  readonly label: ToneLabel;
  readonly frequenciesHz: readonly number[];
}

const LINES: readonly Line[] = [
  { label: "cng", frequenciesHz: [1100] },
  { label: "ced", frequenciesHz: [2100] },
  { label: "supervisory", frequenciesHz: [425] },
  { label: "sit-low", frequenciesHz: [913.8, 985.2] },
  { label: "sit-middle", frequenciesHz: [1370.6, 1428.5] },
  { label: "sit-high", frequenciesHz: [1776.7] },
];

/**
 * The tone in a window, given the window's spectrum too: the spectrum rules out nearly all speech, Goertzel's filters at the exact
 * frequencies decide. A tone may be 10 Hz off.
 */
export function toneLabel(window: Float32Array, spectrum: Spectrum): ToneLabel {
  if (spectrum.total < MIN_TOTAL) return "none";
  const { peak } = spectrum;
  if (spectrum.share(peak - 2, peak + 2) >= PURE) return singleTone(window, peak);
  if (spectrum.share(13, 22) >= SHARE_OF_TWO_TONES && isBusy(window)) return "busy-us";
  return isFsk(window, spectrum) ? "fsk" : "none";
}

function singleTone(window: Float32Array, peak: number): ToneLabel {
  const peakHz = peak * BIN_HZ;
  for (const { label, frequenciesHz } of LINES) {
    for (const hz of frequenciesHz) {
      if (Math.abs(hz - peakHz) < 2 * BIN_HZ && toneShare(window, hz) >= SHARE_OF_ONE_TONE) return label;
    }
  }
  return peak >= 12 && peak <= 16 ? "ringback" : "beep";
}

function isBusy(window: Float32Array): boolean {
  const low = toneShare(window, 480);
  const high = toneShare(window, 620);
  return low + high >= SHARE_OF_TWO_TONES && Math.min(low, high) > 0.1;
}

function isFsk(window: Float32Array, spectrum: Spectrum): boolean {
  return FSK_CHANNELS.some(({ from, to, lowHz, highHz }) => {
    if (spectrum.share(from, to) < SHARE_OF_TWO_TONES) return false;
    const low = toneShare(window, lowHz);
    const high = toneShare(window, highHz);
    return low > 0.02 && high > 0.02;
  });
}
