import { describe, expect, test } from "bun:test";
import { rmsDbfs } from "@sk-voice/media/pcm.ts";
import { createRtpHeader, parseRtp } from "@sk-voice/media/rtp/packet.ts";
import { burstLoss } from "@sk-voice/media/sim/netem.ts";
import { GoertzelBank, tone } from "@sk-voice/media/tones.ts";
import { loadOpus } from "../io/opus.ts";
import { type End, TwoEnds } from "../sim/two-ends.ts";
import type { MediaTerms } from "./terms.ts";

const opus = await loadOpus();
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Share of the power at `hz` in what was heard from 400 ms on, 0..1. */
function share(end: End, hz: number): number {
  const bank = new GoertzelBank([hz], 400);
  const audio = end.audio();
  let [power, total] = [0, 0];
  for (let at = 3200; at + 400 <= audio.length; ) {
    at = bank.push(audio, at);
    if (!bank.ready) continue;
    power += bank.powers[0]!;
    total += bank.totalPower;
  }
  return power / total;
}

/** RTP headers of what an end sent on the RTP port. */
function headers(end: End) {
  return end.sent.flatMap(({ port, bytes }) => {
    const header = createRtpHeader();
    return port === 4000 && parseRtp(bytes, header) === "ok" ? [header] : [];
  });
}

describe("a call", () => {
  const codecs: Pick<MediaTerms, "codec" | "payloadType">[] = [
    { codec: "PCMU", payloadType: 0 },
    { codec: "PCMA", payloadType: 8 },
    { codec: "G722", payloadType: 9 },
    { codec: "opus", payloadType: 96 },
  ];
  for (const terms of codecs) {
    test(`in ${terms.codec} carries a tone each way over a bad line, and keys`, async () => {
      const network = { ...burstLoss(0.02, 2), delayMs: 30, jitterMs: 8 };
      const ends = new TwoEnds({ terms, opus, network }, { terms, opus, network });
      await settle();
      ends.a.say(tone([600], 3000, -12));
      ends.b.say(tone([1000], 3000, -12));
      ends.run(2600);
      expect(share(ends.b, 600)).toBeGreaterThan(0.9);
      expect(share(ends.a, 1000)).toBeGreaterThan(0.9);
      ends.a.pipeline.press("7");
      ends.run(2000);
      expect(ends.b.digits).toEqual(["7"]);
      expect(ends.a.pipeline.figures().jitterMs).toBeWithin(1, 15);
      ends.a.pipeline.close(ends.now);
      ends.b.pipeline.close(ends.now);
    });
  }

  for (const ptimeMs of [10, 30, 40, 60]) {
    test(`with packets of ${ptimeMs} ms loses nothing`, () => {
      const ends = new TwoEnds({ terms: { ptimeMs } }, { terms: {} });
      ends.a.say(tone([600], 3000, -12));
      ends.run(2600);
      expect(share(ends.b, 600)).toBeGreaterThan(0.99);
      const sent = headers(ends.a);
      expect(
        sent
          .slice(1)
          .every(({ timestampTicks }, n) => ((timestampTicks - sent[n]!.timestampTicks) | 0) === ptimeMs * 8),
      ).toBe(true);
      expect(ends.b.pipeline.figures().packetsLost).toBe(0);
    });
  }

  test("changes its codec in the middle", async () => {
    const ends = new TwoEnds({ terms: {}, opus }, { terms: {}, opus });
    ends.run(1000);
    const target = { codec: "opus", payloadType: 96, dtmfPayloadType: 101, sending: true } as const;
    ends.a.pipeline.update({ ...target, remote: { address: "192.0.2.2", port: 4000 } });
    ends.b.pipeline.update({ ...target, remote: { address: "192.0.2.1", port: 4000 } });
    await settle();
    ends.b.heard.length = 0;
    ends.a.say(tone([600], 3000, -12));
    ends.run(2600);
    expect(share(ends.b, 600)).toBeGreaterThan(0.9);
  });
});

describe("comfort noise", () => {
  const terms = { comfortNoisePayloadType: 13 };

  test("takes the place of silence, and sounds like it", () => {
    const ends = new TwoEnds({ terms }, { terms });
    ends.a.say(tone([600], 500, -12));
    ends.run(4000);
    ends.a.say(tone([600], 500, -12));
    ends.run(1000);
    const sent = headers(ends.a);
    const noise = sent.filter(({ payloadType }) => payloadType === 13);
    expect(noise.length).toBeWithin(8, 14);
    expect(sent.length).toBeLessThan(100);
    expect(sent.filter(({ marker }) => marker).length).toBeGreaterThanOrEqual(2);
    expect(ends.b.pipeline.figures()).toMatchObject({ packetsLost: 0, concealedMs: 0 });
    const levels = ends.b.heard.map(rmsDbfs);
    expect(levels.filter((level) => level > -20).length).toBeWithin(46, 56);
    expect(levels.filter((level) => level > -72 && level < -64).length).toBeGreaterThan(5);
  });
});

test("keys are found in the audio where there are no telephone-events, and nowhere else", () => {
  const keys = (dtmfPayloadType: number | undefined) => {
    const ends = new TwoEnds({ terms: {} }, { terms: { dtmfPayloadType } });
    for (const pair of [
      [697, 1209],
      [941, 1336],
    ]) {
      ends.a.say(tone(pair, 100, -10));
      ends.a.say(new Int16Array(1600));
    }
    ends.run(1500);
    return ends.b.digits.join("");
  };
  expect(keys(undefined)).toBe("10");
  expect(keys(101)).toBe("");
});
