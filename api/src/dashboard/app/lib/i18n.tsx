/** Interface strings in English and Hindi; the words of the business itself are never translated. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { en } from "../strings/en.ts";

export type Key = keyof typeof en;
export type Strings = Record<Key, string>;
export type Locale = "en" | "hi";
type Values = Record<string, string | number>;
export type Translate = (key: Key, values?: Values) => string;

const STORED = "sk-locale";
interface I18n {
  locale: Locale;
  t: Translate;
  setLocale: (locale: Locale) => void;
}

const Context = createContext<I18n | null>(null);

function fill(text: string, values: Values | undefined): string {
  return values === undefined
    ? text
    : text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

function stored(): Locale {
  const kept = localStorage.getItem(STORED);
  if (kept === "hi" || kept === "en") return kept;
  return navigator.language.startsWith("hi") ? "hi" : "en";
}

export function I18nProvider({ children }: { children: ReactNode }) {
  const [locale, setLocale] = useState<Locale>(stored);
  const [strings, setStrings] = useState<Strings | null>(locale === "en" ? en : null);
  useEffect(() => {
    localStorage.setItem(STORED, locale);
    document.documentElement.lang = locale;
    if (locale === "en") setStrings(en);
    else void import("../strings/hi.ts").then(({ hi }) => setStrings(hi));
  }, [locale]);
  const value = useMemo<I18n | null>(
    () => (strings === null ? null : { locale, setLocale, t: (key, values) => fill(strings[key], values) }),
    [locale, strings],
  );
  return value === null ? null : <Context.Provider value={value}>{children}</Context.Provider>;
}

export function useI18n(): I18n {
  const value = useContext(Context);
  if (value === null) throw new Error("bug: text outside of a language");
  return value;
}

export const useT = (): Translate => useI18n().t;
