/** A session's surroundings with a tape running: every answer passes the recorder, every packet its hash. */
import type { EngineReport } from "@sk-voice/api/contract/index.ts";
import type { LlmMessage, LlmPort, SttPort, TtsPort, TurnModel } from "@sk-voice/models/ports.ts";
import type { SessionDeps } from "../call/session.ts";
import { hash } from "../receptionist/runner.ts";
import type { Tool, ToolSet } from "../receptionist/tool.ts";
import type { ScreeningPort } from "../screening/session-screening.ts";
import type { TapeRecorder } from "./recorder.ts";
import { tapedScreening } from "./taped-screening.ts";

/** What came out of the session. */
export class TapeOutputs {
  readonly #hash = new Bun.CryptoHasher("sha256");
  packets = 0;
  report: EngineReport | undefined;

  sent(packet: Uint8Array): void {
    this.packets++;
    this.#hash.update(packet);
  }

  reported(report: EngineReport): void {
    if (report.type === "call.completed" || report.type === "call.quarantined") this.report = report;
  }

  digest(): string {
    return this.#hash.copy().digest("hex");
  }
}

export function tapedDeps(deps: SessionDeps, tape: TapeRecorder, outputs: TapeOutputs): SessionDeps {
  const { sendRtcp } = deps;
  return {
    ...deps,
    now: tape.now,
    sleep: (ms, signal) => tapedSleep(tape, deps.sleep, ms, signal),
    stt: tapedStt(deps.stt, tape),
    llm: tapedLlm(deps.llm, tape),
    tts: tapedTts(deps.tts, tape),
    ...(deps.turnModel ? { turnModel: tapedTurns(deps.turnModel, tape) } : {}),
    tools: tapedTools(deps.tools, tape),
    stock: (text) => {
      const phrase = deps.stock(text);
      tape.note({ kind: "stock", atMs: tape.now(), text, phrase });
      return phrase;
    },
    screening: tapedPort(deps.screening, tape),
    send: (packet, port, address) => {
      outputs.sent(packet);
      deps.send(packet, port, address);
    },
    ...(sendRtcp
      ? {
          sendRtcp: (packet: Uint8Array, port: number, address: string) => {
            outputs.sent(packet);
            sendRtcp(packet, port, address);
          },
        }
      : {}),
    report: (report) => {
      outputs.reported(report);
      deps.report(report);
    },
  };
}

function tapedPort(port: ScreeningPort | undefined, tape: TapeRecorder): ScreeningPort | undefined {
  if (!port?.open) return port;
  const { open } = port;
  return { ...port, open: (sinks) => tapedScreening(open, sinks, tape) };
}

async function tapedSleep(tape: TapeRecorder, sleep: SessionDeps["sleep"], ms: number, signal: AbortSignal) {
  const id = tape.asked("sleep", String(ms));
  await sleep(ms, signal);
  if (!signal.aborted) tape.answered((atMs) => ({ kind: "ended", atMs, id }));
}

/** What a model is told of a tool that failed. */
function codeOf(error: unknown): { readonly code?: string } {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? { code: error.code } : {};
}

async function one<Value>(tape: TapeRecorder, id: number, answer: Promise<Value>): Promise<Value> {
  try {
    const value = await answer;
    tape.answered((atMs) => ({ kind: "answer", atMs, id, value }));
    return value;
  } catch (error) {
    tape.answered((atMs) => ({ kind: "failed", atMs, id, message: String(error), ...codeOf(error) }));
    throw error;
  }
}

async function* many<Value>(tape: TapeRecorder, id: number, answers: AsyncIterable<Value>): AsyncGenerator<Value> {
  try {
    for await (const value of answers) {
      tape.answered((atMs) => ({ kind: "answer", atMs, id, value }));
      yield value;
    }
  } catch (error) {
    tape.answered((atMs) => ({ kind: "failed", atMs, id, message: String(error), ...codeOf(error) }));
    throw error;
  }
  tape.answered((atMs) => ({ kind: "ended", atMs, id }));
}

function tapedStt(port: SttPort, tape: TapeRecorder): SttPort {
  return {
    name: port.name,
    warm: () => port.warm(),
    close: () => port.close(),
    open: (options) => {
      const session = port.open(options);
      return {
        push: (samples) => session.push(samples),
        reset: (keepMs) => session.reset(keepMs),
        close: () => session.close(),
        transcribe: (hint, signal) => one(tape, tape.asked("stt", hint.expects), session.transcribe(hint, signal)),
      };
    },
  };
}

function tapedLlm(port: LlmPort, tape: TapeRecorder): LlmPort {
  return {
    name: port.name,
    warm: () => port.warm(),
    close: () => port.close(),
    open: (context) => {
      const session = port.open(context);
      return {
        respond: (request, signal) =>
          many(tape, tape.asked("llm", thoughtKey(request.messages)), session.respond(request, signal)),
        speculate: (request) => session.speculate?.(request),
        dropSpeculation: () => session.dropSpeculation?.(),
        close: () => session.close(),
      };
    },
  };
}

function tapedTts(port: TtsPort, tape: TapeRecorder): TtsPort {
  return {
    name: port.name,
    warm: () => port.warm(),
    close: () => port.close(),
    speak: (request, signal) => many(tape, tape.asked("tts", request.text), port.speak(request, signal)),
  };
}

function tapedTurns(model: TurnModel, tape: TapeRecorder): TurnModel {
  return {
    name: model.name,
    warm: () => model.warm(),
    close: () => model.close(),
    overProbability: (samples, signal) => one(tape, tape.asked("turn", ""), model.overProbability(samples, signal)),
  };
}

function tapedTools(tools: ToolSet, tape: TapeRecorder): ToolSet {
  const taped = (tool: Tool): Tool => ({
    ...tool,
    run: (args, run) => one(tape, tape.asked("tool", toolKey(tool.definition.name, args)), tool.run(args, run)),
  });
  return new Map([...tools].map(([name, tool]) => [name, taped(tool)]));
}

export function toolKey(name: string, args: unknown): string {
  return `${name} ${hash(args)}`;
}

/** What a model was asked: the caller's last words, and which step after them. */
export function thoughtKey(messages: readonly LlmMessage[]): string {
  const words = messages.findLastIndex(({ role }) => role === "user");
  return `${messages[words]?.content ?? ""} +${messages.length - 1 - words}`;
}
