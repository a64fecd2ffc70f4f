/** G.711 μ-law, as on the wire of every telephone: for calls from the browser and for listening in. */
const BIAS = 0x84;
const CLIP = 32_635;

export function encodeSample(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(CLIP, Math.abs(sample)) + BIAS;
  const exponent = 31 - Math.clz32(magnitude) - 7;
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

export function decodeSample(byte: number): number {
  const code = ~byte & 0xff;
  const magnitude = ((((code & 0x0f) << 3) + BIAS) << ((code & 0x70) >> 4)) - BIAS;
  return (code & 0x80) === 0 ? magnitude : -magnitude;
}

/** @param text base64 of μ-law bytes. @returns samples from −1 to 1 */
export function decodeBase64(text: string): Float32Array<ArrayBuffer> {
  const bytes = atob(text);
  const samples = new Float32Array(bytes.length);
  for (let index = 0; index < bytes.length; index++) samples[index] = decodeSample(bytes.charCodeAt(index)) / 32_768;
  return samples;
}

export function encodeBase64(samples: Int16Array): string {
  let text = "";
  for (const sample of samples) text += String.fromCharCode(encodeSample(sample));
  return btoa(text);
}
