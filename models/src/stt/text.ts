/** What a recogniser wrote, made fit for the dialogue: decoration removed, and nothing at all where it heard things that nobody said. */

/** Music and noise come out as these. */
const NOTES = /[♪♫♬♩🎵🎶]/gu;
/** "[MUSIC]", "(applause)", "*sigh*": descriptions, not words. */
const DESCRIPTIONS = /\[[^\]]*\]|\([^)]*\)|\*[^*]*\*/g;
/** What models of this kind write for a breath or line noise. Believed only when the VAD heard enough speech for it. */
const PHANTOMS = new Set(["you", "thank you", "thanks for watching", "the", "so", "uh", "hmm", "mm"]);
const PHANTOM_SPEECH_MS = 250;

/** @param speechMs what the VAD called voice in this utterance. */
export function cleanTranscript(text: string, speechMs: number): string {
  const cleaned = text.replace(NOTES, " ").replace(DESCRIPTIONS, " ").replace(/\s+/g, " ").trim();
  if (!/[\p{L}\p{N}]/u.test(cleaned)) return "";
  const words = cleaned
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}' ]/gu, " ")
    .split(" ")
    .filter(Boolean);
  if (isLoop(words)) return "";
  if (speechMs < PHANTOM_SPEECH_MS && PHANTOMS.has(words.join(" "))) return "";
  return cleaned.replace(/([.,])\1+$/, "$1");
}

/** The same one to eight words at least five times in a row, and hardly anything else: a decoder gone round in circles. Digits are exempt. */
function isLoop(words: readonly string[]): boolean {
  for (let unit = 1; unit <= 8; unit++) {
    let repeated = 0;
    for (let i = unit; i < words.length; i++) if (words[i] === words[i - unit]) repeated++;
    if (repeated >= unit * 4 && repeated >= (words.length - unit) * 0.8 && !words.every(isNumberWord)) return true;
  }
  return false;
}

const NUMBER_WORDS = new Set(
  "zero oh o one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand double triple".split(
    " ",
  ),
);

function isNumberWord(word: string): boolean {
  return NUMBER_WORDS.has(word) || /^\d+$/.test(word);
}

/** A mean log-probability as 0..1: −0.6, below which it is usually noise or another language, becomes 0.55. */
export function confidenceOf(meanLogProb: number): number {
  return Math.min(1, Math.max(0, Math.exp(meanLogProb)));
}
