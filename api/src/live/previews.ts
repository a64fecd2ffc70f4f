/**
 * A voice to be heard before it is chosen: an engine speaks, the api hands the sound on. Making it costs an engine as much as a sentence in a call, so an environment
 * has one at a time and a few a minute.
 */
import type { EngineCommand, EnginePreview } from "../contract/live.ts";
import { ProblemError } from "../problem.ts";

type Asked = Extract<EngineCommand, { type: "preview" }>;

const PER_MINUTE = 20;
const TIMEOUT_MS = 10_000;
const MAX_ENVIRONMENTS = 10_000;

interface Waiting {
  environment: string;
  answer(sound: string | null): void;
}

function tooMany(detail: string, seconds: number): ProblemError {
  return new ProblemError(429, "rate_limited", detail, { headers: { "retry-after": String(seconds) } });
}

export class Previews {
  readonly #waiting = new Map<string, Waiting>();
  /** When the last ones of an environment were asked for. */
  readonly #recent = new Map<string, number[]>();

  /**
   * @param send tells the engine. @returns μ-law at 8 kHz
   * @throws ProblemError 429, and 503 when the engine does not answer in time or its voice failed
   */
  async ask(environment: string, nowMs: number, asked: Asked, send: (asked: Asked) => void): Promise<Buffer> {
    this.#take(environment, nowMs);
    const sound = await new Promise<string | null>((resolve, reject) => {
      const timer = setTimeout(() => resolve(null), TIMEOUT_MS);
      const answer = (made: string | null) => {
        clearTimeout(timer);
        resolve(made);
      };
      this.#waiting.set(asked.request_id, { environment, answer });
      try {
        send(asked);
      } catch (error) {
        clearTimeout(timer);
        reject(error);
      }
    }).finally(() => this.#waiting.delete(asked.request_id));
    if (sound !== null) return Buffer.from(sound, "base64");
    throw new ProblemError(503, "no_voice", "The engine's voice did not answer; its log says why.", {
      headers: { "retry-after": "5" },
    });
  }

  /** Only to who asked in the engine's own environment. */
  answered(environment: string, { request_id, sound }: EnginePreview): void {
    const waiting = this.#waiting.get(request_id);
    if (waiting?.environment === environment) waiting.answer(sound);
  }

  #take(environment: string, nowMs: number): void {
    for (const waiting of this.#waiting.values())
      if (waiting.environment === environment) throw tooMany("A voice is being made already; wait for it.", 1);
    if (this.#recent.size > MAX_ENVIRONMENTS) this.#recent.clear();
    const recent = (this.#recent.get(environment) ?? []).filter((atMs) => nowMs - atMs < 60_000);
    const [oldest = nowMs] = recent;
    if (recent.length >= PER_MINUTE)
      throw tooMany(
        `At most ${PER_MINUTE} previews a minute.`,
        Math.max(1, Math.ceil((oldest + 60_000 - nowMs) / 1000)),
      );
    this.#recent.set(environment, [...recent, nowMs]);
  }
}
