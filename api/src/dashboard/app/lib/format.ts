/** Times, numbers and names as people read them, in the language of the interface. */
import { useMemo } from "react";
import { type Locale, useI18n } from "./i18n.tsx";

const TAGS: Record<Locale, string> = { en: "en-IN", hi: "hi-IN" };
const DAY_MS = 24 * 3600_000;

export interface Format {
  /** 14:05 today, "Mon 14:05" this week, "3 Nov" before. */
  when(iso: string): string;
  full(iso: string): string;
  time(iso: string, timeZone?: string): string;
  day(iso: string | Date, timeZone?: string): string;
  number(value: number): string;
  percent(share: number): string;
  money(amount: number, currency: string): string;
  /** 1:05, 1:02:33. */
  duration(ms: number | null): string;
  ms(ms: number | null | undefined): string;
  ago(iso: string): string;
}

export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

function create(locale: Locale): Format {
  const tag = TAGS[locale];
  const of = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(tag, { hour12: false, ...options });
  const time = of({ hour: "2-digit", minute: "2-digit" });
  const weekday = of({ weekday: "short", hour: "2-digit", minute: "2-digit" });
  const date = of({ day: "numeric", month: "short" });
  const full = of({ dateStyle: "medium", timeStyle: "medium" });
  const number = new Intl.NumberFormat(tag);
  const percent = new Intl.NumberFormat(tag, { style: "percent", maximumFractionDigits: 0 });
  const relative = new Intl.RelativeTimeFormat(tag, { numeric: "auto", style: "short" });
  return {
    when(iso) {
      const at = new Date(iso);
      const age = Date.now() - at.getTime();
      if (new Date().toDateString() === at.toDateString()) return time.format(at);
      return age > 0 && age < 6 * DAY_MS ? weekday.format(at) : date.format(at);
    },
    full: (iso) => full.format(new Date(iso)),
    time: (iso, timeZone) =>
      timeZone === undefined
        ? time.format(new Date(iso))
        : of({ hour: "2-digit", minute: "2-digit", timeZone }).format(new Date(iso)),
    day: (iso, timeZone) =>
      of({ weekday: "short", day: "numeric", month: "short", ...(timeZone === undefined ? {} : { timeZone }) }).format(
        new Date(iso),
      ),
    number: (value) => number.format(value),
    percent: (share) => percent.format(share),
    money: (amount, currency) =>
      new Intl.NumberFormat(tag, { style: "currency", currency, maximumFractionDigits: 0 }).format(amount),
    duration: (ms) => (ms === null ? "–" : clock(ms)),
    ms: (ms) => (ms === null || ms === undefined ? "–" : `${number.format(Math.round(ms))} ms`),
    ago(iso) {
      const seconds = (new Date(iso).getTime() - Date.now()) / 1000;
      const [unit, size] =
        Math.abs(seconds) < 3600
          ? (["minute", 60] as const)
          : Math.abs(seconds) < 86_400
            ? (["hour", 3600] as const)
            : (["day", 86_400] as const);
      return relative.format(Math.round(seconds / size), unit);
    },
  };
}

export function useFormat(): Format {
  const { locale } = useI18n();
  return useMemo(() => create(locale), [locale]);
}
