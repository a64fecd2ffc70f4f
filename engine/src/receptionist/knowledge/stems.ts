/** Words reduced to what makes two phrasings of one question alike. */
import { tokens } from "../nlu/normalise.ts";

const STOP = new Set(
  (
    "a an the i i'd i'm im i'll me my we us our you your yours he she it its it's is are was were be been am do does did have has had can could " +
    "will would shall should may might to of in on at for from with and or if so that this these those there here what what's which who whom " +
    "how when please just like want need know tell say get got go going any some about as by into out up also too then than not no yes hi " +
    "hello hey okay thanks thank you're do you don't let's let one make made take taken wondering question ask"
  ).split(" "),
);

/** Different words for one thing, in any business. The first stands for the group. */
const SYNONYMS: readonly string[] = [
  "price cost charge fee rate expensive cheap pricing",
  "hour open opening timing close closing closed",
  "locate location located address where place direction find reach situated",
  "pay payment card cash upi gpay paytm credit debit",
  "park parking car",
  "child children kid kids baby toddler",
  "walkin walk drop",
  "refund return money",
  "phone telephone contact",
  "email mail",
  "doctor dentist physician",
  "bring carry",
  "cancel cancellation",
  "wheelchair accessible access disabled ramp",
  "discount offer deal coupon",
  "insurance insured coverage",
  "deliver delivery ship shipping",
  "toilet restroom bathroom washroom",
];
const CANONICAL = new Map<string, string>();
/** Words known without any entry; they are not taken for misheard ones. */
export const KNOWN_WORDS: ReadonlySet<string> = new Set([...STOP, ...SYNONYMS.flatMap((group) => group.split(" "))]);
for (const group of SYNONYMS) {
  const words = group.split(" ").map(stem);
  for (const word of words) CANONICAL.set(word, words[0]!);
}

/** Light stemming: enough for "parking", "parks" and "parked". */
export function stem(word: string): string {
  const base = word.replace(/'s$|'/g, "");
  if (base.length <= 3) return base;
  return base.replace(/(?:ings?|ed|es|s|e)$/, "").replace(/([^aeiouls])\1$/, "$1") || base;
}

/** Content words of a question, stemmed, one word for each group of synonyms. `correct` may replace a word that was badly heard. */
export function contentWords(text: string, correct: (word: string) => string = (word) => word): string[] {
  const words = tokens(text)
    .filter((word) => !STOP.has(word))
    .map(correct)
    .map(stem)
    .map((word) => CANONICAL.get(word) ?? word);
  return [...new Set(words)];
}
