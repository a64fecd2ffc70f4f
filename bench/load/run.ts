/** Runs the engine and the load generator in processes of their own, with an api that takes every report, and joins what the three saw. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import type { CallCompletedReport, EngineReport } from "@sk-voice/api/contract/index.ts";
import { pcmu } from "@sk-voice/media/g711/index.ts";
import { joinSamples } from "@sk-voice/media/pcm.ts";
import { openEmbeddedTts } from "@sk-voice/models/io/embedded-tts.ts";
import type { Summary } from "../src/summary.ts";
import type { LineFigures } from "./line.ts";
import { freeBase } from "./ports.ts";

export interface GeneratorOptions {
  readonly sipPort: number;
  readonly calls: number;
  readonly setupsPerSecond: number;
  readonly settleMs: number;
  readonly measureMs: number;
  /** Callers speak up this long into each reply; 0 never. */
  readonly interruptAfterMs: number;
  readonly speechPath: string;
  readonly resultPath: string;
}

export interface GeneratorResult {
  readonly event: "result";
  readonly lines: readonly LineFigures[];
  /** Calls that ended while they were measured. */
  readonly failed: number;
  readonly lateness: Summary;
  readonly deviation: Summary;
  readonly ownTickLateP99Ms: number;
  /** Of one core, while it measured. */
  readonly ownCpuPercent: number;
}

export interface LoadResult extends GeneratorResult {
  readonly calls: number;
  /** Of one core, the engine's process alone. */
  readonly cpuPercent: number;
  readonly rssMb: number;
  readonly engineTickLateP99Ms: number;
  /** Reply at the caller's ear less endpointing, recogniser, policy and voice. */
  readonly engineAddedMs: readonly number[];
  readonly reports: number;
}

/** SIP, health, and from 10 on an RTP and an RTCP port for each of 2,000 calls. */
const PORTS = 4020;
const MAX_CALLS = 2000;
const ROOT = join(import.meta.dir, "../..");
const FRAME = 160;
const READY_MS = 20_000;
const VOICED_PEAK = 500;
const TICKS_PER_SECOND = 100;
/** A reply and a turn of the record belong together when the ear hears it at most this much later. */
const MATCH_MS = 400;

export class LoadBench {
  readonly #folder = mkdtempSync(join(tmpdir(), "sk-load-"));
  readonly #completed = new Map<string, CallCompletedReport>();
  readonly #api = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: (request) => this.#take(request) });
  #engine: Bun.Subprocess | undefined;

  #basePort: number;

  /** Ports from `basePort` on; by default those of `SK_BENCH_PORT`, or the first free ones. */
  constructor(
    private readonly env: Readonly<Record<string, string>> = {},
    basePort = Number(process.env["SK_BENCH_PORT"] ?? 0),
  ) {
    this.#basePort = basePort;
  }

  /** Known after `start`. */
  get sipPort(): number {
    return this.#basePort;
  }

