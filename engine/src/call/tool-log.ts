/** Tool calls as the report carries them: bounded, and nothing in them that a reader of the call may not see. Pure. */
import type { ToolCall } from "@sk-voice/api/contract/index.ts";
import type { ToolRan } from "../receptionist/runner.ts";

const MAX_CALLS = 500;
const MAX_ARGUMENTS = 20;
const MAX_NAME_CHARS = 60;
const MAX_VALUE_CHARS = 200;
const MAX_RESULT_CHARS = 400;

/** Arguments whose value is nobody's business, should a tool ever have them. */
const SECRET = /pin|pass(word|code)|secret|token|otp|cvv|card/i;

const cut = (text: string, chars: number) => (text.length <= chars ? text : `${text.slice(0, chars - 1)}…`);

const textOf = (value: unknown) => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""));

function argumentsOf(value: unknown): Record<string, string> {
  if (value === null || typeof value !== "object") return {};
  const entries = Object.entries(value).slice(0, MAX_ARGUMENTS);
  return Object.fromEntries(
    entries.map(([name, item]) => [
      cut(name, MAX_NAME_CHARS),
      SECRET.test(name) ? "•••" : cut(textOf(item), MAX_VALUE_CHARS),
    ]),
  );
}

export class ToolLog {
  readonly #calls: ToolCall[] = [];

  /** @param endMs since the answer */
  add(endMs: number, turn: number, { name, arguments: given, result, status, durationMs }: ToolRan): void {
    if (this.#calls.length === MAX_CALLS) return;
    const duration_ms = Math.round(durationMs);
    this.#calls.push({
      turn,
      name: cut(name || "?", 100),
      arguments: argumentsOf(given),
      result: cut(result, MAX_RESULT_CHARS),
      status,
      at_ms: Math.max(0, endMs - duration_ms),
      duration_ms,
    });
  }

  calls(): ToolCall[] {
    return [...this.#calls];
  }
}
