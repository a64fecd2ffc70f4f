/** The receptionist's mind: pure, but for what `Suite` does. Read in this order. */

/** The CRM call session of one call. */
export * from "./crm-session.ts";
/** What became true during a call. */
export * from "./facts.ts";
/** Her mind without a key; `policy/dialogue.ts` holds its table. */
export { createEmbeddedLlm, type ReceptionistContext } from "./policy/embedded.ts";
/** Her instructions when a hosted model thinks for her. */
export { type PromptInput, systemPrompt } from "./prompt.ts";
/** One reply: model steps and tool calls, bounded. */
export { MAX_STEPS, type RunnerDeps, runTurn, type ToolRecord, type TurnEvent, type TurnRequest } from "./runner.ts";
/** What she asks of the suite while a caller waits, and its one error. */
export * from "./suite.ts";
/** Outcome tag, summary and sentiment of a call. */
export { type CallEvidence, type CallSummary, summarise } from "./summary.ts";
/** What a tool is, and the seven of a call. */
export * from "./tool.ts";
export { createTools, type ToolDeps } from "./tools.ts";
