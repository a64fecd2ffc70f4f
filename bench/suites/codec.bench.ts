import { loadOpus } from "@sk-voice/engine/io/opus.ts";
import type { AudioCoder } from "@sk-voice/media/codec.ts";
import { pcma, pcmu } from "@sk-voice/media/g711/index.ts";
import { G722 } from "@sk-voice/media/g722.ts";
import { Prng } from "@sk-voice/media/sim/prng.ts";
import { voiced } from "@sk-voice/media/sim/voice.ts";
import { measure } from "../src/measure.ts";
import { suite } from "../src/suite.ts";

/** Opus is a thousand times slower than G.711, so it is asked for less. */
const OPUS_SHARE = 1 / 100;
const VOICE_FRAMES = 50;

export default suite({
  name: "codec",
  title: "Codecs, 20 ms packets: G.711 of noise, G.722 and Opus of a voice",
  smoke: { operations: 2000, batches: 10 },
  full: { operations: 20_000, batches: 60 },
  run: async ({ operations, batches }, { seed, progress }) => {
    const random = new Prng(seed);
    const noise = Int16Array.from({ length: 160 }, () => random.integer(-32_768, 32_767));
    const payload = new Uint8Array(160);
    const out = new Int16Array(160);
    const figures = [pcmu, pcma].flatMap((codec) => {
      progress(codec.name);
      const options = { operations, batches, per: "packet" };
      return [
        ...measure({ ...options, name: `${codec.name} encode` }, () => codec.encode(noise, payload)),
        ...measure({ ...options, name: `${codec.name} decode` }, () => codec.decode(payload, out)),
      ];
    });
    const voice = voiced(seed, VOICE_FRAMES);
    const frames = Array.from({ length: VOICE_FRAMES }, (_, n) => voice.subarray(n * 160, n * 160 + 160));
    const opus = await loadOpus();
    const adaptive: readonly { name: string; encoder: AudioCoder; decoder: AudioCoder; share: number }[] = [
      { name: "G722", encoder: new G722(), decoder: new G722(), share: 0.1 },
      { name: "opus", encoder: opus("encode"), decoder: opus("decode"), share: OPUS_SHARE },
    ];
    await Bun.sleep(0);
    for (const { name, encoder, decoder, share } of adaptive) {
      progress(name);
      const options = { operations: Math.round(operations * share), batches, per: "packet" };
      let bytes = 0;
      const encode = (i: number) => {
        bytes = encoder.encode(frames[i % VOICE_FRAMES]!, payload);
      };
      figures.push(
        ...measure({ ...options, name: `${name} encode` }, encode),
        ...measure({ ...options, name: `${name} decode` }, () => decoder.decode(payload, out, 0, bytes)),
      );
      encoder.free?.();
      decoder.free?.();
    }
    return figures;
  },
});
