/** Text from providers, without what nobody can say or read: control and direction characters, replacement characters, endless length. */
const UNSPEAKABLE = /(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069\uFFFD]/gu;
/** Twice the longest utterance. */
const MAX_CHARACTERS = 2000;

export function cleanText(text: string): string {
  return text.replace(UNSPEAKABLE, " ");
}

/** The caller's words; empty when no letter or digit is among them. */
export function cleanWords(text: string): string {
  const words = cleanText(text).slice(0, MAX_CHARACTERS).trim();
  return isSayable(words) ? words : "";
}

/** There is something in it that a voice can say. */
export function isSayable(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}

/** 0..1, or unknown. */
export function cleanConfidence(confidence: number | undefined): number | undefined {
  if (confidence === undefined || !Number.isFinite(confidence)) return undefined;
  return Math.min(1, Math.max(0, confidence));
}
