import { expect, test } from "bun:test";
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
