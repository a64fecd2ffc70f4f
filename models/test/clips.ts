/** Speech for tests, made when they run by the embedded voice and sent through a telephone channel. */
import type { TtsPort } from "../src/ports.ts";
import { collect, unaborted } from "./conformance.ts";

export async function speechOf(tts: TtsPort, text: string, voice = "slt"): Promise<Int16Array> {
  const chunks = await collect(tts.speak({ text, language: "en", voice }, unaborted()));
  return phoneChannel(Int16Array.from(chunks.flatMap((chunk) => [...chunk.samples])));
}

/** A high-pass at 250 Hz and the rounding of mu-law (G.711): what a trunk does to a voice that is already at 8 kHz. */
export function phoneChannel(samples: Int16Array): Int16Array {
  const pole = Math.exp((-2 * Math.PI * 250) / 8000);
  let last = 0;
  let out = 0;
  return samples.map((sample) => {
    out = pole * (out + sample - last);
    last = sample;
    return muLawRounded(out);
  });
}

/** G.711 table 2: eight segments of sixteen steps, the step doubling from one to the next. */
function muLawRounded(value: number): number {
  const magnitude = Math.min(32_635, Math.abs(value)) + 132;
  const segment = Math.floor(Math.log2(magnitude)) - 7;
  const step = 2 ** (segment + 3);
  const rounded = (Math.floor(magnitude / step) + 0.5) * step - 132;
  return Math.round(value < 0 ? -rounded : rounded);
}
