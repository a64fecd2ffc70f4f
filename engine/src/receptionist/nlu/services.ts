/** Which service a caller means, by name or alias, spelled as the recogniser heard it. */
import type { Service } from "@sk-voice/api/contract/index.ts";
import { tokens } from "./normalise.ts";
import { phraseSimilarity } from "./similarity.ts";

const ACCEPT = 0.78;
/** Words this short must match exactly: "trim" and "trip" are one letter apart. */
const SHORT = 4;
/** Nearer than this to the best is a tie: she asks. */
const MARGIN = 0.05;

/** Best first; more than one when the caller's words fit several equally well. */
export function findServices(text: string, services: readonly Service[]): readonly Service[] {
  const said = tokens(text);
  const scored = services
    .map((service) => ({ service, ...bestLabel(said, service) }))
    .filter(({ score }) => score >= ACCEPT)
    .sort((a, b) => b.score - a.score || b.length - a.length);
  const best = scored[0];
  if (!best) return [];
  // "beard trim" said exactly is not also a "trim": the longer label explains more words.
  return scored
    .filter(({ score, length }) => score > best.score - MARGIN && length >= best.length)
    .map(({ service }) => service);
}

function bestLabel(said: readonly string[], service: Service): { score: number; length: number } {
  let best = { score: 0, length: 0 };
  for (const label of [service.name, ...service.aliases]) {
    const phrase = tokens(label);
    const length = phrase.join("").length;
    const raw = Math.max(phraseSimilarity(said, phrase), phraseSimilarity(said, plural(phrase)));
    const score = length <= SHORT && raw < 1 ? 0 : raw;
    if (score > best.score || (score === best.score && length > best.length)) best = { score, length };
  }
  return best;
}

function plural(phrase: readonly string[]): string[] {
  return [...phrase.slice(0, -1), `${phrase.at(-1) ?? ""}s`];
}

const GENERAL = /\b(?:consultation|consult|appointment|visit|check ?-?up|general|standard)\b/i;

/** For a caller who said only "an appointment": the only service, or the one named for it. */
export function defaultService(services: readonly Service[]): Service | undefined {
  if (services.length === 1) return services[0];
  const general = services.filter(({ name, aliases }) => [name, ...aliases].some((label) => GENERAL.test(label)));
  return general.length === 1 ? general[0] : undefined;
}
