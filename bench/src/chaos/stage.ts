/** The stacks rows are played on: one that many share, and one for each row that needs settings of its own. */
import { rmSync } from "node:fs";
import { openEmbeddedTts } from "@sk-voice/models/io/embedded-tts.ts";
import { Stack } from "../../test/stack.ts";
import { Chaos, play, type Row, type RowResult } from "./row.ts";
import { ROOM } from "./rows/load.ts";
import { stackFolder } from "./rows/machine.ts";

const QUESTION = "What are your opening hours?";

export async function spokenQuestion(): Promise<Int16Array> {
  const tts = openEmbeddedTts({ voice: "rms" });
  const samples: number[] = [];
  const request = { text: QUESTION, language: "en", voice: "rms" };
  for await (const chunk of tts.speak(request, new AbortController().signal)) samples.push(...chunk.samples);
  await tts.close();
  return Int16Array.from(samples);
}

/** Api and engine, callers not screened: a synthetic voice would be asked who it is. */
export async function startStack(basePort: number, env: Record<string, string>, dataDir?: string): Promise<Stack> {
  const settings = {
    SK_DRAIN_SECONDS: "60",
    SK_FAULTS: "1",
    SK_MAX_CALLS: String(ROOM),
    SK_MEDIA_WORKERS: "1",
    // Nobody judges what is understood; the smaller model starts sooner.
    SK_STT_MODEL: "tiny",
    ...env,
  };
  const stack = await Stack.start({ basePort, env: settings, ...(dataDir === undefined ? {} : { dataDir }) }, ["api"]);
  await stack.patch("/voice/v1/agent", {
    greeting: "Hello, this is Suki.",
    screening: { mode: "off", action: "hang-up", allow: [], block: [], known_contacts_pass: true },
  });
  await stack.launch("engine");
  return stack;
}

/** Plays a row that needs a stack of its own. */
export async function playAlone(row: Row, basePort: number, question: Int16Array, isLong: boolean): Promise<RowResult> {
  const folder = stackFolder();
  const own = await row.prepare?.({ folder });
  try {
    const stack = await startStack(basePort, own?.env ?? {}, folder);
    try {
      return await play(row, new Chaos(stack, question, isLong));
    } finally {
      await stack.stop();
    }
  } finally {
    await own?.undo?.();
    rmSync(folder, { recursive: true, force: true });
  }
}
