import { expect, test } from "bun:test";
import { babble } from "../../test/babble.ts";
import { RobocallListener } from "./listener.ts";
import { WINDOW_MS, WINDOW_SAMPLES } from "./spectrum.ts";

/** About −20 dBFS. */
const VOICE = Float32Array.from({ length: WINDOW_SAMPLES }, (_, n) => 0.14 * Math.sin((2 * Math.PI * 310 * n) / 8000));
const NOTHING = new Float32Array(WINDOW_SAMPLES);

class Line {
  readonly edges: string[] = [];
  readonly listener = new RobocallListener(
    { onEdge: ({ type, atMs }) => this.edges.push(`${type} ${atMs}`), onTone: () => {}, onFingerprint: () => {} },
    undefined,
  );
  #endMs = 0;

  /** So many windows of a kind; `unheard`: given up by a busy machine. */
  hear(windows: number, kind: "voice" | "silence" | "missing" | "unheard"): this {
    for (let k = 0; k < windows; k++) {
      this.#endMs += WINDOW_MS;
      if (kind === "voice") this.listener.window(VOICE, 0.95, this.#endMs, false);
      if (kind === "silence") this.listener.window(NOTHING, 0.02, this.#endMs, false);
      if (kind === "missing") this.listener.missing(NOTHING, 0.02, this.#endMs, false);
    }
    return this;
  }
}

test("silence ends the caller's speech at its last voice", () => {
  const line = new Line().hear(20, "voice").hear(6, "silence");
  expect(line.edges).toEqual(["speech-start 0", "speech-end 640"]);
  expect(line.listener.voicedMs).toBe(640);
});

test("what a network or a busy machine swallows is no pause of the caller's", () => {
  const lost = new Line().hear(20, "voice").hear(14, "missing").hear(20, "voice");
  const givenUp = new Line().hear(20, "voice").hear(14, "unheard").hear(3, "silence").hear(20, "voice");
  expect([lost.edges, givenUp.edges]).toEqual([["speech-start 0"], ["speech-start 0"]]);
});

test("a sender that sends nothing while its caller is silent has a silent caller: from half a second on", () => {
  const line = new Line().hear(20, "voice").hear(15, "missing");
  expect(line.edges).toEqual(["speech-start 0"]);
  expect(line.listener.heardMs).toBe(640);
  line.hear(1, "missing");
  expect(line.edges).toEqual(["speech-start 0", "speech-end 640"]);
  line.hear(10, "missing").hear(3, "voice");
  expect(line.edges.at(-1)).toBe(`speech-start ${(20 + 26) * WINDOW_MS}`);
});

/** Windows of a recording that are remembered while she speaks, after a greeting of which `echo` (a gain) came back. */
function heardOverHer(echo: number): number {
  const listener = new RobocallListener({ onEdge: () => {}, onTone: () => {}, onFingerprint: () => {} }, undefined);
  const recording = babble(4, 4);
  const hers = babble(9, 2).map((x) => x * echo);
  let endMs = 0;
  const hear = (window: Float32Array, voice: number, agentSpeaking: boolean) => {
    endMs += WINDOW_MS;
    listener.window(window, voice, endMs, agentSpeaking);
  };
  for (let k = 0; k < 60; k++) hear(hers.subarray(k * WINDOW_SAMPLES, (k + 1) * WINDOW_SAMPLES), 0.1, true);
  for (let k = 0; k < 40; k++) hear(NOTHING, 0.02, false);
  for (let k = 0; k < 100; k++) hear(recording.subarray(k * WINDOW_SAMPLES, (k + 1) * WINDOW_SAMPLES), 0.9, true);
  return listener.print.valid.subarray(listener.print.count - 100, listener.print.count).reduce((a, b) => a + b, 0);
}

test("a recording under her question is remembered where her voice does not come back, and never where it may", () => {
  expect(heardOverHer(0)).toBeGreaterThan(80);
  expect(heardOverHer(0.1)).toBe(0);
});

test("somebody far behind the caller is not in front, however sure the VAD is", () => {
  const listener = new RobocallListener({ onEdge: () => {}, onTone: () => {}, onFingerprint: () => {} }, undefined);
  const faint = VOICE.map((x) => x / 5);
  for (let k = 1; k <= 40; k++) listener.window(VOICE, 0.95, k * WINDOW_MS, k > 30);
  expect(listener.frontMs).toBe(40 * WINDOW_MS);
  for (let k = 41; k <= 80; k++) listener.window(faint, 0.95, k * WINDOW_MS, true);
  expect(listener.frontMs).toBe(40 * WINDOW_MS);
});
