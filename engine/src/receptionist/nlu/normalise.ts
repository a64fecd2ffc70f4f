/** One spelling for what a recogniser writes in several: lower case, plain apostrophes, `pm` for "p. m.", no fillers, no punctuation. */

import { memoised } from "./memo.ts";

const FILLERS = /\b(?:u+m+|u+h+|e+r+m*|h+m+|m+hm+|a+h+)\b/g;

/** Words, numbers, `:` and `/` between digits, leading `+`. Everything else becomes a space. */
export const normalise = memoised((text) =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[‘’`´]/g, "'")
    .replace(/\b([ap])\s?\.?\s?m\b\.?/g, "$1m")
    .replace(/(\d)([ap]m)\b/g, "$1 $2")
    .replace(/\b(\d{1,2})\.(\d{2})(?![\d.])/g, "$1:$2")
    .replace(/o'?\s?clock/g, " oclock ")
    .replace(/(\d),(?=\d{3}\b)/g, "$1")
    .replace(/(?<=\d)\s*([:/])\s*(?=\d)/g, "$1")
    .replace(FILLERS, " ")
    .replace(/[^\p{L}\p{M}\p{N}'+:/\s]|(?<!\d)[:/]|[:/](?!\d)|\+(?!\d)/gu, " ")
    .replace(/(?<!\p{L})'|'(?!\p{L})/gu, " ")
    .replace(/\s+/g, " ")
    .trim(),
);

export function tokens(text: string): string[] {
  const plain = normalise(text);
  return plain === "" ? [] : plain.split(" ");
}
