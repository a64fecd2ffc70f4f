/** The caller's name, from the words around it or from the question it answers. */

const LEADS = [
  String.raw`\b(?:my|the|full|first|her|his) (?:full |first |last |good )?name(?:'s| is| was| would be)?`,
  String.raw`\bname(?:'s| is)`,
  String.raw`\bcall me`,
  String.raw`\bunder(?: the name)?(?: of)?`,
  String.raw`\bin the name of`,
  String.raw`\bit'?s for`,
  String.raw`\bthis is`,
  String.raw`\b(?:i am|i'm)(?: called)?`,
  String.raw`\bspeaking with`,
];
const ASKED_LEAD = /^(?:it'?s|it is|that'?s|that is|sure|yes|yeah|okay|ok|of course|well|so)[,.!]? /i;
/** A name ends where the sentence goes on. */
const STOP =
  /^(?:and|but|i|i'd|i'm|i'll|my|me|from|for|calling|here|speaking|phone|mobile|number|at|on|to|tomorrow|today|next|please|thanks|thank|can|could|would|want|need|wanted|a|an|the|this|that|it|it's|is|was|with|about|regarding|you|your|we|in|of|or|if|so|yes|no|not|okay|ok|spelled|spelt|sir|madam|monday|tuesday|wednesday|thursday|friday|saturday|sunday|looking|hoping|trying|wondering|interested|sorry|just|fine|good|great|well|sure|also|going|very|really|doing|afraid|running|late|happy|ready|available|free|busy|what|when|how|why|where|who|do|does|did|have|has|book|booking|appointment|again|correct|right|ma'am)$/;
/** The first word after "I'm" or "this is" says that no name follows. */
const NOT_A_NAME =
  /(?:ing|ed)$|^(?:regarding|urgent|ridiculous|terrible|confused|great|important|spam|wrong|because|correct|right|new|old|sick|here|there|all|open|closed|only|still|back|home|sad|mad|tired|unable|able|dr|doctor's)$/;
const MAX_WORDS = 4;
const FILLERS = /\b(?:u+m+|u+h+|e+r+m*|h+m+)\b[,.]?/gi;

/** `asked`: the last question was for the name, so bare words are one. `undefined` when none is found. */
export function parseName(text: string, asked: boolean): string | undefined {
  const plain = text.normalize("NFKC").replace(/[‘’]/g, "'").replace(FILLERS, " ").replace(/\s+/g, " ").trim();
  for (const lead of LEADS) {
    const match = new RegExp(`${lead}[,:]? `, "i").exec(`${plain} `);
    const name = match ? readName(plain.slice(match.index + match[0].length), false) : undefined;
    if (name !== undefined) return name;
  }
  if (!asked) return undefined;
  let rest = plain;
  for (let i = 0; i < 3; i++) rest = rest.replace(ASKED_LEAD, "");
  return readName(rest, true);
}

function readName(text: string, asked: boolean): string | undefined {
  // Spelling comes as "P-R-I-Y-A", "P. R. I. Y. A." or "p r i y a".
  const words = text
    .replace(/\b(\p{L})[.-]\s?(?=\p{L}\b)/gu, "$1 ")
    .split(/(?<=[,.!?;])\s+/)[0]!
    .replace(/[^\p{L}\p{M}'\-\s]/gu, " ")
    .split(/[\s-]+/)
    .filter(Boolean);
  const name: string[] = [];
  for (let i = 0; i < words.length && name.length < MAX_WORDS; i++) {
    const word = words[i]!;
    const spelled = spelling(words, i);
    if (spelled !== undefined) {
      // "Raghavan, R A G H …": the spelling is the better version of the word before it.
      name.splice(-1, 1, spelled);
      break;
    }
    // "pre a ragavan": a recogniser splits names it does not know.
    const fragment = asked && word.length === 1 && i > 0 && i < words.length - 1;
    if (fragment) name.splice(-1, 1, (name.at(-1) ?? "") + word.toLowerCase());
    else if (STOP.test(word.toLowerCase())) break;
    else name.push(word);
  }
  if (name.length === 0 || NOT_A_NAME.test(name[0]!.toLowerCase())) return undefined;
  const result = name.map(capitalise).join(" ");
  return /\p{L}{2}/u.test(result) && result.length <= 80 ? result : undefined;
}

/** Three or more single letters in a row from `at`, joined. */
function spelling(words: readonly string[], at: number): string | undefined {
  let to = at;
  while (to < words.length && words[to]!.length === 1) to++;
  return to - at >= 3 ? words.slice(at, to).join("").toLowerCase() : undefined;
}

function capitalise(word: string): string {
  const rest = word.slice(1);
  return word[0]!.toUpperCase() + (rest === rest.toUpperCase() && rest.length > 1 ? rest.toLowerCase() : rest);
}
