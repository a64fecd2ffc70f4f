import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseRtcp } from "@sk-voice/media/rtcp/packet.ts";
import { createRtpHeader, parseRtp } from "@sk-voice/media/rtp/packet.ts";
import { RtpSender } from "@sk-voice/media/rtp/sender.ts";
import { burstLoss, randomLoss } from "@sk-voice/media/sim/netem.ts";
import type { SrtpMasterKey, SrtpSuite } from "@sk-voice/media/srtp/index.ts";
import { SUITES } from "@sk-voice/media/srtp/index.ts";
import { tone } from "@sk-voice/media/tones.ts";
import { ADDRESSES, TwoEnds } from "../sim/two-ends.ts";
import { STAGES } from "./pipeline.ts";

const ROOT = join(import.meta.dir, "../../..");
const VOICE = tone([440], 4000, -10);
const key = (suite: SrtpSuite, fill: number): SrtpMasterKey => ({
  suite,
  key: new Uint8Array(16).fill(fill),
  salt: new Uint8Array(SUITES[suite].saltBytes).fill(fill + 1),
});

/** Peak of the loudest frame: 10,362 for the tone. */
const loudest = (frames: readonly Int16Array[]) =>
  frames.reduce((most, frame) => frame.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), most), 0);

test("ARCHITECTURE.md shows the stages in their order, and each file is there", () => {
  const text = readFileSync(join(ROOT, "ARCHITECTURE.md"), "utf8");
  const block = /<!-- pipeline:.*?-->(.*?)<!-- \/pipeline -->/s.exec(text)?.[1] ?? "";
  const listed = [...block.matchAll(/^\d+\. \[(.+?)\]\((.+?)\)$/gm)];
  expect(listed.map(([, name]) => name!)).toEqual([...STAGES]);
  expect(listed.filter(([, , path]) => !existsSync(join(ROOT, path!)))).toEqual([]);
});

test("ticks the machine missed pass in RTP time, so the far end's delay does not grow", () => {
  const { a } = new TwoEnds({ terms: {} }, { terms: {} });
  for (const now of [0, 20, 40, 140, 160]) a.pipeline.tick(now);
  const header = createRtpHeader();
  const times = a.sent.map(({ bytes }) => (parseRtp(bytes, header) === "ok" ? header.timestampTicks : -1));
  expect(times.map((ticks) => ((ticks - times[0]!) >>> 0) / 8)).toEqual([0, 20, 40, 140, 160]);
});

describe("RTCP", () => {
  for (const [name, port] of [
    ["on its own port", 4001],
    ["multiplexed with RTP", 4000],
  ] as const) {
    test(`${name}: both ends know loss, jitter, round trip and MOS`, () => {
      const ends = new TwoEnds(
        { terms: { remoteRtcp: { address: ADDRESSES[1], port } }, network: { ...randomLoss(0.05), delayMs: 40 } },
        { terms: { remoteRtcp: { address: ADDRESSES[0], port } }, network: { delayMs: 60, jitterMs: 10 } },
      );
      ends.run(20_000);
      const [a, b] = [ends.a.pipeline.figures(), ends.b.pipeline.figures()];
      expect(a.roundTripMs).toBeWithin(95, 175);
      expect(b.packetsLost / (b.packetsReceived + b.packetsLost)).toBeWithin(0.03, 0.07);
      expect(a.remotePacketsLost).toBeWithin(20, 80);
      expect(b.remotePacketsLost).toBe(0);
      expect(a.mos).toBeGreaterThan(4);
      expect(a.remoteMos).toBeLessThan(b.remoteMos ?? 0);
      expect(b.mos).toBeWithin(3, 4.1);
      expect(ends.a.pipeline.droppedPackets).toBe(0);
    });
  }

  test("what is not known is null", () => {
    const ends = new TwoEnds({ terms: {} }, { terms: { sending: false }, network: randomLoss(1) });
    ends.run(8000);
    expect(ends.a.pipeline.figures()).toMatchObject({
      roundTripMs: null,
      remoteJitterMs: null,
      remotePacketsLost: null,
      mos: null,
      remoteMos: null,
    });
  });

  test("ends with BYE", () => {
    const ends = new TwoEnds({ terms: {} }, { terms: {} });
    ends.run(1000);
    ends.a.pipeline.close(1000);
    const last = parseRtcp(ends.a.sent.at(-1)!.bytes);
    expect(last?.map(({ type }) => type)).toEqual(["sender-report", "description", "bye"]);
  });

  test("from another address is not believed", () => {
    const ends = new TwoEnds({ terms: {} }, { terms: {} });
    ends.run(10_000);
    const report = ends.b.sent.findLast(({ port }) => port === 4001)!.bytes;
    const before = ends.a.pipeline.droppedPackets;
    ends.a.pipeline.receiveRtcp(ends.now, report, "203.0.113.9", 4001);
    expect(ends.a.pipeline.droppedPackets).toBe(before + 1);
  });
});

