import { createRtpHeader, parseRtp } from "@sk-voice/media/rtp/packet.ts";
import { RtpReceiver } from "@sk-voice/media/rtp/receiver.ts";
import { RtpSender } from "@sk-voice/media/rtp/sender.ts";
import { measure } from "../src/measure.ts";
import { suite } from "../src/suite.ts";

export default suite({
  name: "rtp",
  title: "RTP: write a packet, read it, keep the receiver's books",
  smoke: { operations: 2000, batches: 10 },
  full: { operations: 50_000, batches: 60 },
  run: async ({ operations, batches }) => {
    const sender = new RtpSender({ ssrc: 1, firstSequence: 0, firstTimestampTicks: 0 });
    const receiver = new RtpReceiver();
    const header = createRtpHeader();
    const packet = sender.audio(0, 160, 160).slice();
    const options = { operations, batches, per: "packet" };
    let now = 0;
    return [
      ...measure({ ...options, name: "write" }, () => void sender.audio(0, 160, 160)),
      ...measure({ ...options, name: "parse" }, () => void parseRtp(packet, header)),
      ...measure({ ...options, name: "write, parse, receive" }, () => {
        now += 20;
        parseRtp(sender.audio(0, 160, 160), header);
        receiver.receive(header, now, true);
      }),
    ];
  },
});
