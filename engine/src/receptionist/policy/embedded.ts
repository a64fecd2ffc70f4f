/** Her mind without a key: the deterministic policy behind the same port as a hosted model. */
import type { AgentSettings } from "@sk-voice/api/contract/index.ts";
import type { LlmPort } from "@sk-voice/models/ports.ts";

/** What `LlmPort.open` is given, whatever the provider; hosted ones read the system prompt instead. */
export interface ReceptionistContext {
  readonly settings: AgentSettings;
  /** Asked at every turn: the CRM answers after the call has begun. */
  readonly caller: () => { readonly phone: string | null; readonly name: string | null };
}

export function createEmbeddedLlm(): LlmPort {
  throw new Error("embedded policy: not written yet");
}
