import { pcma, pcmu } from "@sk-voice/media/g711/index.ts";
import { Prng } from "@sk-voice/media/sim/prng.ts";
import { measure } from "../src/measure.ts";
import { suite } from "../src/suite.ts";

export default suite({
  name: "codec",
  title: "G.711 in place, 20 ms packets",
  smoke: { operations: 2000, batches: 10 },
  full: { operations: 20_000, batches: 60 },
  run: async ({ operations, batches }, { seed, progress }) => {
    const random = new Prng(seed);
    const samples = Int16Array.from({ length: 160 }, () => random.integer(-32_768, 32_767));
    const payload = new Uint8Array(160);
    return [pcmu, pcma].flatMap((codec) => {
      progress(codec.name);
      const options = { operations, batches, per: "packet" };
      return [
        ...measure({ ...options, name: `${codec.name} encode` }, () => codec.encode(samples, payload)),
        ...measure({ ...options, name: `${codec.name} decode` }, () => codec.decode(payload, samples)),
      ];
    });
  },
});
