/**
 * Which of a business's languages a text is in. Words and scripts only; never outside the given list, for identifiers get "hello" wrong
 * and a tenant with two languages needs no 60. Text alone: no language can be told from the audio here.
 */

/** Very frequent short words. Only languages written in Latin letters need them; the others are told by their script. */
const WORDS: Readonly<Record<string, string>> = {
  en: "the is are you i my and to for have can what yes hello hi please thanks appointment want need would like",
  es: "el la los que es de y en un una por para con mi quiero tengo hola sí gracias cita puedo está buenos días",
  fr: "le la les est et je un une pour vous avec mon ma oui bonjour merci rendez-vous voudrais suis pas",
  de: "der die das ist und ich ein eine für sie mit mein ja hallo danke bitte termin möchte nicht kann",
  it: "il lo la che è di e un una per con mio sì ciao buongiorno grazie appuntamento vorrei sono non",
  pt: "o a os que é de e em um uma para com meu sim olá obrigado obrigada consulta quero não tenho",
  hi: "hai hain mera meri mujhe aap kya nahi haan namaste chahiye karna kal ka ki ke ko se main",
  ta: "enakku naan illai aama vanakkam venum irukku enna unga nalaikku",
};

const SCRIPTS: readonly [RegExp, readonly string[]][] = [
  [/\p{Script=Devanagari}/gu, ["hi", "mr", "ne"]],
  [/\p{Script=Tamil}/gu, ["ta"]],
  [/\p{Script=Telugu}/gu, ["te"]],
  [/\p{Script=Bengali}/gu, ["bn"]],
  [/\p{Script=Kannada}/gu, ["kn"]],
  [/\p{Script=Malayalam}/gu, ["ml"]],
  [/\p{Script=Gujarati}/gu, ["gu"]],
  [/\p{Script=Gurmukhi}/gu, ["pa"]],
  [/\p{Script=Arabic}/gu, ["ar", "ur", "fa"]],
  [/\p{Script=Cyrillic}/gu, ["ru", "uk", "bg"]],
  [/\p{Script=Hiragana}|\p{Script=Katakana}/gu, ["ja"]],
  [/\p{Script=Hangul}/gu, ["ko"]],
  [/\p{Script=Han}/gu, ["zh", "ja"]],
];

/**
 * One of `languages` (BCP 47), or undefined when nothing tells: keep the language spoken so far. At least two known words, or letters of a
 * script that only one of them uses, are needed.
 */
export function languageOf(text: string, languages: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestScore = 1;
  for (const language of languages) {
    const score = scoreOf(text, language.split("-")[0]!.toLowerCase());
    if (score > bestScore) {
      best = language;
      bestScore = score;
    } else if (score === bestScore) best = undefined;
  }
  return best;
}

function scoreOf(text: string, primary: string): number {
  let score = 0;
  for (const [script, languages] of SCRIPTS) {
    if (languages.includes(primary)) score += (text.match(script)?.length ?? 0) / (languages.indexOf(primary) + 1);
  }
  const known = KNOWN.get(primary);
  if (!known) return score;
  for (const word of text.toLowerCase().split(/[^\p{L}\p{M}-]+/u)) if (known.has(word)) score++;
  return score;
}

const KNOWN = new Map(Object.entries(WORDS).map(([language, words]) => [language, new Set(words.split(" "))]));
