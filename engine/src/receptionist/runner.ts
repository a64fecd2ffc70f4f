/**
 * One reply: asks the model, runs the tools it calls, asks again with their results.
 *
 * - at most `MAX_STEPS` model steps, each call at most once (the same arguments again get the first result), a tool with a side effect
 *   at most once per turn whatever its arguments: a hang-up called 337 times in 148 s is on record (aplisay/llm-agent#181);
 * - speech does not cancel a tool: an aborted turn lets tools under way finish, still tells their facts, then ends without another step;
 * - each tool has a deadline; a side effect that comes later than that is told through `late`.
 */
import type { AnswerKind, LlmMessage, LlmSession, LlmToolCall } from "@sk-voice/models/ports.ts";
import { z } from "zod";
import type { ToolFact } from "./facts.ts";
import type { Tool, ToolOutcome, ToolSet } from "./tool.ts";

export const MAX_STEPS = 4;
/** Calls one step may hold; what exceeds it is dropped. */
const MAX_CALLS_PER_STEP = 4;
/** Result of a call that was still waiting when the caller spoke. */
const INTERRUPTED = JSON.stringify({ error: "interrupted" });
/** A repeat of the same call beyond this ends the tool loop. */
const MAX_REPEATS = 1;

export interface TurnRequest {
  readonly callId: string;
  /** Unique within the call. */
  readonly turnId: string | number;
  /** System prompt first; the caller's words last. */
  readonly messages: readonly LlmMessage[];
  readonly nowEpochMs: number;
  /** The hosted model this call is to have. */
  readonly model?: string | undefined;
}

export interface RunnerDeps {
  readonly session: LlmSession;
  readonly tools: ToolSet;
  /** Resolves after `ms`, or at once when aborted; never rejects. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Facts of a tool that finished after its deadline. */
  readonly late?: (facts: readonly ToolFact[]) => void;
  /** Any clock, in milliseconds: how long a tool took. */
  readonly nowMs?: () => number;
}

export interface ToolRecord {
  readonly name: string;
  readonly arguments: unknown;
  /** Compact JSON, as the model reads it. */
  readonly result: string;
  /** `repeat`: answered from the first run. `refused`: unknown tool, wrong arguments, or a second side effect. */
  readonly status: "done" | "failed" | "timeout" | "repeat" | "refused";
}

/** The record, and how long ago the tool was begun. */
export type ToolRan = ToolRecord & { readonly durationMs: number };

export type TurnEvent =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "expect"; readonly expects: AnswerKind }
  | { readonly type: "tool"; readonly record: ToolRan }
  /** Call and results of one step, for the conversation's memory. They happened, interrupted or not. */
  | { readonly type: "messages"; readonly messages: readonly LlmMessage[] }
  | { readonly type: "fact"; readonly fact: ToolFact }
  | { readonly type: "usage"; readonly inputTokens: number; readonly outputTokens: number }
  /** Always last. `endCall` is false for an aborted turn: a discarded reply must not hang up on a live caller. */
  | { readonly type: "end"; readonly endCall: boolean; readonly steps: number };

interface Turn {
  readonly deps: RunnerDeps;
  readonly request: TurnRequest;
  readonly results: Map<string, string>;
  readonly sideEffects: Set<string>;
  repeats: number;
  said: boolean;
  endCall: boolean;
}

/**
 * Runs one turn. Keep reading after an abort until `end`: facts still come. Rejects with the session's `ProviderError`; what the tools
 * did before that was already told.
 */
export async function* runTurn(
  deps: RunnerDeps,
  request: TurnRequest,
  signal: AbortSignal,
): AsyncGenerator<TurnEvent, void, undefined> {
  const turn: Turn = {
    deps,
    request,
    results: new Map(),
    sideEffects: new Set(),
    repeats: 0,
    said: false,
    endCall: false,
  };
  const messages = [...request.messages];
  let steps = 0;
  for (let more = true; more && steps < MAX_STEPS && !signal.aborted; steps++) {
    const calls: LlmToolCall[] = [];
    // The last step gets no tools: it has to speak.
    const text = yield* speak(turn, messages, steps === MAX_STEPS - 1, calls, signal);
    more = calls.length > 0 && !signal.aborted;
    if (!more) continue;
    const results: LlmMessage[] = [];
    for (const call of calls) {
      const content = signal.aborted ? INTERRUPTED : yield* runCall(turn, call);
      results.push({ role: "tool", toolCallId: call.id, content });
    }
    yield { type: "messages", messages: [{ role: "assistant", content: "", toolCalls: calls }, ...results] };
    messages.push({ role: "assistant", content: text, toolCalls: calls }, ...results);
    more = !turn.endCall && turn.repeats <= MAX_REPEATS;
  }
  const endCall = turn.endCall && !signal.aborted;
  if (endCall && !turn.said) yield { type: "text", text: "Goodbye." };
  yield { type: "end", endCall, steps };
}

