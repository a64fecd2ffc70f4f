/** The settings of one call: the business's, with what the number that was called has of its own. Pure. */
import type { AgentSettings } from "@sk-voice/api/contract/index.ts";

/** `to`: as it was dialled, a number or an address that holds one. */
export function settingsFor(agent: AgentSettings, to: string): AgentSettings {
  const profile = agent.profiles?.find(({ number }) => to.includes(number));
  if (!profile) return agent;
  const { number: _, ...own } = profile;
  return { ...agent, ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)) };
}

/** Every way of answering there is: the business's, then its numbers'. */
export function allSettings(agent: AgentSettings): AgentSettings[] {
  return [agent, ...(agent.profiles ?? []).map(({ number }) => settingsFor(agent, number))];
}
