/**
 * The same scripted conversation and the same provider delays through LiveKit Agents for Node (its voice session and its Silero plugin, without server or room) and
 * through this engine over real SIP and RTP, in the same run. Their packages are installed into a scratch folder, never into this workspace.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LoadBench, type LoadResult, spokenSamples } from "../load/run.ts";
import { type Figure, suite } from "../src/suite.ts";
import { summarise } from "../src/summary.ts";

const PACKAGES = ["@livekit/agents@1.9.0", "@livekit/agents-plugin-silero@1.9.0"];
const FOLDER = join(tmpdir(), "sk-voice-peers");
const DELAYS = { sttMs: 200, llmMs: 300, ttsMs: 100 };
/** Both wait this long after the voice; recognition begins before that and is done in time. */
const ENDPOINT_MS = 450;
const VAD_SILENCE_MS = 200;
const INTERRUPT_AFTER_MS = 400;

interface Theirs {
  readonly totalMs: readonly number[];
  readonly stopMs: readonly number[];
  readonly cpuPercent: number;
  readonly mbEach: number;
  readonly processMb: number;
}

interface Parameters {
  readonly conversations: number;
  readonly measureMs: number;
}

export default suite<Parameters>({
  name: "peers",
  title: "LiveKit Agents for Node and this engine: one conversation, the same delays, the same machine, the same run",
  smoke: { conversations: 1, measureMs: 20_000 },
  full: { conversations: 5, measureMs: 60_000 },
  run: async (parameters, { progress }) => {
    install(progress);
    progress("LiveKit Agents");
    const theirs = await runTheirs(parameters);
    progress("this engine");
    return compared(theirs, await runOurs(parameters));
  },
});

function install(progress: (what: string) => void): void {
  mkdirSync(FOLDER, { recursive: true });
  copyFileSync(join(import.meta.dir, "../peers/livekit.mjs"), join(FOLDER, "livekit.mjs"));
  if (existsSync(join(FOLDER, "node_modules/@livekit/agents"))) return;
  progress(`installing ${PACKAGES.join(", ")} into ${FOLDER}`);
  writeFileSync(join(FOLDER, "package.json"), '{"name":"peers","private":true,"type":"module"}');
  const added = Bun.spawnSync([process.execPath, "add", "--exact", ...PACKAGES], { cwd: FOLDER });
  if (added.exitCode !== 0)
    throw new Error(`LiveKit Agents cannot be installed: ${added.stderr.toString().slice(-300)}`);
}

async function runTheirs({ conversations, measureMs }: Parameters): Promise<Theirs> {
  const node = Bun.which("node");
  if (!node) throw new Error("the peers suite needs Node: LiveKit Agents is made for it");
  const speechPath = join(FOLDER, "speech.pcm");
  const resultPath = join(FOLDER, "result.json");
  writeFileSync(speechPath, new Uint8Array(doubled(await spokenSamples()).buffer));
  const options = {
    ...DELAYS,
    conversations,
    measureMs,
    endpointMs: ENDPOINT_MS,
    vadSilenceMs: VAD_SILENCE_MS,
    interruptAfterMs: INTERRUPT_AFTER_MS,
    msPerCharacter: 60,
    text: "What are your opening hours?",
    speechPath,
    resultPath,
  };
  const child = Bun.spawn([node, "livekit.mjs", JSON.stringify(options)], {
    cwd: FOLDER,
    stdout: "ignore",
    stderr: "pipe",
  });
  if ((await child.exited) !== 0) {
    throw new Error(`LiveKit Agents failed: ${(await new Response(child.stderr).text()).slice(-600)}`);
  }
  return JSON.parse(readFileSync(resultPath, "utf8")) as Theirs;
}

interface Ours {
  readonly plain: LoadResult;
  readonly interrupted: LoadResult;
  readonly idle: { readonly rssMb: number };
}

async function runOurs({ conversations, measureMs }: Parameters): Promise<Ours> {
  const bench = new LoadBench({
    SK_LOAD_STT_MS: String(DELAYS.sttMs),
    SK_LOAD_TTS_MS: String(DELAYS.ttsMs),
    SK_MEDIA_WORKERS: "1",
  });
  try {
    await bench.start();
    await bench.step(10, 3000);
    const rssMb = bench.rssMb();
    const plain = await bench.step(conversations, measureMs / 2);
    const interrupted = await bench.step(conversations, measureMs / 2, { interruptAfterMs: INTERRUPT_AFTER_MS });
    return { plain, interrupted, idle: { rssMb } };
  } finally {
    await bench.stop();
  }
}

function compared(theirs: Theirs, { plain, interrupted, idle }: Ours): Figure[] {
  const spread = (name: string, samples: readonly number[]): Figure => {
    const summary = summarise(samples);
    return { name, unit: "ms", clock: "wall", value: summary.p50, summary };
  };
  const ours = {
    engine: spread(
      "ours: engine-added",
      // The embedded dialogue takes about a millisecond where theirs is scripted to take `llmMs`.
      plain.lines.flatMap(({ responsesMs }) => responsesMs).map((total) => total - ENDPOINT_MS - DELAYS.ttsMs),
    ),
    stop: spread(
      "ours: onset → turned down or silent",
      interrupted.lines.flatMap(({ duckedMs }) => duckedMs),
    ),
    cpu: plain.cpuPercent / plain.calls,
    mb: Math.max(0, plain.rssMb - idle.rssMb) / plain.calls,
  };
  const waitedMs = Math.max(ENDPOINT_MS, VAD_SILENCE_MS + DELAYS.sttMs) + DELAYS.llmMs + DELAYS.ttsMs;
  const their = {
    engine: spread(
      "LiveKit: engine-added",
      theirs.totalMs.map((total) => total - waitedMs),
    ),
    stop: spread("LiveKit: onset → silent", theirs.stopMs),
  };
  const plainFigure = (name: string, unit: string, value: number): Figure => ({ name, unit, clock: "wall", value });
  const ratio = (name: string, our: number, his: number): Figure => ({
    name,
    unit: "×",
    clock: "ratio",
    value: our / his,
  });
  return [
    ours.engine,
    their.engine,
    ours.stop,
    their.stop,
    plainFigure("ours: CPU per conversation", "% of a core", ours.cpu),
    plainFigure("LiveKit: CPU per conversation", "% of a core", theirs.cpuPercent),
    plainFigure("ours: memory per conversation", "MB", ours.mb),
    plainFigure("LiveKit: memory per conversation, within one process", "MB", theirs.mbEach),
    plainFigure("LiveKit: memory of the process, one per conversation as it deploys", "MB", theirs.processMb),
    ratio("engine-added, ours / theirs", Math.max(0, ours.engine.value), their.engine.value),
    ratio("barge-in, ours / theirs", ours.stop.value, their.stop.value),
    ratio("CPU, ours / theirs", ours.cpu, theirs.cpuPercent),
    ratio("memory, ours / theirs", ours.mb, theirs.mbEach),
  ];
}

/** 8 → 16 kHz, linearly: what its VAD wants. */
function doubled(samples: Int16Array): Int16Array<ArrayBuffer> {
  const out = new Int16Array(2 * samples.length);
  for (let i = 0; i < samples.length; i++) {
    out[2 * i] = samples[i]!;
    out[2 * i + 1] = (samples[i]! + (samples[i + 1] ?? 0)) / 2;
  }
  return out;
}
