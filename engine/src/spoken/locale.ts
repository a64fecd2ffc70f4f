/** What differs from one way of speaking to another: words for numbers, the order of a date, the hour of the day. */
import { ToWords as BritishWords } from "to-words/en-GB";
import { ToWords as IndianWords } from "to-words/en-IN";
import { ToWords as AmericanWords } from "to-words/en-US";
import { ToWords as HindiWords } from "to-words/hi-IN";

export const LOCALES = ["en-IN", "en-US", "en-GB", "hi-IN", "ta-IN"] as const;
export type SpokenLocale = (typeof LOCALES)[number];

/** For a tag without a region, and regions that speak like another. */
const DEFAULTS: Readonly<Record<string, SpokenLocale>> = { en: "en-US", hi: "hi-IN", ta: "ta-IN" };

/** `undefined`: a language whose voices read figures themselves. */
export function spokenLocale(language: string): SpokenLocale | undefined {
  const exact = LOCALES.find((locale) => locale.toLowerCase() === language.toLowerCase());
  return exact ?? DEFAULTS[language.split("-")[0]!.toLowerCase()];
}

interface Words {
  readonly point: string;
  readonly percent: string;
  readonly at: string;
  readonly dot: string;
  /** Unit and hundredth of each currency: one of them, several. */
  readonly money: Readonly<Record<string, readonly [one: string, many: string, cent: string]>>;
  readonly and: string;
}

const ENGLISH: Words = {
  point: "point",
  percent: "percent",
  at: "at",
  dot: "dot",
  and: "and",
  money: {
    INR: ["rupee", "rupees", "paise"],
    USD: ["dollar", "dollars", "cents"],
    GBP: ["pound", "pounds", "pence"],
    EUR: ["euro", "euros", "cents"],
  },
};
const HINDI: Words = {
  point: "दशमलव",
  percent: "प्रतिशत",
  at: "ऐट",
  dot: "डॉट",
  and: "और",
  money: {
    INR: ["रुपया", "रुपये", "पैसे"],
    USD: ["डॉलर", "डॉलर", "सेंट"],
    GBP: ["पाउंड", "पाउंड", "पेंस"],
    EUR: ["यूरो", "यूरो", "सेंट"],
  },
};
const TAMIL: Words = {
  point: "புள்ளி",
  percent: "சதவீதம்",
  at: "அட்",
  dot: "டாட்",
  and: "",
  money: {
    INR: ["ரூபாய்", "ரூபாய்", "பைசா"],
    USD: ["டாலர்", "டாலர்", "சென்ட்"],
    GBP: ["பவுண்ட்", "பவுண்ட்", "பென்ஸ்"],
    EUR: ["யூரோ", "யூரோ", "சென்ட்"],
  },
};

export const WORDS: Readonly<Record<SpokenLocale, Words>> = {
  "en-IN": ENGLISH,
  "en-US": ENGLISH,
  "en-GB": ENGLISH,
  "hi-IN": HINDI,
  "ta-IN": TAMIL,
};

const NUMBERS = {
  "en-IN": new IndianWords(),
  "en-US": new AmericanWords(),
  "en-GB": new BritishWords(),
  "hi-IN": new HindiWords(),
};
/** Only Americans leave the "and" out. */
const HUNDRED = /hundred (?=[a-z])(?!thousand|lakh|crore|million|billion)/g;

/** A whole number in words: "one lakh twenty five thousand", "one hundred twenty five thousand". */
export function sayWhole(value: number, locale: SpokenLocale): string {
  if (!Number.isSafeInteger(value)) return String(value);
  if (locale === "ta-IN") return sayTamil(value);
  const said = NUMBERS[locale].convert(value).toLowerCase();
  return locale === "en-IN" || locale === "en-GB" ? said.replace(HUNDRED, "hundred and ") : said;
}

/** The words of `to-words` are put together as no Tamil speaker would; figures below a thousand every voice reads itself. */
function sayTamil(value: number): string {
  const parts: string[] = [];
  let rest = value;
  for (const [size, name] of TAMIL_SCALES) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count} ${name}`);
    rest %= size;
  }
  return rest > 0 || parts.length === 0 ? [...parts, String(rest)].join(" ") : parts.join(" ");
}

const TAMIL_SCALES: readonly (readonly [number, string])[] = [
  [10_000_000, "கோடி"],
  [100_000, "லட்சம்"],
  [1000, "ஆயிரம்"],
];

const dates = new Map<SpokenLocale, Intl.DateTimeFormat>();

/** "24th of November 2026", "November 24th, 2026", "24 नवंबर 2026". */
export function sayCalendarDate(year: number, month: number, day: number, locale: SpokenLocale): string {
  const format =
    dates.get(locale) ??
    new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  dates.set(locale, format);
  const date = new Date(Date.UTC(year, month - 1, day));
  if (!locale.startsWith("en")) return format.format(date).replace(",", "");
  const monthName = format.formatToParts(date).find(({ type }) => type === "month")?.value ?? "";
  const ordinal = `${day}${SUFFIXES[PLURALS.select(day)] ?? "th"}`;
  return locale === "en-US" ? `${monthName} ${ordinal}, ${year}` : `the ${ordinal} of ${monthName} ${year}`;
}

const PLURALS = new Intl.PluralRules("en", { type: "ordinal" });
const SUFFIXES: Readonly<Record<string, string>> = { one: "st", two: "nd", few: "rd" };

/** `half`: as it was written; without it the hour is of 24. */
export function sayClock(hour: number, minute: number, half: "am" | "pm" | undefined, locale: SpokenLocale): string {
  const hour24 = half === undefined ? hour : (hour % 12) + (half === "pm" ? 12 : 0);
  const hour12 = hour24 % 12 || 12;
  if (locale === "hi-IN") {
    const part = dayPart(hour24, "रात", "सुबह", "दोपहर", "शाम");
    const hours = sayWhole(hour12, locale);
    return minute === 0 ? `${part} ${hours} बजे` : `${part} ${hours} बजकर ${sayWhole(minute, locale)} मिनट`;
  }
  if (locale === "ta-IN") {
    const part = dayPart(hour24, "இரவு", "காலை", "மதியம்", "மாலை");
    return minute === 0 ? `${part} ${hour12} மணி` : `${part} ${hour12} மணி ${minute} நிமிடம்`;
  }
  if (minute === 0 && hour24 === 12 && half !== "am") return "12 noon";
  // 9:30 alone may be either; 09:30 and 15:30 are not.
  const said = minute === 0 ? String(hour12) : `${hour12} ${minute < 10 ? `oh ${minute}` : minute}`;
  return `${said} ${hour24 < 12 ? "am" : "pm"}`;
}

function dayPart(hour24: number, night: string, morning: string, noon: string, evening: string): string {
  if (hour24 < 4 || hour24 >= 20) return night;
  if (hour24 < 12) return morning;
  return hour24 < 16 ? noon : evening;
}
