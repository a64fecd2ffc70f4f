import { loadOpus } from "@sk-voice/engine/io/opus.ts";
import { pcma, pcmu } from "@sk-voice/media/g711/index.ts";
import { G722 } from "@sk-voice/media/g722.ts";
import { Prng } from "@sk-voice/media/sim/prng.ts";
import { voiced } from "@sk-voice/media/sim/voice.ts";
import { measure } from "../src/measure.ts";
import { suite } from "../src/suite.ts";

/** Opus is a thousand times slower than G.711, so it is asked for less. */
const OPUS_SHARE = 1 / 50;

export default suite({
  name: "codec",
  title: "Codecs, 20 ms packets: G.711 of noise, G.722 and Opus of a voice",
  smoke: { operations: 2000, batches: 10 },
  full: { operations: 20_000, batches: 60 },
  run: async ({ operations, batches }, { seed, progress }) => {
    const random = new Prng(seed);
    const noise = Int16Array.from({ length: 160 }, () => random.integer(-32_768, 32_767));
    const voice = voiced(seed, 50);
    const frame = (i: number) => voice.subarray((i % 50) * 160, (i % 50) * 160 + 160);
    const payload = new Uint8Array(160);
    const out = new Int16Array(160);
    const opus = await loadOpus();
    const [opusEncoder, opusDecoder] = [opus("encode"), opus("decode")];
    await Bun.sleep(0);
    const stateless = [pcmu, pcma].map((codec) => ({
      name: codec.name,
      encode: () => codec.encode(noise, payload),
      decode: () => codec.decode(payload, out),
      share: 1,
    }));
    const [g722Encoder, g722Decoder] = [new G722(), new G722()];
    let opusBytes = 0;
    const stateful = [
      {
        name: "G722",
        encode: (i: number) => g722Encoder.encode(frame(i), payload),
        decode: () => g722Decoder.decode(payload, out),
        share: 0.1,
      },
      {
        name: "opus",
        encode: (i: number) => {
          opusBytes = opusEncoder.encode(frame(i), payload);
        },
        decode: () => opusDecoder.decode(payload, out, 0, opusBytes),
        share: OPUS_SHARE,
      },
    ];
    const figures = [...stateless, ...stateful].flatMap(({ name, encode, decode, share }) => {
      progress(name);
      const options = { operations: Math.round(operations * share), batches, per: "packet" };
      return [
        ...measure({ ...options, name: `${name} encode` }, encode),
        ...measure({ ...options, name: `${name} decode` }, decode),
      ];
    });
    opusEncoder.free?.();
    opusDecoder.free?.();
    return figures;
  },
});