/** One model step. Returns the text of it; tool calls are put into `calls`. */
async function* speak(
  turn: Turn,
  messages: readonly LlmMessage[],
  last: boolean,
  calls: LlmToolCall[],
  signal: AbortSignal,
): AsyncGenerator<TurnEvent, string, undefined> {
  const { session, tools } = turn.deps;
  const offered = last ? [] : [...tools.values()].map((tool) => tool.definition);
  let text = "";
  const { nowEpochMs, model } = turn.request;
  const deltas = session.respond({ messages, tools: offered, nowEpochMs, ...(model ? { model } : {}) }, signal);
  for await (const delta of deltas) {
    if (signal.aborted) return text;
    if (delta.type === "tool-call") {
      if (!last && calls.length < MAX_CALLS_PER_STEP) calls.push(delta.call);
      continue;
    }
    if (delta.type === "text") {
      text += delta.text;
      turn.said ||= delta.text.trim() !== "";
    }
    yield delta;
  }
  return text;
}

async function* runCall(turn: Turn, call: LlmToolCall): AsyncGenerator<TurnEvent, string, undefined> {
  const key = `${call.name}:${hash(call.arguments)}`;
  const nowMs = turn.deps.nowMs ?? (() => 0);
  const beganMs = nowMs();
  const tool = turn.deps.tools.get(call.name);
  const before = turn.results.get(key);
  let record: ToolRecord;
  let facts: readonly ToolFact[] = [];
  if (before !== undefined) {
    turn.repeats++;
    record = { name: call.name, arguments: call.arguments, result: before, status: "repeat" };
  } else if (!tool || (tool.sideEffect && turn.sideEffects.has(call.name))) {
    const error = tool ? "only once per turn; answer the caller first" : "no such tool";
    record = { name: call.name, arguments: call.arguments, result: JSON.stringify({ error }), status: "refused" };
  } else {
    if (tool.sideEffect) turn.sideEffects.add(call.name);
    const done = await execute(turn, tool, call, key);
    record = done.record;
    facts = done.facts;
    if (tool.terminal && record.status === "done") turn.endCall = true;
  }
  turn.results.set(key, record.result);
  yield { type: "tool", record: { ...record, durationMs: Math.max(0, nowMs() - beganMs) } };
  for (const fact of facts) yield { type: "fact", fact };
  return record.result;
}

interface Executed {
  readonly record: ToolRecord;
  readonly facts: readonly ToolFact[];
}

async function execute(turn: Turn, tool: Tool, call: LlmToolCall, key: string): Promise<Executed> {
  const { callId, turnId, nowEpochMs } = turn.request;
  const { sleep, late } = turn.deps;
  const timer = new AbortController();
  const executed = (status: ToolRecord["status"], outcome: ToolOutcome): Executed => ({
    record: { name: call.name, arguments: call.arguments, result: JSON.stringify(outcome.result), status },
    facts: outcome.facts,
  });
  let expired = false;
  const running = tool.run(call.arguments, { idempotencyKey: `${callId}:${turnId}:${key}`, nowEpochMs }).then(
    (outcome) => {
      if (expired) late?.(outcome.facts);
      return executed("done", outcome);
    },
    (error: unknown) =>
      executed(error instanceof z.ZodError ? "refused" : "failed", { result: explain(error), facts: [] }),
  );
  const timeout = sleep(tool.deadlineMs, timer.signal).then(() => {
    expired = !timer.signal.aborted;
    return executed("timeout", { result: { error: "timeout", sure: !tool.sideEffect }, facts: [] });
  });
  const first = await Promise.race([running, timeout]);
  timer.abort();
  return first;
}

/** What the model may know of a failure: whose fault, nothing internal. */
function explain(error: unknown): Record<string, unknown> {
  if (error instanceof z.ZodError) {
    const wrong = error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
    return { error: "invalid_arguments", detail: wrong.slice(0, 300) };
  }
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "failed";
  return { error: code };
}

/** Twelve hex digits of SHA-256 over the arguments, keys in order. */
export function hash(value: unknown): string {
  return new Bun.CryptoHasher("sha256").update(canonical(value)).digest("hex").slice(0, 12);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`).join(",")}}`;
}
