/**
 * Whether the words so far can be all that a caller has to say. The recogniser's full stop says little: what it hears has ended, so it puts one after "I would like
 * to book." too. What counts is whether a sentence can end on such words, and whether anything has been asked for or answered. English, and the Hindi words that
 * callers mix in; where none of these words occur, punctuation alone decides.
 *
 * - `dangling`: no sentence ends so ("… because", "could you tell me", "I would like to book").
 * - `telling`: a statement without a wish ("I was there last week"); the wish mostly follows.
 * - `whole`: a question, a wish with what it is about, an answer.
 */
export type Completeness = "dangling" | "telling" | "whole";

/** What they belong to has not been said. */
const LEADS = new Set(
  (
    "a an the my your our their his and or but so because if whether unless than as for from to at on in of with without about around into between until till by " +
    "during since under near except every i we he she they i'm i'd i'll i've we're we'd we'll we've you're you'd it's he's she's there's that's what's who's " +
    "whose which this just um uh er hmm well let's lets like very really aur lekin toh ki ke"
  ).split(" "),
);
/** They end a short answer ("yes, it is", "I do"), else nothing. */
const AUXILIARIES = new Set(
  "is are was were am be been do does did have has had will would can could should may might must".split(" "),
);
/** They need an object. "Cancel", "pay" or "wait" do not. */
const TRANSITIVE = new Set(
  "book make get want need bring take find ask tell give show let send buy prefer reschedule schedule arrange discuss confirm say put leave left".split(
    " ",
  ),
);
/** "Could you tell me …", but "call me". */
const TO_WHOM = /\b(tell|give|show|send|let|ask|bring|told|gave|sent) (me|us|him|her|them)( that)?$/;
const SHORT_ANSWER = /^(yes |yeah |no |sure |well |okay )*(i|you|we|it|he|she|they|that|this|there) \w+$/;
/** "What is it for", "who do I ask", "hold on", "I would like to come in", "as well": their last word needs nothing more. */
const STRANDED =
  /^(what|where|who|which|how)\b.*\b(for|from|to|at|with|about|like|need|want|take|ask|bring|say|put|this|that)$|\b(hold|come|go|coming|going|drop|move) (on|in|over)$|\bas well$|\b(look|feel|looks|feels) (like|well)$|\b(what|who|is|was|like|about|do|of|to) (this|that)$/;
/** A question that has not come to its point. */
const BARE_QUESTION =
  /^((hi|hello|and|so|yes|no|well|okay|please) )*((do|does|did|have|can|could|would|will|is|are|was|may|should) (i|you|we|he|she|it|they|there|that|my|your|the \w+)|is it possible|is there (any|any way))$/;
const WISH =
  /\b(would|i'd|we'd|you'd) (like|love|prefer|rather)\b|\b(want|wanted|need|wish|prefer|looking|please|hoping)\b|\b(can|could|may|would|will|do|are|is) (i|you|we|it|there)\b|\b(call|calling|ring) (me|about|for|to)\b|^(book|cancel|reschedule|move|change|transfer|connect|tell|give|put|make|take|send|call)\b/;
/** Somebody or something, and a verb of its own: no answer of a few words. */
const STATEMENT =
  /^((hi|hello|yes|no|well|okay|so|and|actually|if|when) )*(i|we|my|our|the|it|he|she|they|there|you|that|this)\b/;
const LONG_ENOUGH_TO_TELL = 4;

/** `text` as recognised, its punctuation included. */
export function completeness(text: string): Completeness {
  const words = wordsOf(text);
  const plain = words.join(" ");
  if (/[,…-]\s*$/.test(text) || dangles(words, plain)) return "dangling";
  const tells = words.length >= LONG_ENOUGH_TO_TELL && STATEMENT.test(plain) && !/\?\s*$/.test(text);
  return tells && !WISH.test(plain) ? "telling" : "whole";
}

function dangles(words: readonly string[], plain: string): boolean {
  const last = words.at(-1) ?? "";
  if (TO_WHOM.test(plain) || BARE_QUESTION.test(plain)) return true;
  if (AUXILIARIES.has(last)) return !SHORT_ANSWER.test(plain);
  return (LEADS.has(last) || (TRANSITIVE.has(last) && words.length > 1)) && !STRANDED.test(plain);
}

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}'\s]/gu, " ")
    .split(/\s+/)
    .filter(Boolean);
}
