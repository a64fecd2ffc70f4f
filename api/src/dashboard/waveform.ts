/** The shape of a recording for the eye: the loudest sample of each stretch, caller left and her right. Read in pieces, so that an hour fits. */
import type { Waveform } from "../contract/dashboard.ts";
import { ProblemError } from "../problem.ts";
import type { Stored } from "../voice/storage/store.ts";

const HEADER_BYTES = 44;
const BYTES_PER_FRAME = 4;
const PIECE_BYTES = 1 << 20;

/** Folds 16-bit stereo frames into `points` peaks a channel; give it the pieces in order. */
export function createPeaks(frames: number, points: number) {
  const peaks = [new Uint16Array(points), new Uint16Array(points)] as const;
  let frame = 0;
  return {
    add(samples: Int16Array): void {
      for (let index = 0; index + 1 < samples.length && frame < frames; index += 2, frame++) {
        const point = Math.floor((frame * points) / frames);
        for (const channel of [0, 1] as const) {
          const level = Math.abs(samples[index + channel] ?? 0);
          if (level > (peaks[channel][point] ?? 0)) peaks[channel][point] = level;
        }
      }
    },
    /** 0 to 100. */
    levels: (channel: 0 | 1) => Array.from(peaks[channel], (peak) => Math.round((peak / 32_768) * 100)),
  };
}

/** @throws ProblemError 422 for a file that is not one of the engine's: 16-bit stereo */
export async function waveformOf(file: Stored, points: number): Promise<Waveform> {
  const first = await file.slice(0, HEADER_BYTES);
  const head = new DataView(first.buffer, first.byteOffset, first.byteLength);
  const fits = head.byteLength === HEADER_BYTES && head.getUint16(22, true) === 2 && head.getUint16(34, true) === 16;
  if (!fits) throw new ProblemError(422, "recording_format", "This recording is not a 16-bit stereo WAV.");
  const rate = head.getUint32(24, true);
  const frames = Math.floor((file.bytes - HEADER_BYTES) / BYTES_PER_FRAME);
  const peaks = createPeaks(frames, points);
  for (let at = HEADER_BYTES; at < file.bytes; at += PIECE_BYTES) {
    // A copy: samples must begin at an even address.
    const bytes = Uint8Array.from(await file.slice(at, Math.min(at + PIECE_BYTES, file.bytes)));
    peaks.add(new Int16Array(bytes.buffer, 0, Math.floor(bytes.byteLength / 2)));
  }
  return { duration_ms: Math.round((frames / rate) * 1000), caller: peaks.levels(0), agent: peaks.levels(1) };
}
