/** Written signs as the words an English voice without a text frontend should say. */
const SIGNS: readonly [RegExp, string][] = [
  [/[‘’]/g, "'"],
  [/[“”]/g, '"'],
  [/\s*[–—]\s*/g, ", "],
  [/…/g, "..."],
  [/₹\s?([\d,.]*\d)/g, "$1 rupees"],
  [/€\s?([\d,.]*\d)/g, "$1 euros"],
  [/£\s?([\d,.]*\d)/g, "$1 pounds"],
  [/&/g, " and "],
  [/@/g, " at "],
  [/%/g, " percent"],
  [/#(?=\d)/g, "number "],
  [/\s*\/\s*/g, " or "],
];

/** Plain ASCII that flite pronounces: accents dropped, signs as words. Letters of other scripts, which it cannot say, are left out. */
export function speakable(text: string): string {
  let out = text;
  for (const [sign, words] of SIGNS) out = out.replace(sign, words);
  return out
    .normalize("NFKD")
    .replace(/[^\x20-\x7e]/g, "")
    .replace(/\s+/g, " ")
    .trim();
}
