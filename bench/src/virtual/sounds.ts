/** Sounds that are and are not an interruption, 8 kHz, from a seed. */
import { joinSamples } from "@sk-voice/media/pcm.ts";
import type { Prng } from "@sk-voice/media/sim/prng.ts";
import { openEmbeddedTts } from "@sk-voice/models/io/embedded-tts.ts";

const RATE = 8000;

/** The embedded voice's rendering of each text. */
export async function speech(texts: readonly string[], voice: "rms" | "slt" = "rms"): Promise<Int16Array[]> {
  const tts = openEmbeddedTts({ voice, workers: 1 });
  const spoken: Int16Array[] = [];
  for (const text of texts) {
    const chunks: Int16Array[] = [];
    const request = { text, language: "en", voice };
    for await (const { samples } of tts.speak(request, new AbortController().signal)) chunks.push(samples);
    spoken.push(joinSamples(chunks));
  }
  await tts.close();
  return spoken;
}

/** Steady room noise around −32 dBFS. */
export function noise(random: Prng, ms: number): Int16Array {
  let low = 0;
  return Int16Array.from({ length: (ms * RATE) / 1000 }, () => {
    low = 0.9 * low + 0.1 * random.gaussian();
    return 3000 * low;
  });
}

/** Two bursts of breath, 150 ms apart, dying away. */
export function cough(random: Prng): Int16Array {
  return Int16Array.from({ length: 0.4 * RATE }, (_, i) => {
    const sinceBurst = i % (0.2 * RATE);
    return 9000 * Math.exp(-sinceBurst / (0.035 * RATE)) * Math.max(-3, Math.min(3, random.gaussian()));
  });
}
