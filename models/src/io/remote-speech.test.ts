import { afterAll, expect, test } from "bun:test";
import { hint, sttConformance, ttsConformance, unaborted } from "../../test/conformance.ts";
import { ProviderError, type SttPort, type TtsPort } from "../ports.ts";
import type { Scheduler } from "../scheduler.ts";
import { scriptedStt, scriptedTts } from "../sim/scripted.ts";
import { connectSpeech, serveSpeech } from "./remote-speech.ts";

const immediately: Scheduler = (_, run) => {
  const timer = setTimeout(run, 0);
  return () => clearTimeout(timer);
};
const channels: MessageChannel[] = [];
afterAll(() => {
  for (const channel of channels) {
    channel.port1.close();
    channel.port2.close();
  }
});

function across(answer: () => { text: string } | Error = () => ({ text: "an appointment" })): {
  stt: SttPort;
  tts: TtsPort;
} {
  const channel = new MessageChannel();
  channels.push(channel);
  const stt = scriptedStt(immediately, {
    delayMs: 1,
    answer: () => {
      const given = answer();
      return given instanceof Error ? given : { confidence: 0.9, language: "en", ...given };
    },
  });
  serveSpeech(channel.port1, stt, scriptedTts(immediately));
  return connectSpeech(channel.port2);
}

sttConformance("a recogniser in another thread", async () => ({
  port: across().stt,
  audio: new Int16Array(8000),
  word: /appointment/,
}));
ttsConformance("a voice in another thread", async () => across().tts);

sttConformance("a recogniser in another thread that listens along", async () => {
  const channel = new MessageChannel();
  channels.push(channel);
  const answer = () => ({ text: "an appointment", confidence: 0.9, language: "en" });
  const stt = { ...scriptedStt(immediately, { delayMs: 1, answer }), streaming: true };
  serveSpeech(channel.port1, stt, scriptedTts(immediately));
  return {
    port: connectSpeech(channel.port2, { streaming: true }).stt,
    audio: new Int16Array(8000),
    word: /appointment/,
  };
});

test("an error crosses with its provider, message and advice", async () => {
  const { stt } = across(() => new ProviderError("somewhere", "queue is full", true));
  const session = stt.open({ language: "en" });
  session.push(new Int16Array(800));
  const error = await session.transcribe(hint(), unaborted()).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ProviderError);
  expect(error).toMatchObject({ provider: "somewhere", message: "somewhere: queue is full", retryable: true });
});
