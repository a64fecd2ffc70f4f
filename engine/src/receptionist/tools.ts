/** The tools of one call. */
import type { AgentSettings, Message } from "@sk-voice/api/contract/index.ts";
import type { CrmSession } from "./crm-session.ts";
import type { Suite } from "./suite.ts";
import type { Tool, ToolSet } from "./tool.ts";

export interface ToolDeps {
  readonly settings: AgentSettings;
  readonly suite: Suite;
  readonly crm: CrmSession;
  /** Puts the `call.message_taken` report into the spool: durable when it returns. */
  readonly leaveMessage: (message: Message) => void;
}

/** One set per call: it remembers which slots were offered and what is being booked. */
export function createTools(deps: ToolDeps): ToolSet {
  const tools: Tool[] = [];
  void deps;
  return new Map(tools.map((tool) => [tool.definition.name, tool]));
}
