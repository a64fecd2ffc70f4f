import { describe, expect, test } from "bun:test";
import type { SttPort, TtsPort } from "@sk-voice/models/ports.ts";
import { SALON } from "../../src/receptionist/sim/workspace.ts";
import { leakGuard } from "../../test/leaks.ts";
import { TestPhone } from "../../test/phone/test-phone.ts";
import { tone, toneShare } from "../../test/phone/tone.ts";
import type { Bridged, BridgeEnd } from "../call/relay.ts";
import type { TransferOutcome } from "../call/transfer-types.ts";
import { Dialling } from "../sip/dialling.ts";
import { TrunkConfig } from "../sip/trunk-config.ts";
import { monotonicMs } from "./clock.ts";
import { HumanLegs } from "./human-legs.ts";
import { createLog } from "./log.ts";
import { loadOpus } from "./opus.ts";
import { RtpPorts } from "./rtp-ports.ts";
import { openSipTransport } from "./sip-transport.ts";
import { Transfers } from "./transfers.ts";

/** Warm transfers to a telephone on real sockets; the caller's side is its sound alone. */

const WHISPER_HZ = 300;
const CALLER_HZ = 500;
const HUMAN_HZ = 1100;
const CALL = "cal_1";

const { closeAfter, mustBeZero } = leakGuard();

/** Whispers a tone of two seconds. */
const tts: TtsPort = {
  name: "tone",
  warm: async () => {},
  async *speak() {
    for (let i = 0; i < 100; i++) yield { samples: tone(WHISPER_HZ, i * 160) };
  },
  close: async () => {},
};

/** Hears `word` in whatever is loud. */
function sttOf(word: string): SttPort {
  const session = { push() {}, reset() {}, close() {} };
  const transcribe = async () => ({ text: word, confidence: 0.9, language: "en" });
  return { name: "fixed", warm: async () => {}, open: () => ({ ...session, transcribe }), close: async () => {} };
}

/** The caller: plays its tone to the other side, keeps what it hears. */
class Caller implements BridgeEnd {
  readonly heard = new Int16Array(8000);
  readonly keys: string[] = [];
  #other: Bridged | undefined;
  #sent = 0;

  bridge(other: Bridged): void {
    this.#other = other;
  }

  hear(samples: Int16Array): void {
    this.heard.copyWithin(0, samples.length);
    this.heard.set(samples, 8000 - samples.length);
  }

  press(digit: string): void {
    this.keys.push(digit);
  }

  tick(): void {
    this.#other?.hear(tone(CALLER_HZ, this.#sent));
    this.#sent += 160;
  }
}

async function start(phones: readonly TestPhone[], word = "um") {
  const caller = new Caller();
  const outcomes: TransferOutcome[] = [];
  const hungUp: string[] = [];
  const log = createLog({ level: "fatal" as "error", name: "test" });
  const trunks = phones.map((phone, index) =>
    TrunkConfig.parse({
      name: `t${index}`,
      allow: ["127.0.0.1"],
      headers: { "X-Reason": "transfer" },
      outbound: { proxy: `sip:127.0.0.1:${phone.sipPort}`, from: "suki", allowedPrefixes: ["+91"] },
    }),
  );
  const sip = await openSipTransport({
    host: "127.0.0.1",
    port: 0,
    product: "test",
    onEvent: (event) => transfers.onSip(event),
  });
  const ports = new RtpPorts(31_200, 31_230);
  const humans = new HumanLegs({
    host: "127.0.0.1",
    stt: sttOf(word),
    tts,
    agent: () => SALON,
    caller: () => caller,
    tell: (callId, event) => transfers.onHuman(callId, event),
    opus: await loadOpus(),
    log,
  });
  const dialling = new Dialling(trunks);
  const transfers: Transfers = new Transfers({
    dialling,
    ports,
    log,
    sip: () => sip,
    flowTo: async (uri) => sip.flowTo(uri),
    tellHuman: (callId, command) => {
      humans.handle(callId, command);
      return true;
    },
    tellOutcome: (_callId, outcome) => outcomes.push(outcome),
    hangUpCaller: (callId) => hungUp.push(callId),
  });
  const ticker = setInterval(() => {
    humans.tick(0, monotonicMs());
    caller.tick();
  }, 20);
  closeAfter(() => sip.close(200));
  closeAfter(() => clearInterval(ticker));
  for (const phone of phones) closeAfter(() => phone.close());
  mustBeZero("calls on trunks", () => dialling.callCount);
  mustBeZero("ports", () => ports.takenCount);
  mustBeZero("transfers", () => transfers.count);
  const ask = (target = "+914422334455") =>
    transfers.start(CALL, 9999, trunks[0], { target, whisper: "Priya is calling about her booking." });
  /** Nothing is held any more. */
  const isClean = () => transfers.count === 0 && ports.takenCount === 0 && dialling.callCount === 0;
  return { caller, outcomes, hungUp, transfers, ask, isClean };
}

