/**
 * A written sentence as it is said: numbers, money, dates, times, telephone numbers and addresses of one locale. For everything she says,
 * her own phrases and a model's sentences alike, on the way to the voice; transcripts and memory keep what was written.
 *
 * | written            | en-IN                          | en-US                      |
 * |--------------------|--------------------------------|----------------------------|
 * | ₹1,25,000          | one lakh twenty five thousand rupees | one hundred twenty five thousand rupees |
 * | 05/11/2026         | the 5th of November 2026       | May 11th, 2026             |
 * | 15:30              | 3 30 pm                        | 3 30 pm                    |
 * | +91 98450 12345    | 9 8 4 5 0, 1 2 3 4 5           | plus 9 1, 9 8 4 5 0, …     |
 * | 560001             | 5 6 0, 0 0 1                   | 5 6 0, 0 0 1               |
 * | info@shop.in       | info at shop dot in            | info at shop dot in        |
 */
import { type CountryCode, findPhoneNumbersInText } from "libphonenumber-js";
import { sayPhone } from "../receptionist/speak.ts";
import { type SpokenLocale, sayCalendarDate, sayClock, sayWhole, spokenLocale, WORDS } from "./locale.ts";

/** `language`: BCP 47. Of a language that is not known here nothing is changed. */
export function spoken(text: string, language: string): string {
  const locale = spokenLocale(language);
  if (!locale || !/[\d@]/.test(text)) return text;
  let said = text;
  for (const rule of RULES) said = rule(said, locale);
  return said.replace(/ {2,}/g, " ").trim();
}

type Rule = (text: string, locale: SpokenLocale) => string;

const MARKS: Readonly<Record<string, string>> = {
  "₹": "INR",
  $: "USD",
  "£": "GBP",
  "€": "EUR",
  rs: "INR",
  "rs.": "INR",
};
const AMOUNT = String.raw`\d+(?:,\d+)*(?:\.\d{1,2})?`;
const SCALE = String.raw`(?:\s?(lakhs?|crores?|thousand|million|billion|लाख|करोड़|லட்சம்)\b)?`;
const BEFORE = new RegExp(String.raw`(₹|\$|£|€|\bRs\.?|\b(?:INR|USD|GBP|EUR)\b)\s?(${AMOUNT})(?:/-)?${SCALE}`, "gi");
const AFTER = new RegExp(String.raw`(?<![\d,.])(${AMOUNT})\s?(INR|USD|GBP|EUR|€|£)(?![\p{L}\d])`, "gu");

const money: Rule = (text, locale) =>
  text
    .replace(BEFORE, (_, mark: string, amount: string, scale: string | undefined) =>
      sayMoneyOf(amount, MARKS[mark.toLowerCase()] ?? mark.toUpperCase(), scale, locale),
    )
    .replace(AFTER, (_, amount: string, mark: string) => sayMoneyOf(amount, MARKS[mark] ?? mark, undefined, locale));

function sayMoneyOf(amount: string, currency: string, scale: string | undefined, locale: SpokenLocale): string {
  const { money: names, and, point } = WORDS[locale];
  const [one, many, cent] = names[currency] ?? [currency, currency, ""];
  const [whole = "0", decimals = ""] = amount.replaceAll(",", "").split(".");
  const value = Number(whole);
  if (scale !== undefined) {
    const digits =
      decimals === "" ? "" : ` ${point} ${[...decimals].map((digit) => sayWhole(Number(digit), locale)).join(" ")}`;
    return `${sayWhole(value, locale)}${digits} ${scale} ${many}`;
  }
  const main = `${sayWhole(value, locale)} ${value === 1 ? one : many}`;
  const cents = Number(decimals.padEnd(2, "0"));
  if (cents === 0) return main;
  const small = `${sayWhole(cents, locale)} ${cent}`;
  return value === 0 ? small : [main, and, small].filter(Boolean).join(" ");
}

const addresses: Rule = (text, locale) => {
  const { at, dot } = WORDS[locale];
  return text.replace(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, (address) =>
    address
      .toLowerCase()
      .replace(/@/g, ` ${at} `)
      .replace(/\./g, ` ${dot} `)
      .replace(/_/g, " underscore ")
      .replace(/-/g, " hyphen "),
  );
};

const dates: Rule = (text, locale) =>
  text
    .replace(/\b(\d{4})-(\d{2})-(\d{2})\b/g, (written, year: string, month: string, day: string) =>
      sayDateOf(written, Number(year), Number(month), Number(day), locale),
    )
    .replace(/\b(\d{1,2})([/.-])(\d{1,2})\2(\d{4})\b/g, (written, first: string, _, second: string, year: string) => {
      const monthFirst = locale === "en-US" ? Number(first) <= 12 : Number(second) > 12;
      const [month, day] = monthFirst ? [first, second] : [second, first];
      return sayDateOf(written, Number(year), Number(month), Number(day), locale);
    });

/** What is no date is left as it is. */
function sayDateOf(written: string, year: number, month: number, day: number, locale: SpokenLocale): string {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
    ? sayCalendarDate(year, month, day, locale)
    : written;
}

const times: Rule = (text, locale) =>
  text.replace(
    /(?<![\d:])([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?(?![\d:])(?:\s?([ap])\.?m\b\.?)?/gi,
    (_, hour: string, minute: string, half: string | undefined) => {
      const [h, m] = [Number(hour), Number(minute)];
      if (half !== undefined) return sayClock(h, m, half.toLowerCase() === "a" ? "am" : "pm", locale);
      // 9:30 alone may be either half of the day: only its figures are said.
      if (hour.length === 1 && locale.startsWith("en"))
        return m === 0 ? `${h} o'clock` : `${h} ${m < 10 ? `oh ${m}` : m}`;
      return sayClock(h, m, undefined, locale);
    },
  );

const phones: Rule = (text, locale) => {
  if (!/\d[\d\s()-]{5,}\d/.test(text)) return text;
  const country = locale.slice(3) as CountryCode;
  let said = text;
  for (const { number, startsAt, endsAt } of findPhoneNumbersInText(text, country).reverse()) {
    said = `${said.slice(0, startsAt)}${sayPhone(number.number, country)}${said.slice(endsAt)}`;
  }
  return said;
};

const percents: Rule = (text, locale) => text.replace(/(\d)\s?%/g, `$1 ${WORDS[locale].percent}`);

/** 1,250 and 1,25,000 are amounts; so is a number with decimals, whose places are said one by one. */
const numbers: Rule = (text, locale) =>
  text.replace(
    /(?<![\p{L}\d.,])(\d{1,3}(?:,\d{2,3})+|\d+(?=\.\d))(?:\.(\d+))?(?![\p{L}\d])/gu,
    (_, whole: string, decimals: string | undefined) => {
      const said = sayWhole(Number(whole.replaceAll(",", "")), locale);
      if (decimals === undefined) return said;
      return `${said} ${WORDS[locale].point} ${[...decimals].map((digit) => sayWhole(Number(digit), locale)).join(" ")}`;
    },
  );

/** Five figures and more without a comma are no amount: a postcode, an order, an account. Digit by digit, in groups. */
const figures: Rule = (text) =>
  text.replace(/(?<![\p{L}\d.,])\d{5,}(?![\p{L}\d])/gu, (digits) =>
    (digits.match(digits.length === 10 ? /.{5}/g : /.{1,3}/g) ?? []).map((group) => [...group].join(" ")).join(", "),
  );

const RULES: readonly Rule[] = [addresses, dates, times, money, phones, percents, numbers, figures];
