/** How alike two words sound or look, for words a recogniser got nearly right: "hair cut", "pre a ragavan". */

import { memoised } from "./memo.ts";

/** 1 is equal, 0 shares nothing: 1 − Damerau-Levenshtein distance / longer length. */
export function editSimilarity(a: string, b: string): number {
  const longer = Math.max(a.length, b.length);
  return longer === 0 ? 1 : 1 - editDistance(a, b) / longer;
}

const LONGEST = 256;
/** Rows of the table of distances, used again: this is the inner loop of understanding a turn. */
let beforeLast = new Uint16Array(LONGEST + 1);
let last = new Uint16Array(LONGEST + 1);
let row = new Uint16Array(LONGEST + 1);

/** Optimal string alignment: insert, delete, replace, swap neighbours. Of longer words only the first 256 letters count. */
function editDistance(a: string, b: string): number {
  const [rows, columns] = [Math.min(a.length, LONGEST), Math.min(b.length, LONGEST)];
  for (let j = 0; j <= columns; j++) last[j] = j;
  for (let i = 1; i <= rows; i++) {
    const letter = a.charCodeAt(i - 1);
    row[0] = i;
    for (let j = 1; j <= columns; j++) {
      const other = b.charCodeAt(j - 1);
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (letter === other ? 0 : 1));
      if (i > 1 && j > 1 && letter === b.charCodeAt(j - 2) && a.charCodeAt(i - 2) === other)
        best = Math.min(best, beforeLast[j - 2]! + 1);
      row[j] = best;
    }
    // Not `[a, b, c] = [b, c, a]`: until it is optimised that makes an array a letter, ten thousand a turn.
    const spare = beforeLast;
    beforeLast = last;
    last = row;
    row = spare;
  }
  return last[columns]!;
}

const SOUNDS: readonly [RegExp, string][] = [
  [/ph/g, "f"],
  [/(?:gh|kn|wr|ck)/g, "k"],
  [/c(?=[eiy])/g, "s"],
  [/[cqgx]/g, "k"],
  [/sch|sh|ch|tch/g, "s"],
  [/[zj]/g, "s"],
  [/d/g, "t"],
  [/b/g, "p"],
  [/v/g, "f"],
  [/[hwy]/g, ""],
  // Before the vowels go: "teeth whitening" keeps its six sounds, or it would be "thank you", t n k.
  [/(.)\1+/g, "$1"],
  [/(.)[aeiou]+/g, "$1"],
  [/^[aeiou]+/g, "a"],
];

/** Consonants by class, vowels dropped: what a phone line leaves of a word. */
export const soundKey = memoised(
  (word) =>
    SOUNDS.reduce((key, [pattern, sound]) => key.replace(pattern, sound), word.toLowerCase().replace(/[^a-z]/g, "")),
  4096,
);

/** Looks count fully, sound a little less: two different words often share a sound key. */
const SOUND_WEIGHT = 0.9;
/** Sound keys this short are shared by too many words. */
const MIN_SOUND_KEY = 3;

/** `atLeast`: what is less than this may be said to be 0, and is not worked out where the lengths already show it. */
export function wordSimilarity(a: string, b: string, atLeast = 0): number {
  if (a === b) return 1;
  const looks = mostSimilar(a, b) < atLeast ? 0 : editSimilarity(a, b);
  const soundA = soundKey(a);
  const soundB = soundKey(b);
  if (Math.min(soundA.length, soundB.length) < MIN_SOUND_KEY) return looks;
  if (SOUND_WEIGHT * mostSimilar(soundA, soundB) < Math.max(looks, atLeast)) return looks;
  return Math.max(looks, SOUND_WEIGHT * editSimilarity(soundA, soundB));
}

/** What `editSimilarity` is at most, by the lengths alone. */
function mostSimilar(a: string, b: string): number {
  return Math.min(a.length, b.length) / Math.max(1, a.length, b.length);
}

/** Best match of `phrase` in any stretch of `said`, words glued together so that "hair cut" is "haircut". `atLeast` as in `wordSimilarity`. */
export function phraseSimilarity(said: readonly string[], phrase: readonly string[], atLeast = 0): number {
  const target = phrase.join("");
  if (target === "") return 0;
  let best = 0;
  for (let length = Math.max(1, phrase.length - 1); length <= phrase.length + 2; length++) {
    for (let from = 0; from + length <= said.length; from++) {
      const stretch = said.slice(from, from + length).join("");
      if (Math.abs(stretch.length - target.length) > target.length / 2) continue;
      best = Math.max(best, wordSimilarity(stretch, target, Math.max(best, atLeast)));
      if (best === 1) return 1;
    }
  }
  return best;
}
