/** Speech for tests, made when they run by the embedded voice and sent through a telephone channel. */
import { pcmu } from "@sk-voice/media/g711/index.ts";
import type { TtsPort } from "../src/ports.ts";
import { collect, unaborted } from "./conformance.ts";

export async function speechOf(tts: TtsPort, text: string, voice = "slt"): Promise<Int16Array> {
  const chunks = await collect(tts.speak({ text, language: "en", voice }, unaborted()));
  return phoneChannel(Int16Array.from(chunks.flatMap((chunk) => [...chunk.samples])));
}

/** A high-pass at 250 Hz, then mu-law there and back: what a trunk does to a voice that is already at 8 kHz. */
export function phoneChannel(samples: Int16Array): Int16Array {
  const pole = Math.exp((-2 * Math.PI * 250) / 8000);
  let last = 0;
  let filtered = 0;
  const narrow = samples.map((sample) => {
    filtered = pole * (filtered + sample - last);
    last = sample;
    return filtered;
  });
  const coded = new Uint8Array(narrow.length);
  pcmu.encode(narrow, coded);
  pcmu.decode(coded, narrow);
  return narrow;
}
