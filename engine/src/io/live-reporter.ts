/** What a media thread tells dashboards of its calls: levels four times a second while somebody watches, sound while somebody listens in. */
import type { LiveEvent } from "@sk-voice/api/contract/index.ts";
import type { LiveMoment } from "../call/events.ts";
import type { CallSession } from "../call/session.ts";
import { liveStateOf } from "../observe/live-state.ts";

const EVERY_MS = 250;
/** Louder than this is heard as her voice. */
const AUDIBLE_DB = -50;

export interface LiveReporterOptions {
  readonly sessions: () => Iterable<readonly [callId: string, session: CallSession]>;
  readonly send: (event: LiveEvent) => void;
}

export class LiveReporter {
  #watched = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly options: LiveReporterOptions) {}

  watch(on: boolean): void {
    this.#watched = on;
    for (const [, { tap }] of this.options.sessions()) {
      tap.watch(on);
      if (!on) tap.listen(false);
    }
    clearInterval(this.#timer);
    if (on) this.#timer = setInterval(() => this.#tell(), EVERY_MS);
  }

  /** A call that begins while somebody watches. */
  joined(session: CallSession): void {
    session.tap.watch(this.#watched);
  }

  caption(callId: string, speaker: "caller" | "agent", text: string, isCut = false): void {
    const interrupted = isCut ? { interrupted: true } : {};
    this.options.send({ type: "caption", call_id: callId, speaker, text, final: true, ...interrupted });
  }

  moment(callId: string, moment: LiveMoment): void {
    this.options.send({ call_id: callId, ...moment });
  }

  #tell(): void {
    const levels: Extract<LiveEvent, { type: "levels" }>["levels"] = [];
    for (const [call_id, session] of this.options.sessions()) {
      const { callerDb, agentDb } = session.tap.levels();
      const state = liveStateOf(session.turnState, agentDb > AUDIBLE_DB);
      levels.push({ call_id, caller_db: callerDb, agent_db: agentDb, state });
      const sound = session.tap.sound();
      if (sound)
        this.options.send({ type: "audio", call_id, caller: base64(sound.caller), agent: base64(sound.agent) });
    }
    if (levels.length > 0) this.options.send({ type: "levels", levels });
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