describe("SRTP", () => {
  for (const suite of Object.keys(SUITES) as SrtpSuite[]) {
    test(`${suite} carries audio, keys and reports over a bad line`, () => {
      const [ours, theirs] = [key(suite, 1), key(suite, 7)];
      const network = { ...burstLoss(0.03, 2), delayMs: 30, jitterMs: 5, duplicateProbability: 0.02 };
      const ends = new TwoEnds(
        { terms: { srtp: { local: ours, remote: theirs } }, network },
        { terms: { srtp: { local: theirs, remote: ours } }, network },
      );
      ends.a.say(VOICE);
      ends.run(2000);
      ends.a.pipeline.press("4");
      ends.run(10_000);
      expect(loudest(ends.b.heard)).toBeGreaterThan(9000);
      expect(ends.b.digits).toEqual(["4"]);
      expect(ends.b.pipeline.figures()).toMatchObject({ encrypted: true });
      expect(ends.a.pipeline.figures().roundTripMs).toBeGreaterThan(50);
    });
  }

  test("what was recorded and sent again, changed, or not encrypted at all is dropped", () => {
    const [ours, theirs] = [key("AES_CM_128_HMAC_SHA1_80", 1), key("AES_CM_128_HMAC_SHA1_80", 7)];
    const ends = new TwoEnds(
      { terms: { srtp: { local: ours, remote: theirs } } },
      { terms: { srtp: { local: theirs, remote: ours } } },
    );
    ends.run(1000);
    const { bytes } = ends.a.sent.at(-1)!;
    expect(ends.b.pipeline.droppedPackets).toBe(0);
    ends.b.pipeline.receive(1000, bytes, ADDRESSES[0], 4000);
    ends.b.pipeline.receive(
      1000,
      Uint8Array.from(bytes, (byte, n) => (n === 20 ? byte ^ 1 : byte)),
      ADDRESSES[0],
      4000,
    );
    const plain = new RtpSender({ ssrc: 0x1000, firstSequence: 100, firstTimestampTicks: 0 });
    ends.b.pipeline.receive(1000, plain.audio(0, 160, 160), ADDRESSES[0], 4000);
    expect(ends.b.pipeline.droppedPackets).toBe(3);
  });

  test("a re-INVITE with the same keys goes on; new keys are taken", () => {
    const [ours, theirs, next] = [1, 7, 20].map((n) => key("AES_CM_128_HMAC_SHA1_80", n)) as [
      SrtpMasterKey,
      SrtpMasterKey,
      SrtpMasterKey,
    ];
    const remote = { address: ADDRESSES[0], port: 4000 };
    const terms = { codec: "PCMU", payloadType: 0, dtmfPayloadType: 101, remote, sending: true } as const;
    const ends = new TwoEnds(
      { terms: { srtp: { local: ours, remote: theirs } } },
      { terms: { srtp: { local: theirs, remote: ours } } },
    );
    ends.run(2000);
    ends.b.pipeline.update({ ...terms, srtp: { local: theirs, remote: ours } });
    ends.run(1000);
    expect(ends.b.pipeline.droppedPackets).toBe(0);
    ends.b.pipeline.update({ ...terms, srtp: { local: theirs, remote: next } });
    ends.run(200);
    expect(ends.b.pipeline.droppedPackets).toBe(10);
    ends.a.pipeline.update({
      ...terms,
      remote: { address: ADDRESSES[1], port: 4000 },
      srtp: { local: next, remote: theirs },
    });
    ends.run(200);
    expect(ends.b.pipeline.droppedPackets).toBe(10);
  });
});

describe("sources", () => {
  const stranger = new RtpSender({ ssrc: 666, firstSequence: 1, firstTimestampTicks: 1 });
  const shout = () => stranger.audio(0, 160, 160);

  test("a stranger who joins later is neither heard nor answered", () => {
    const ends = new TwoEnds({ terms: {} }, { terms: {} });
    ends.run(500);
    for (let n = 0; n < 50; n++) {
      ends.b.pipeline.receive(ends.now, shout(), "203.0.113.9", 6000);
      ends.run(20);
    }
    expect(ends.b.pipeline.droppedPackets).toBe(50);
    expect(loudest(ends.b.heard)).toBeLessThan(100);
    expect(ends.b.pipeline.figures().packetsReceived).toBeGreaterThan(70);
  });

  test("a new SSRC from the right address takes two packets to be believed, and goes on from there", () => {
    const ends = new TwoEnds({ terms: {} }, { terms: {} });
    ends.run(1000);
    const before = ends.b.heard.length;
    const other = new RtpSender({ ssrc: 77, firstSequence: 9, firstTimestampTicks: 123_456 });
    other.payload.fill(0x80);
    for (let n = 0; n < 50; n++) ends.b.pipeline.receive(1000 + 20 * n, other.audio(0, 160, 160), ADDRESSES[0], 4000);
    for (let n = 0; n < 50; n++) ends.b.pipeline.tick(1000 + 20 * n);
    expect(loudest(ends.b.heard.slice(before))).toBeGreaterThan(30_000);
  });
});

test("a wrapping sequence, packets twice and packets overtaken are heard as one voice", () => {
  const network = { delayMs: 20, jitterMs: 5, duplicateProbability: 0.1, reorderProbability: 0.1, reorderMs: 30 };
  const ends = new TwoEnds({ terms: {}, network }, { terms: {} });
  ends.a.say(VOICE);
  ends.run(4400);
  const { packetsLost, packetsReceived } = ends.b.pipeline.figures();
  expect([packetsLost, packetsReceived > 210]).toEqual([0, true]);
  const audible = ends.b.heard.filter((frame) => loudest([frame]) > 9000).length;
  expect(audible).toBeWithin(195, 206);
});

test("silence is counted, hold is not", () => {
  const ends = new TwoEnds({ terms: {} }, { terms: {} });
  ends.run(1000);
  const { pipeline } = ends.a;
  expect(pipeline.silentMs(1000)).toBeLessThan(40);
  for (let now = 1000; now < 61_000; now += 20) pipeline.tick(now);
  expect(pipeline.silentMs(61_000)).toBeWithin(59_900, 60_100);
  const remote = { address: ADDRESSES[1], port: 4000 };
  pipeline.update({ codec: "PCMU", payloadType: 0, dtmfPayloadType: 101, remote, sending: false });
  for (let now = 61_000; now < 151_000; now += 20) pipeline.tick(now);
  expect(pipeline.silentMs(151_000)).toBeLessThan(40);
});
