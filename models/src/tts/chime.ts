/** Two soft tones, for a voice that has never spoken: better than silence, and it needs no provider. 8 kHz, 360 ms. */
export function chime(): Int16Array {
  const samples = new Int16Array(2880);
  for (let i = 0; i < samples.length; i++) {
    const second = i >= samples.length / 2;
    const since = second ? i - samples.length / 2 : i;
    const decay = Math.exp(-since / 700);
    samples[i] = 5000 * decay * Math.sin((2 * Math.PI * (second ? 523 : 659) * since) / 8000);
  }
  return samples;
}
