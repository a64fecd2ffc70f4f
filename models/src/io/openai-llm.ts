import type OpenAI from "openai";
import { SpeculationCounter, SpeculativeSession } from "../llm/speculation.ts";
import {
  type LlmDelta,
  type LlmMessage,
  type LlmPort,
  type LlmRequest,
  type LlmTool,
  type LlmToolCall,
  ProviderError,
} from "../ports.ts";
import { OpenAiClient, type OpenAiOptions } from "./openai-client.ts";

export interface OpenAiLlmOptions extends OpenAiOptions {
  readonly temperature: number | undefined;
}

type Chunk = OpenAI.ChatCompletionChunk;

/** Chat completions, streamed, with tools. The system prompt in the messages is all it knows of the business: it keeps no state. */
export function openOpenAiLlm(options: OpenAiLlmOptions): LlmPort {
  const name = `openai-llm ${options.model}`;
  const client = new OpenAiClient(name, options);
  const ahead = new SpeculationCounter();
  return {
    name,
    speculation: () => ahead.figures(),
    warm: async () => undefined,
    open: () => new SpeculativeSession((request, signal) => respond(name, client, options, request, signal), ahead),
    close: async () => undefined,
  };
}

async function* respond(
  name: string,
  client: OpenAiClient,
  options: OpenAiLlmOptions,
  request: LlmRequest,
  signal: AbortSignal,
): AsyncGenerator<LlmDelta> {
  const body: OpenAI.ChatCompletionCreateParamsStreaming = {
    model: request.model ?? options.model,
    messages: request.messages.map(wireMessage),
    stream: true,
    stream_options: { include_usage: true },
    ...(request.tools.length > 0 ? { tools: request.tools.map(wireTool) } : {}),
    ...(options.temperature === undefined ? {} : { temperature: options.temperature }),
  };
  const chunks = client.stream<Chunk>(async function* (openai, deadline) {
    yield* await openai.chat.completions.create(body, { signal: deadline });
  }, signal);
  const calls = new ToolCalls(name);
  for await (const chunk of chunks) {
    const delta = chunk.choices[0]?.delta;
    if (delta?.content) yield { type: "text", text: delta.content };
    for (const part of delta?.tool_calls ?? []) calls.add(part);
    if (chunk.usage) {
      const { prompt_tokens, completion_tokens } = chunk.usage;
      yield { type: "usage", inputTokens: prompt_tokens, outputTokens: completion_tokens };
    }
  }
  for (const call of calls.finish()) yield { type: "tool-call", call };
}

/** Tool calls arrive in pieces: id and name first, then their arguments' JSON a few characters at a time. */
class ToolCalls {
  readonly #calls = new Map<number, { id: string; name: string; json: string }>();

  constructor(private readonly provider: string) {}

  add(part: OpenAI.ChatCompletionChunk.Choice.Delta.ToolCall): void {
    const call = this.#calls.get(part.index) ?? { id: "", name: "", json: "" };
    call.id ||= part.id ?? "";
    call.name ||= part.function?.name ?? "";
    call.json += part.function?.arguments ?? "";
    this.#calls.set(part.index, call);
  }

  /** Only at the end of the stream: a call cut off in the middle must not run. */
  finish(): LlmToolCall[] {
    return [...this.#calls.values()].map(({ id, name, json }) => ({ id, name, arguments: this.#parse(name, json) }));
  }

  #parse(tool: string, json: string): unknown {
    try {
      return json.trim() === "" ? {} : JSON.parse(json);
    } catch (error) {
      throw new ProviderError(this.provider, `sent arguments for ${tool} that are not JSON`, true, { cause: error });
    }
  }
}

function wireMessage(message: LlmMessage): OpenAI.ChatCompletionMessageParam {
  if (message.role === "tool") return { role: "tool", tool_call_id: message.toolCallId, content: message.content };
  if (message.role !== "assistant" || !message.toolCalls?.length) {
    return { role: message.role, content: message.content };
  }
  return {
    role: "assistant",
    content: message.content === "" ? null : message.content,
    tool_calls: message.toolCalls.map((call) => ({
      id: call.id,
      type: "function",
      function: { name: call.name, arguments: JSON.stringify(call.arguments) },
    })),
  };
}

function wireTool({ name, description, parameters }: LlmTool): OpenAI.ChatCompletionTool {
  return { type: "function", function: { name, description, parameters } };
}
