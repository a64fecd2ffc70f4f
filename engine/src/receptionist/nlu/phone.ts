/** Phone numbers as they are said: "nine eight double four oh …", "98840 12345", keys pressed. */
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js";
import { normalise } from "./normalise.ts";
import { numberWord } from "./numbers.ts";

export interface SpokenPhone {
  /** Digits as said, with `+` when it was said. */
  readonly digits: string;
  /** Set when the digits are a whole, valid number. */
  readonly e164?: string;
}

const REPEAT = new Map([
  ["double", 2],
  ["triple", 3],
  ["treble", 3],
]);
/** Heard inside a number, these are digits. */
const HOMOPHONES = new Map([
  ["oh", "0"],
  ["o", "0"],
  ["nought", "0"],
  ["naught", "0"],
  ["to", "2"],
  ["too", "2"],
  ["for", "4"],
  ["fore", "4"],
  ["ate", "8"],
  ["won", "1"],
  ["tree", "3"],
  ["nein", "9"],
  ["niner", "9"],
  ["fife", "5"],
]);
/** May stand between two groups of digits. */
const JOINERS = new Set(["and", "then", "dash", "space", "hyphen", "extension", "is", "it's"]);
/** Fewer digits than this are a time, a date or a count. */
export const MIN_PHONE_DIGITS = 7;
const MAX_DIGITS = 16;

/**
 * The longest run of digits in `text`. `asked`: a number was asked for, so short runs count (they are one group of it) and words that
 * sound like digits are digits. `undefined` when there is none.
 */
export function parsePhone(text: string, country: string, asked: boolean): SpokenPhone | undefined {
  const digits = longestRun(normalise(text.replace(/(?<=\d)[\s\-.,()]+(?=\d)/g, " ")).split(" "), asked);
  if (digits.replace("+", "").length < (asked ? 2 : MIN_PHONE_DIGITS)) return undefined;
  const e164 = toE164(digits, country);
  return e164 === undefined ? { digits } : { digits, e164 };
}

/** `undefined` unless the digits are a valid number. */
export function toE164(digits: string, country: string): string | undefined {
  const code: CountryCode = isSupportedCountry(country) ? country : "IN";
  const parsed = parsePhoneNumberFromString(digits, code) ?? parsePhoneNumberFromString(`+${digits}`);
  return parsed?.isValid() ? parsed.number : undefined;
}

function longestRun(words: readonly string[], asked: boolean): string {
  let best = "";
  let run = "";
  let gap = 0;
  let repeat = 1;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const times = REPEAT.get(word);
    const loose = asked || run.replace("+", "").length >= 3;
    const pair = pairOf(word, words[i + 1]);
    if (pair !== undefined) i++;
    const digits = times === undefined ? (pair ?? digitsOf(word, loose)) : undefined;
    if (times !== undefined) repeat = times;
    else if (digits !== undefined) {
      run += repeat > 1 ? digits[0]!.repeat(repeat) + digits.slice(1) : digits;
      repeat = 1;
      gap = 0;
    } else if (word === "hundred" && run !== "") run += "00";
    else if (word === "plus" && run === "") run = "+";
    else if (!JOINERS.has(word) || ++gap > 2) {
      run = "";
      gap = 0;
      repeat = 1;
    }
    if (run.length > best.length && run.length <= MAX_DIGITS) best = run;
  }
  return best;
}

/** "ninety eight" is 98, not 90 8. */
function pairOf(word: string, next: string | undefined): string | undefined {
  const tens = numberWord(word) ?? 0;
  const unit = next === undefined ? 0 : (numberWord(next) ?? 0);
  return tens >= 20 && unit >= 1 && unit <= 9 ? String(tens + unit) : undefined;
}

function digitsOf(word: string, loose: boolean): string | undefined {
  if (/^\+?\d+$/.test(word)) return word;
  const value = numberWord(word);
  if (value !== undefined) return String(value);
  return loose ? HOMOPHONES.get(word) : undefined;
}
