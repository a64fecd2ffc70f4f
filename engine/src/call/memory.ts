/** What the model is told of the conversation: the caller's words, what of hers was heard, and what tools brought. Pure. */
import type { LlmMessage } from "@sk-voice/models/ports.ts";

export class Memory {
  #messages: LlmMessage[] = [];

  get messages(): readonly LlmMessage[] {
    return [...this.#messages];
  }

  add(...messages: readonly LlmMessage[]): void {
    this.#messages.push(...messages);
  }

  caller(text: string): void {
    this.#messages = this.withCaller(text);
  }

  /** As `caller` would leave it. Words that follow a reply nobody heard belong to the same turn. */
  withCaller(text: string): LlmMessage[] {
    const last = this.#messages.at(-1);
    if (last?.role !== "user" || last.content === "") return [...this.#messages, { role: "user", content: text }];
    return [...this.#messages.slice(0, -1), { role: "user", content: `${last.content} ${text}`.trim() }];
  }
}
