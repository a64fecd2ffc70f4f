/** G.711 μ-law as a WAV file (RIFF format 7), which every browser plays. */
const HEADER_BYTES = 58;
const RATE_HZ = 8000;
const MULAW = 7;

export function ulawWav(samples: Uint8Array): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(HEADER_BYTES + samples.length);
  const view = new DataView(file.buffer);
  const text = (at: number, word: string) => file.set(new TextEncoder().encode(word), at);
  text(0, "RIFF");
  view.setUint32(4, file.length - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 18, true);
  view.setUint16(20, MULAW, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE_HZ, true);
  view.setUint32(28, RATE_HZ, true);
  view.setUint16(32, 1, true);
  view.setUint16(34, 8, true);
  // Formats other than PCM say how many samples there are.
  text(38, "fact");
  view.setUint32(42, 4, true);
  view.setUint32(46, samples.length, true);
  text(50, "data");
  view.setUint32(54, samples.length, true);
  file.set(samples, HEADER_BYTES);
  return file;
}