async function until(what: string, condition: () => boolean): Promise<void> {
  for (let i = 0; i < 800 && !condition(); i++) await Bun.sleep(5);
  if (!condition()) throw new Error(`${what} did not happen`);
}

describe("warm transfer", () => {
  test("the human hears the whisper, presses 1, and both hear each other; the human's BYE ends the caller", async () => {
    const phone = await TestPhone.open(HUMAN_HZ);
    const { caller, outcomes, hungUp, ask, isClean } = await start([phone]);
    ask();
    await until("the whisper", () => toneShare(phone.heard.subarray(6400), WHISPER_HZ) > 0.8);
    phone.press("1");
    await until("the bridge", () => outcomes.length > 0);
    expect(outcomes).toEqual(["bridged"]);
    await until("the human hears the caller", () => toneShare(phone.heard.subarray(6400), CALLER_HZ) > 0.9);
    await until("the caller hears the human", () => toneShare(caller.heard.subarray(6400), HUMAN_HZ) > 0.9);
    expect(toneShare(phone.heard.subarray(6400), HUMAN_HZ)).toBeLessThan(0.05);
    phone.press("5");
    await until("the key", () => caller.keys.includes("5"));
    phone.hangUp();
    await until("the end", isClean);
    expect(hungUp).toEqual([CALL]);
    const incoming = phone.events.find((event) => event.kind === "incoming");
    const headers = incoming?.kind === "incoming" ? incoming.request.headers : [];
    expect(headers).toContainEqual({ name: "x-reason", value: "transfer" });
  });

  for (const [word, outcome] of [
    ["Yes, put her through.", "bridged"],
    ["No, not now.", "declined"],
  ] as const) {
    test(`"${word}" is ${outcome}`, async () => {
      const phone = await TestPhone.open(0);
      const { outcomes, transfers, ask, isClean } = await start([phone], word);
      ask();
      await until("the answer", () => phone.events.some(({ kind }) => kind === "acked"));
      phone.speak(400);
      await until("the outcome", () => outcomes.length > 0);
      expect(outcomes).toEqual([outcome]);
      transfers.callerEnded(CALL);
      await until("the end", isClean);
    });
  }

  test("2 declines; 486 is busy; the caller who gives up ends the human's ringing", async () => {
    const declining = await TestPhone.open(HUMAN_HZ);
    const first = await start([declining]);
    first.ask();
    await until("the answer", () => declining.events.some(({ kind }) => kind === "acked"));
    declining.press("2");
    await until("the end", () => first.outcomes.length > 0 && first.isClean());
    const busy = await start([await TestPhone.open(HUMAN_HZ, 486)]);
    busy.ask();
    await until("busy", () => busy.outcomes.length > 0 && busy.isClean());
    const ringing = await TestPhone.open(HUMAN_HZ, "ring");
    const third = await start([ringing]);
    third.ask();
    await until("the ringing", () => ringing.events.length > 0);
    third.transfers.callerEnded(CALL);
    await until("the CANCEL", () => ringing.events.at(-1)?.kind === "ended" && third.isClean());
    expect([first.outcomes, busy.outcomes, third.outcomes]).toEqual([["declined"], ["busy"], []]);
  });

  test("a trunk that answers 503 is replaced by another that may dial the number", async () => {
    const [down, up] = [await TestPhone.open(HUMAN_HZ, 503), await TestPhone.open(HUMAN_HZ)];
    const { outcomes, transfers, ask, isClean } = await start([down, up]);
    ask();
    await until("the answer", () => up.events.some(({ kind }) => kind === "acked"));
    up.press("1");
    await until("the bridge", () => outcomes.length > 0);
    transfers.callerEnded(CALL);
    await until("the end", isClean);
    expect(outcomes).toEqual(["bridged"]);
  });

  test("what no prefix allows is not dialled", async () => {
    const phone = await TestPhone.open(HUMAN_HZ);
    const { outcomes, ask, isClean } = await start([phone]);
    ask("+4790012345");
    expect([outcomes, isClean(), phone.events]).toEqual([["forbidden"], true, []]);
  });
});
