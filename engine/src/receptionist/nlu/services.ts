/** Which service a caller means, by name or alias, spelled as the recogniser heard it. */
import type { Service } from "@sk-voice/api/contract/index.ts";
import { tokens } from "./normalise.ts";
import { editSimilarity, phraseSimilarity } from "./similarity.ts";

const ACCEPT = 0.78;
/** Words this short must match exactly: "trim" and "trip" are one letter apart. */
const SHORT = 4;
/** Nearer than this to the best is a tie: she asks. */
const MARGIN = 0.05;
const CLEAR = 0.84;
const SAME_WORD = 0.83;

/** Best first; more than one when the caller's words fit several equally well. */
export function findServices(text: string, services: readonly Service[]): readonly Service[] {
  const said = tokens(text);
  const scored = services
    .map((service) => ({ service, ...bestLabel(said, service, ownWords(service, services)) }))
    .filter(({ score }) => score >= ACCEPT)
    .sort((a, b) => b.score - a.score || b.length - a.length)
    .filter(notGeneral);
  const best = scored[0];
  if (!best) return [];
  // "beard trim" said exactly is not also a "trim": the longer label explains more words.
  return scored
    .filter(({ score, length }) => score > best.score - MARGIN && length >= best.length)
    .map(({ service }) => service);
}

interface Scored {
  readonly service: Service;
  readonly score: number;
  readonly length: number;
}

/** "an appointment for a filling" is a filling: a service named for appointments as such gives way to any other said clearly. */
function notGeneral({ service }: Scored, _: number, all: readonly Scored[]): boolean {
  return !isGeneral(service) || !all.some((other) => !isGeneral(other.service) && other.score >= CLEAR);
}

/** Words of its name that no other service has: "colour" alone is hair colour. */
function ownWords(service: Service, services: readonly Service[]): string[] {
  const words = (of: Service) => [of.name, ...of.aliases].flatMap(tokens);
  const others = new Set(services.filter(({ id }) => id !== service.id).flatMap(words));
  return tokens(service.name).filter((word) => word.length > SHORT && !others.has(word) && !COMMON.test(word));
}

/** Said in many other senses too. */
const COMMON = /^(?:treatment|service|session|standard|regular|doctor|dentist|check|general|visit)s?$/;
/** Below a whole name, above the threshold. */
const OWN_WORD_SCORE = 0.85;

function bestLabel(
  said: readonly string[],
  service: Service,
  own: readonly string[],
): { score: number; length: number } {
  const word = own.find((each) => said.some((heard) => editSimilarity(heard, each) >= SAME_WORD));
  let best = word === undefined ? { score: 0, length: 0 } : { score: OWN_WORD_SCORE, length: word.length };
  for (const label of [service.name, ...service.aliases]) {
    const phrase = tokens(label);
    const length = phrase.join("").length;
    const raw = Math.max(phraseSimilarity(said, phrase, ACCEPT), phraseSimilarity(said, plural(phrase), ACCEPT));
    const score = length <= SHORT && raw < 1 ? 0 : raw;
    if (score > best.score || (score === best.score && length > best.length)) best = { score, length };
  }
  return best;
}

function plural(phrase: readonly string[]): string[] {
  return [...phrase.slice(0, -1), `${phrase.at(-1) ?? ""}s`];
}

const GENERAL = /\b(?:consultation|consult|appointment|visit|check ?-?up|general|standard)\b/i;

function isGeneral({ name, aliases }: Service): boolean {
  return [name, ...aliases].some((label) => GENERAL.test(label));
}

/** For a caller who said only "an appointment": the only service, or the one named for it. */
export function defaultService(services: readonly Service[]): Service | undefined {
  if (services.length === 1) return services[0];
  const general = services.filter(isGeneral);
  return general.length === 1 ? general[0] : undefined;
}
