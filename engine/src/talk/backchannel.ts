/**
 * What listeners say to show that they listen, in English, Hindi and Tamil: said over her, it does not ask her to stop. And the few words
 * that do, however short.
 */
const BACKCHANNELS = new Set(
  (
    "mm mhm mmhm mmhmm hm hmm hmmm uh huh uhhuh uh-huh mm-hmm mm-hm m ah aha oh o ok okay k kay yeah yep yup ya yes right sure fine good great " +
    "alright cool nice perfect understood um er haan han haa ha hanji haanji ji jee accha acha achha theek thik hai sahi bilkul " +
    "aama aamaa amaam seri sari saringa हाँ हां हा जी अच्छा ठीक है सही ஆமா ஆமாம் சரி ம் ஓகே"
  ).split(" "),
);
/** Two or three words that only together are one. */
const PHRASES = new Set([
  "i see",
  "got it",
  "all right",
  "of course",
  "oh i see",
  "oh okay",
  "that's fine",
  "very good",
  "no problem",
]);
const COMMANDS = new Set(
  "stop wait no nope hello hold sorry excuse pause listen hey hang please nahi nahin ruko rukiye suniye illa nillunga रुको रुकिए नहीं சற்று நில்லுங்கள்".split(
    " ",
  ),
);
const MAX_WORDS = 4;

/** Lower case, without punctuation. */
export function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}'\s-]/gu, " ")
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word));
}

/** Nothing but listening noises. Empty text is none: it is no word at all. */
export function isBackchannel(text: string): boolean {
  const words = wordsOf(text);
  if (words.length === 0 || words.length > MAX_WORDS) return false;
  return PHRASES.has(words.join(" ")) || words.every((word) => BACKCHANNELS.has(word));
}

/** What recognisers write for sounds that were no words: single letters ("H. M. M."), and the "you" they hear in coughs and noise. */
export function isMumble(text: string): boolean {
  const words = wordsOf(text);
  return words.every((word) => word.length === 1) || words.join(" ") === "you" || words.join(" ") === "thank you";
}

/** A word so short that its length says nothing, and that means "stop". */
export function isCommand(text: string): boolean {
  const first = wordsOf(text)[0];
  return first !== undefined && COMMANDS.has(first);
}
