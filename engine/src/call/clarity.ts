import type { AnswerKind } from "@sk-voice/models/ports.ts";
import { isYesOrNo } from "../talk/endpoint.ts";

/** Below this the words are probably wrong (models: mean log-probability −0.6): she asks once, then takes what she has. */
const UNCLEAR_BELOW = 0.5;

/** Short answers score low even when they are right: a yes to a yes-no question is believed. */
export function isUnclear(text: string, confidence: number | undefined, expects: AnswerKind): boolean {
  if (confidence === undefined || confidence >= UNCLEAR_BELOW) return false;
  return !(expects === "yes-no" && isYesOrNo(text));
}

/** One per call. */
export class Clarity {
  #asked = false;

  /** Whether she asks for these words once more. */
  asks(text: string, confidence: number | undefined, expects: AnswerKind): boolean {
    this.#asked = !this.#asked && isUnclear(text, confidence, expects);
    return this.#asked;
  }
}
