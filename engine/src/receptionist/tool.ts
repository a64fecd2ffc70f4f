/** What a tool is, for the runner. The tools themselves are in `tools.ts`. */
import type { LlmTool } from "@sk-voice/models/ports.ts";
import { z } from "zod";
import type { ToolFact } from "./facts.ts";

export interface ToolRun {
  /** Call + turn + tool + arguments: a repeat of the same step asks the suite for the same answer. */
  readonly idempotencyKey: string;
  readonly nowEpochMs: number;
}

export interface ToolOutcome {
  /** What the model reads: small and plain. */
  readonly result: Readonly<Record<string, unknown>>;
  readonly facts: readonly ToolFact[];
}

/** `run` is told arguments that passed `parameters`, and must settle: whatever it asks of the suite has a time limit. */
export interface Tool {
  readonly definition: LlmTool;
  /** Longest the caller waits for it; later the model is told that it timed out. */
  readonly deadlineMs: number;
  /** Changes something outside: at most once per turn, whatever the arguments, and never cancelled by speech. */
  readonly sideEffect: boolean;
  /** The reply ends here: no further step after it. */
  readonly terminal: boolean;
  /** @throws z.ZodError when the arguments do not fit. Rejects when the suite fails. */
  run(args: unknown, run: ToolRun): Promise<ToolOutcome>;
}

export type ToolSet = ReadonlyMap<string, Tool>;

/** One tool from its schema: the model sees the JSON Schema, `run` the parsed arguments. */
export function defineTool<S extends z.ZodType>(spec: {
  name: string;
  description: string;
  parameters: S;
  deadlineMs: number;
  sideEffect?: boolean;
  terminal?: boolean;
  run: (args: z.output<S>, run: ToolRun) => Promise<ToolOutcome>;
}): Tool {
  return {
    definition: { name: spec.name, description: spec.description, parameters: jsonSchema(spec.parameters) },
    deadlineMs: spec.deadlineMs,
    sideEffect: spec.sideEffect ?? false,
    terminal: spec.terminal ?? false,
    run: async (args, run) => spec.run(spec.parameters.parse(args), run),
  };
}

/** Of each schema once: every call has tools of its own, and their schemas are the same. */
const JSON_SCHEMAS = new WeakMap<z.ZodType, Record<string, unknown>>();

function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  const known = JSON_SCHEMAS.get(schema);
  if (known) return known;
  const { $schema: _, ...parameters } = z.toJSONSchema(schema, { io: "input" });
  JSON_SCHEMAS.set(schema, parameters);
  return parameters;
}
