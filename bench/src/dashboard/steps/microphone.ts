/**
 * A microphone that waits: Chromium's own fake one plays a file from its start, whatever she says meanwhile, so a question that comes a second later than last time is
 * answered too early. This one is silent in the page until the test has it say the next line.
 */
import type { BrowserContext, Page } from "@sk-voice/api/testing/chromium.ts";
import { encodeWav } from "@sk-voice/media/wav.ts";
import { openEmbeddedTts } from "@sk-voice/models/io/embedded-tts.ts";
import type { TtsPort } from "@sk-voice/models/ports.ts";

const RATE_HZ = 8000;

/** Runs in the page before its own scripts. Only what asks for the microphone afterwards gets this one. */
const PATIENT = `{
  let context, out;
  navigator.mediaDevices.getUserMedia = async () => {
    context = new AudioContext();
    out = context.createMediaStreamDestination();
    return out.stream;
  };
  window.skSay = async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const source = new AudioBufferSourceNode(context, { buffer: await context.decodeAudioData(bytes.buffer) });
    source.connect(out);
    await new Promise((resolve) => { source.onended = resolve; source.start(); });
  };
}`;

export interface Voice {
  /** A WAV file's bytes. */
  wav(text: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

export function openVoice(): Voice {
  const tts: TtsPort = openEmbeddedTts({ voice: "rms" });
  return {
    async wav(text) {
      const pieces: Int16Array[] = [];
      const request = { text, language: "en-IN", voice: "rms" };
      for await (const { samples } of tts.speak(request, new AbortController().signal)) pieces.push(samples);
      const all = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
      let at = 0;
      for (const piece of pieces) {
        all.set(piece, at);
        at += piece.length;
      }
      return encodeWav(RATE_HZ, [all]);
    },
    close: () => tts.close(),
  };
}

export async function usePatientMicrophone(context: BrowserContext): Promise<void> {
  await context.addInitScript(PATIENT);
}

/** Has the page's microphone say a line, and waits for its end. */
export async function sayInto(page: Page, wav: Uint8Array): Promise<void> {
  await page.evaluate(`skSay(${JSON.stringify(Buffer.from(wav).toString("base64"))})`);
}
