/** What the caller says next, given what was heard. Pure. */

export interface Script {
  /** `undefined`: nothing more to say; the caller hangs up when she is done. */
  next(heard: string): string | undefined;
}

/** These lines in order, one for each of her turns. */
export function linesInOrder(lines: readonly string[]): Script {
  const left = [...lines];
  return { next: () => left.shift() };
}

interface Answer {
  readonly when: RegExp;
  readonly say: string;
  /** Ends the call after it. */
  readonly last?: boolean;
}

/** The caller of `bun run call`: wants an appointment tomorrow at three and answers what she asks, in whatever order she asks it. */
const BOOKING: readonly Answer[] = [
  { when: /\bwhich (one|would)\b|\bnot free\b/i, say: "The first one, please." },
  {
    when: /any ?thing else|can i help you with|good ?bye|thank you for calling/i,
    say: "No, thank you. Goodbye.",
    last: true,
  },
  { when: /\bname\b/i, say: "My name is Priya Raghavan." },
  { when: /number you are calling|number you're calling|calling from/i, say: "Yes, please." },
  { when: /\b(phone|number|reach you)\b/i, say: "Nine eight four five zero, one two three four five." },
  { when: /\b(shall|should|correct|right|confirm|go ahead|book it|okay with)\b/i, say: "Yes, please." },
  { when: /\bwhich service|what (service|kind|would)\b/i, say: "A consultation, please." },
  { when: /\b(what time|what day|which day)\b/i, say: "Tomorrow at three pm." },
];

const MAX_TURNS = 14;
/** She has not heard it: on a busy machine a line gets lost. */
const AGAIN = /catch that|get that|(?:that|it) (?:again|once more)|make out|i understood|trouble (?:on|hearing)/i;
/** She is still at the beginning, or asks who it is. */
const FROM_THE_START =
  /how can i help|ask me a question|anyone there|\bcalling,? please|ask who is calling|still there/i;

/** Opens with `opening`, then answers; says again what she did not hear. After fourteen turns it gives up politely. */
export function bookingCaller(opening: string): Script {
  let turns = 0;
  let over = false;
  let last = opening;
  return {
    next(heard) {
      if (over) return undefined;
      if (turns++ === 0 || (FROM_THE_START.test(heard) && turns < MAX_TURNS)) return opening;
      if (AGAIN.test(heard) && turns < MAX_TURNS) return last;
      const answer = BOOKING.find(({ when }) => when.test(heard));
      over = answer?.last === true || turns >= MAX_TURNS;
      last = over ? (answer?.say ?? "Thank you, goodbye.") : (answer?.say ?? "Yes, please.");
      return last;
    },
  };
}
