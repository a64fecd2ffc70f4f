/** Two callers joined by the engine: how long a sound is inside it, from its packet's arrival on one leg to the packet that carries it out of the other. */
import { CallPipeline } from "@sk-voice/engine/call/pipeline.ts";
import { Relay } from "@sk-voice/engine/call/relay.ts";
import { pcmu } from "@sk-voice/media/g711/index.ts";
import { RtpSender } from "@sk-voice/media/rtp/sender.ts";
import { Prng } from "@sk-voice/media/sim/prng.ts";
import { FRAME_MS, FRAME_SAMPLES } from "@sk-voice/media/units.ts";
import { type Figure, suite } from "../src/suite.ts";
import { summarise } from "../src/summary.ts";
import { packetPeak } from "../src/virtual/watch.ts";

const AUDIO = { codec: "PCMU", payloadType: 0, dtmfPayloadType: 101, sending: true } as const;
const [FROM, TO] = ["192.0.2.1", "192.0.2.2"] as const;
const CLICK = 8000;
const CLICK_EVERY_FRAMES = 25;

export default suite({
  name: "mouth-to-ear",
  title: "One-way transit of the engine for bridged audio, virtual time",
  smoke: { calls: 4, seconds: 20 },
  full: { calls: 40, seconds: 60 },
  run: async ({ calls, seconds }, { seed }) =>
    [0, 10, 30].flatMap((jitterMs): Figure[] => {
      const random = new Prng(seed + jitterMs);
      const samples = Array.from({ length: calls }, () => transits(random, seconds, jitterMs)).flat();
      const summary = summarise(samples);
      const name = `transit, ${jitterMs} ms of network jitter`;
      return [{ name, unit: "ms", clock: "virtual", value: summary.p95, summary }];
    }),
});

/** A click every half second; each is looked for in what leaves. The first seconds, in which the buffer settles, are left out. */
function transits(random: Prng, seconds: number, jitterMs: number): number[] {
  const found: number[] = [];
  const clicks: number[] = [];
  let now = 0;
  const leaving = leg(TO, random, {
    onAudio: () => {},
    send: (packet) => {
      if (packetPeak(packet) < CLICK / 2) return;
      const clickMs = clicks.shift();
      if (clickMs !== undefined && now > 5000) found.push(now - clickMs);
    },
  });
  const relay = new Relay(leaving.playout);
  const arriving = leg(FROM, random, { onAudio: (frame) => relay.push(frame), send: () => {} });
  const caller = new RtpSender({ ssrc: 9, firstSequence: 1, firstTimestampTicks: 1 });
  const phaseMs = random.integer(0, FRAME_MS - 1);
  const due: { atMs: number; bytes: Uint8Array; click: boolean }[] = [];
  for (let frame = 0; frame < (seconds * 1000) / FRAME_MS; frame++) {
    now = frame * FRAME_MS;
    const click = frame % CLICK_EVERY_FRAMES === 0;
    const audio = new Int16Array(FRAME_SAMPLES).fill(click ? CLICK : 0);
    pcmu.encode(audio, caller.payload);
    const bytes = caller.audio(0, FRAME_SAMPLES, FRAME_SAMPLES).slice();
    due.push({ atMs: now - FRAME_MS + phaseMs + random.integer(0, jitterMs), bytes, click });
    for (const packet of due.filter(({ atMs }) => atMs <= now)) {
      arriving.receive(packet.atMs, packet.bytes, FROM, 4000);
      if (packet.click) clicks.push(packet.atMs);
      due.splice(due.indexOf(packet), 1);
    }
    arriving.tick(now);
    leaving.tick(now);
  }
  return found;
}

function leg(
  address: string,
  random: Prng,
  sinks: { onAudio: (frame: Int16Array) => void; send: (packet: Uint8Array) => void },
): CallPipeline {
  const identity = { ssrc: random.uint32(), firstSequence: 0, firstTimestampTicks: random.uint32() };
  return new CallPipeline({ ...AUDIO, remote: { address, port: 4000 } }, identity, {
    onSent: () => {},
    onDigit: () => {},
    onPlayed: () => {},
    ...sinks,
  });
}
