import { JitterBuffer } from "@sk-voice/media/jitter/buffer.ts";
import { Concealer } from "@sk-voice/media/jitter/conceal.ts";
import { createRtpHeader, parseRtp } from "@sk-voice/media/rtp/packet.ts";
import { RtpSender } from "@sk-voice/media/rtp/sender.ts";
import { Prng } from "@sk-voice/media/sim/prng.ts";
import { measure } from "../src/measure.ts";
import { suite } from "../src/suite.ts";

/** One packet in, one frame out, concealed where lost. */
function line(seed: number, loss: number): () => void {
  const random = new Prng(seed);
  const sender = new RtpSender({ ssrc: 1, firstSequence: 0, firstTimestampTicks: 0 });
  const header = createRtpHeader();
  const buffer = new JitterBuffer();
  const concealer = new Concealer();
  const frame = new Int16Array(160);
  for (let i = 0; i < 160; i++) sender.payload[i] = random.integer(0, 255);
  let now = 0;
  return () => {
    now += 20;
    const packet = sender.audio(0, 160, 160);
    parseRtp(packet, header);
    if (!random.chance(loss)) buffer.push(header, packet, now);
    concealer.process(buffer.pull(now, frame), frame);
  };
}

export default suite({
  name: "jitter",
  title: "Jitter buffer and concealment: push and pull 20 ms",
  smoke: { operations: 2000, batches: 10 },
  full: { operations: 10_000, batches: 60 },
  run: async ({ operations, batches }, { seed }) =>
    [0, 0.02, 0.1].flatMap((loss) =>
      measure({ name: `${loss * 100} % loss`, operations, batches, per: "packet" }, line(seed, loss)),
    ),
});
