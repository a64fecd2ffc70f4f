import { Prng } from "@sk-voice/media/sim/prng.ts";
import { RobocallListener } from "@sk-voice/models/robocall/listener.ts";
import { EnergyVoice } from "@sk-voice/models/vad/energy.ts";
import { OnsetDetector } from "@sk-voice/models/vad/onset.ts";
import { VoiceEnd } from "@sk-voice/models/vad/voice-end.ts";
import { measure } from "../src/measure.ts";
import { suite } from "../src/suite.ts";

export default suite({
  name: "features",
  title: "What is computed of each call's audio besides the VAD: screening's features, onset, end of voice",
  smoke: { operations: 1000, batches: 10 },
  full: { operations: 5000, batches: 60 },
  run: async ({ operations, batches }, { seed }) => {
    const random = new Prng(seed);
    const window = Float32Array.from({ length: 256 }, () => 0.1 * random.gaussian());
    const packet = Int16Array.from({ length: 160 }, () => 3000 * random.gaussian());
    const listener = new RobocallListener({ onEdge: () => {}, onTone: () => {}, onFingerprint: () => {} }, undefined);
    const onset = new OnsetDetector();
    const end = new VoiceEnd();
    const energy = new EnergyVoice();
    const options = { operations, batches };
    let now = 0;
    return [
      ...measure({ ...options, name: "screening", per: "window" }, () => {
        now += 32;
        listener.window(window, 0.9, now, false);
      }),
      ...measure({ ...options, name: "onset", per: "packet" }, () => void onset.push(packet, false)),
      ...measure({ ...options, name: "end of voice", per: "packet" }, () => end.push(packet, now)),
      ...measure({ ...options, name: "level", per: "window" }, () => void energy.push(window)),
    ];
  },
});
