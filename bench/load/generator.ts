/**
 * The load generator, a process of its own: `bun generator.ts '{json}'` makes N real calls, keeps them talking, and prints one line of JSON for each stage:
 * `measuring`, `measured`, `result`.
 */
import { readFileSync } from "node:fs";
import { monotonicMs } from "@sk-voice/engine/io/clock.ts";
import { startTicker } from "@sk-voice/engine/io/loop.ts";
import { openRtpSocket } from "@sk-voice/engine/io/rtp-socket.ts";
import { openSipTransport, type SipTransport } from "@sk-voice/engine/io/sip-transport.ts";
import { OfferAnswer } from "@sk-voice/engine/sip/negotiate.ts";
import type { CallEvent, LegId } from "@sk-voice/engine/sip/user-agent-types.ts";
import { summarise } from "../src/summary.ts";
import { Line, type Pacing } from "./line.ts";
import type { GeneratorOptions, GeneratorResult } from "./run.ts";

const options = JSON.parse(process.argv[2] ?? "{}") as GeneratorOptions;
const BUCKETS = 10;
/** An address of its own: the engine's ports are the engine's. */
const HOST = "127.0.0.2";
const speech = new Uint8Array(readFileSync(options.speechPath));
const pacing: Pacing = { measuring: false, latenessMs: [], deviationMs: [] };
const byLeg = new Map<LegId, { line: Line; media: OfferAnswer }>();
const buckets: Line[][] = Array.from({ length: BUCKETS }, () => []);
const lines: Line[] = [];
let failed = 0;

const say = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`);

function onSip(event: CallEvent): void {
  if (event.kind === "answered") onAnswered(event.leg, event.sdp ?? "");
  else if (event.kind === "ended" && pacing.measuring) failed++;
}

function onAnswered(leg: LegId, sdp: string): void {
  const call = byLeg.get(leg);
  const accepted = call?.media.accept(sdp);
  if (call && accepted?.ok) call.line.answered(monotonicMs(), accepted.audio.remotePort);
}

async function dial(sip: SipTransport, index: number): Promise<void> {
  const number = `+9198450${String(index).padStart(5, "0")}`;
  const line = new Line(number, speech, pacing, index + 1, options.interruptAfterMs);
  line.socket = await openRtpSocket({ host: HOST, port: 0, dscp: 46 });
  const media = new OfferAnswer({ address: HOST, port: line.socket.port, sessionId: String(index + 1) });
  lines.push(line);
  buckets[index % BUCKETS]!.push(line);
  const leg = sip.invite({
    uri: `sip:suki@127.0.0.1:${options.sipPort}`,
    from: `sip:${number}@127.0.0.1`,
    sdp: () => media.offer(),
  });
  byLeg.set(leg, { line, media });
}

const sip = await openSipTransport({ host: "127.0.0.1", port: 0, product: "sk-voice-generator", onEvent: onSip });
const ticker = startTicker(monotonicMs, (bucket) => {
  const now = monotonicMs();
  for (const line of buckets[bucket]!) line.tick(now);
});
const startMs = monotonicMs();
for (let index = 0; index < options.calls; index++) {
  await dial(sip, index);
  await Bun.sleep(Math.max(0, startMs + ((index + 1) * 1000) / options.setupsPerSecond - monotonicMs()));
}
await Bun.sleep(options.settleMs);
pacing.measuring = true;
const usedBefore = process.cpuUsage();
say({ event: "measuring" });
await Bun.sleep(options.measureMs);
pacing.measuring = false;
const used = process.cpuUsage(usedBefore);
say({ event: "measured" });
const figures = lines.map((line) => line.figures());
for (const leg of byLeg.keys()) sip.command({ kind: "hangup", leg });
await sip.close(3000);
ticker.stop();
const result: GeneratorResult = {
  event: "result",
  lines: figures,
  failed,
  lateness: summarise(pacing.latenessMs),
  deviation: summarise(pacing.deviationMs),
  ownTickLateP99Ms: ticker.lateness.percentile(0.99),
  ownCpuPercent: (used.user + used.system) / 10 / options.measureMs,
};
await Bun.write(options.resultPath, JSON.stringify(result));
process.exit(0);
