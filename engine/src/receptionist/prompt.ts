/** The system prompt for hosted models. */
import type { AgentSettings, CallContext } from "@sk-voice/api/contract/index.ts";

export interface PromptInput {
  readonly settings: AgentSettings;
  /** `null` when the CRM has not answered (yet). */
  readonly context: CallContext | null;
  /** E.164, `null` when withheld. */
  readonly from: string | null;
  readonly nowEpochMs: number;
}

export function systemPrompt(input: PromptInput): string {
  return input.settings.business_name;
}
