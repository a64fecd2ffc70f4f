import { type Recognition, recognise } from "../stt/policy.ts";
import { prepareAudio } from "../stt/prepare.ts";
import { MoonshineModel, type MoonshineName, moonshineCodec } from "./moonshine-model.ts";
import type { Device } from "./onnx.ts";
import { serveJobs } from "./worker-side.ts";
import type { SttJob } from "./worker-stt.ts";

export interface MoonshineConfig {
  readonly model: MoonshineName;
  readonly device: Device;
  readonly beamWidth: number;
  readonly biasWeight: number;
  /** From the start of the job; then the beam becomes greedy. Beams had tails of seconds on long utterances. */
  readonly beamBudgetMs: number;
}

const NOTHING: Recognition = { text: "", confidence: undefined };

serveJobs<MoonshineConfig, SttJob, Recognition>(async (config) => {
  const model = await MoonshineModel.load(config.model, config.device);
  // The first run allocates the runtime's arenas: do it before a caller waits for it.
  await (await model.listen(new Float32Array(16_000))).start();
  return {
    async run({ samples, hint }, cancelled) {
      const startedMs = performance.now();
      const steps = await model.listen(prepareAudio(samples));
      const recognition = await recognise(steps, moonshineCodec, hint, {
        beamWidth: config.beamWidth,
        biasWeight: config.biasWeight,
        audioMs: samples.length / 8,
        narrow: () => performance.now() - startedMs > config.beamBudgetMs,
        stop: cancelled,
      });
      return { response: recognition ?? NOTHING, transfer: [] };
    },
  };
});
