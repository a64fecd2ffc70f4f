/** Number words to digits, as spoken: "twenty four" → 24, "the fifteenth" → 15th, "two thirty" stays two numbers, 2 30. */

const UNITS = words("zero one two three four five six seven eight nine");
const TEENS = words("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", 10);
const TENS = new Map(
  ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"].map((word, i) => [word, (i + 2) * 10]),
);
TENS.set("fourty", 40);
const ORDINALS = words("zeroth first second third fourth fifth sixth seventh eighth ninth");
const TEEN_ORDINALS = words(
  "tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth",
  10,
);
const TENS_ORDINALS = new Map([
  ["twentieth", 20],
  ["thirtieth", 30],
]);
const SCALES = new Map([
  ["hundred", 100],
  ["thousand", 1000],
  ["lakh", 100_000],
]);
/** "first" and "second" are numbers of a day only in such company: "just a second" is not the 2nd. */
const MONTH = "january|february|march|april|may|june|july|august|september|october|november|december";
const DAY_BEFORE = new RegExp(`^(?:the|on|${MONTH})$`);
const DAY_AFTER = new RegExp(`^(?:of|${MONTH})$`);
const NOT_A_DAY_AFTER = /^(?:one|available|thing|time|slot|opening|appointment|option|half|floor)$/;

function words(list: string, from = 0): Map<string, number> {
  return new Map(list.split(" ").map((word, i) => [word, i + from]));
}

/** Value of a single unit, teen or tens word. */
export function numberWord(word: string): number | undefined {
  return UNITS.get(word) ?? TEENS.get(word) ?? TENS.get(word);
}

/** Replaces number words by digits in normalised words. */
export function digitsForNumberWords(input: readonly string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i < input.length; ) {
    const ordinal = readOrdinal(input, i) ?? readCardinal(input, i);
    if (ordinal) {
      out.push(ordinal.text);
      i += ordinal.length;
    } else out.push(input[i++]!);
  }
  return out;
}

interface Read {
  readonly text: string;
  readonly length: number;
}

function readOrdinal(input: readonly string[], at: number): Read | undefined {
  const word = input[at]!;
  const tens = TENS.get(word);
  const unit = ORDINALS.get(input[at + 1] ?? "");
  if (tens !== undefined && unit) return { text: ordinal(tens + unit), length: 2 };
  const value = TEEN_ORDINALS.get(word) ?? TENS_ORDINALS.get(word) ?? ORDINALS.get(word);
  if (value === undefined) return undefined;
  const next = input[at + 1] ?? "";
  const isDay =
    !NOT_A_DAY_AFTER.test(next) && (value > 3 || DAY_BEFORE.test(input[at - 1] ?? "") || DAY_AFTER.test(next));
  return isDay ? { text: ordinal(value), length: 1 } : undefined;
}

function readCardinal(input: readonly string[], at: number): Read | undefined {
  let i = at;
  let total = 0;
  let current: number | undefined;
  while (i < input.length) {
    const word = input[i]!;
    const small = readSmall(input, i);
    const scale = SCALES.get(word);
    if (small && current === undefined) {
      current = small.value;
      i += small.length;
    } else if (scale !== undefined && current !== undefined) {
      total += current * scale;
      current = undefined;
      i++;
      if (input[i] === "and" && readSmall(input, i + 1)) i++;
    } else break;
  }
  if (i === at) return undefined;
  return { text: String(total + (current ?? 0)), length: i - at };
}

/** 0 to 99: "twenty four" is one number, "two thirty" is not. */
function readSmall(input: readonly string[], at: number): { value: number; length: number } | undefined {
  const word = input[at] ?? "";
  const tens = TENS.get(word);
  if (tens !== undefined) {
    const unit = UNITS.get(input[at + 1] ?? "");
    return unit ? { value: tens + unit, length: 2 } : { value: tens, length: 1 };
  }
  const value = UNITS.get(word) ?? TEENS.get(word);
  return value === undefined ? undefined : { value, length: 1 };
}

export function ordinal(value: number): string {
  const teen = value % 100 >= 11 && value % 100 <= 13;
  const suffix = teen ? "th" : (["th", "st", "nd", "rd"][value % 10] ?? "th");
  return `${value}${suffix}`;
}