  async start(): Promise<void> {
    this.#basePort ||= await freeBase(PORTS);
    writeFileSync(join(this.#folder, "speech.ulaw"), encoded(await spokenSamples()));
    this.#engine = Bun.spawn([process.execPath, join(ROOT, "bench/load/engine.ts")], {
      stdin: "ignore",
      stdout: "inherit",
      stderr: "inherit",
      env: {
        ...process.env,
        SK_DATA_DIR: join(this.#folder, "engine"),
        SK_API_URL: `http://127.0.0.1:${this.#api.port}`,
        SK_SIP_PORT: String(this.sipPort),
        SK_HEALTH_PORT: String(this.sipPort + 1),
        SK_RTP_PORT_MIN: String(this.sipPort + 10),
        SK_RTP_PORT_MAX: String(this.sipPort + PORTS - 2),
        SK_MAX_CALLS: String(MAX_CALLS),
        SK_LOG_LEVEL: "error",
        SK_MEDIA_WORKERS: String(availableParallelism()),
        ...this.env,
      },
    });
    const url = `http://127.0.0.1:${this.sipPort + 1}/ready`;
    for (let waitedMs = 0; waitedMs < READY_MS && this.#engine.exitCode === null; waitedMs += 50) {
      if ((await fetch(url).catch(() => undefined))?.ok) return;
      await Bun.sleep(50);
    }
    throw new Error("the engine under load does not start; its error stands above");
  }

  /** One step: that many calls, measured for `measureMs`, hung up. */
  async step(
    calls: number,
    measureMs: number,
    { setupsPerSecond = 50, interruptAfterMs = 0 }: { setupsPerSecond?: number; interruptAfterMs?: number } = {},
  ): Promise<LoadResult> {
    this.#completed.clear();
    const resultPath = join(this.#folder, "result.json");
    const options: GeneratorOptions = {
      sipPort: this.sipPort,
      calls,
      setupsPerSecond,
      settleMs: 3000,
      measureMs,
      interruptAfterMs,
      speechPath: join(this.#folder, "speech.ulaw"),
      resultPath,
    };
    const generator = Bun.spawn([process.execPath, join(ROOT, "bench/load/generator.ts"), JSON.stringify(options)], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    let before = this.#usage();
    let after = before;
    let engineTickLateP99Ms = 0;
    for await (const text of lines(generator.stdout)) {
      if (text.includes('"measuring"')) before = this.#usage();
      if (!text.includes('"measured"')) continue;
      after = this.#usage();
      engineTickLateP99Ms = await this.#tickLateness();
    }
    if ((await generator.exited) !== 0) throw new Error("the load generator failed; its error stands above");
    for (let waitedMs = 0; this.#completed.size < calls && waitedMs < 5000; waitedMs += 100) await Bun.sleep(100);
    const result = JSON.parse(readFileSync(resultPath, "utf8")) as GeneratorResult;
    return {
      ...result,
      calls,
      cpuPercent: (100 * (after.cpuSeconds - before.cpuSeconds) * 1000) / (after.atMs - before.atMs),
      rssMb: after.rssMb,
      engineTickLateP99Ms,
      engineAddedMs: result.lines.flatMap((line) => engineAdded(line, this.#completed.get(line.number))),
      reports: this.#completed.size,
    };
  }

  /** Resident memory of the engine now, MB. */
  rssMb(): number {
    return this.#usage().rssMb;
  }

  async stop(): Promise<void> {
    this.#engine?.kill("SIGKILL");
    await this.#engine?.exited;
    await this.#api.stop(true);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #take(request: Request): Promise<Response> {
    if (!new URL(request.url).pathname.endsWith("/engine/reports")) return new Response(null, { status: 503 });
    const report = (await request.json()) as EngineReport;
    if (report.type === "call.completed" && report.from) this.#completed.set(report.from, report);
    return Response.json({}, { status: 201 });
  }

  #usage(): { cpuSeconds: number; rssMb: number; atMs: number } {
    const pid = this.#engine?.pid ?? 0;
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const rssKb = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
    const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    return { cpuSeconds, rssMb: rssKb / 1024, atMs: performance.now() };
  }

  async #tickLateness(): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.sipPort + 1}/figures`);
    const { media } = (await response.json()) as { media: Record<string, { tickLateP99Ms: number }> };
    return Math.max(...Object.values(media).map((thread) => thread.tickLateP99Ms));
  }
}

const LINE = "Could you tell me your opening hours please";

/** The callers' line at 8 kHz in whole packets; its first and last packets are voiced, so that its ends are those of the voice. */
export async function spokenSamples(): Promise<Int16Array> {
  const tts = openEmbeddedTts({ voice: "rms" });
  const parts: Int16Array[] = [];
  const request = { text: LINE, language: "en", voice: "rms" };
  for await (const { samples } of tts.speak(request, new AbortController().signal)) parts.push(samples);
  await tts.close();
  const samples = joinSamples(parts);
  const isVoiced = (sample: number) => Math.abs(sample) > VOICED_PEAK;
  const [first, last] = [samples.findIndex(isVoiced), samples.findLastIndex(isVoiced)];
  return samples.slice(first, first + Math.floor((last - first) / FRAME) * FRAME);
}

function encoded(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length);
  pcmu.encode(samples, bytes);
  return bytes;
}

function engineAdded(line: LineFigures, report: CallCompletedReport | undefined): number[] {
  const turns = (report?.turns ?? []).filter((turn) => turn.response_ms !== null);
  return line.responsesMs.flatMap((responseMs, index) => {
    const turn = turns[index];
    if (!turn || Math.abs(responseMs - (turn.response_ms ?? 0)) > MATCH_MS) return [];
    const { endpointing_ms, stt_ms, llm_ms, tts_ms } = turn;
    return [responseMs - (endpointing_ms ?? 0) - (stt_ms ?? 0) - (llm_ms ?? 0) - (tts_ms ?? 0)];
  });
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}
