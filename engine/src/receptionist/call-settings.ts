/** The settings of one call: the business's, with what the number that was called, and then the call itself, have of their own. Pure. */
import type { AgentSettings, CallOverrides } from "@sk-voice/api/contract/index.ts";

/** `to`: as it was dialled, a number or an address that holds one. `own`: asked for this call alone. */
export function settingsFor(agent: AgentSettings, to: string, own?: CallOverrides | null): AgentSettings {
  const profile = agent.profiles?.find(({ number }) => to.includes(number));
  if (!profile && !own) return agent;
  const { number: _, ...numbers } = profile ?? {};
  return { ...agent, ...given(numbers), ...given(own ?? {}) };
}

/** Without what is there but undefined, which would undo the business's. */
function given(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** Every way of answering there is: the business's, then its numbers'. */
export function allSettings(agent: AgentSettings): AgentSettings[] {
  return [agent, ...(agent.profiles ?? []).map(({ number }) => settingsFor(agent, number))];
}
