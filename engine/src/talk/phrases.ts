/** Sentences she can say without thinking. They are synthesised before the first call, so none of them waits for a provider. */
export const PHRASES = {
  missed: "Sorry, I didn't catch that. Could you say it again?",
  missedAgain: "I'm sorry, I still can't make out the words. Could you speak a little slower, please?",
  deaf: "I'm having trouble hearing you on my side. You can press the keys of your phone, or call again in a few minutes.",
  unclear: "Sorry, the line is not very clear. Could you say that once more?",
  apology: "I'm sorry, I'm having trouble on my side. Please give me another moment, or say it again.",
  apologyAgain: "I'm sorry, it is still not working. Could you say that once more?",
  giveUp: "I'm sorry, I can't help you right now. Please call again in a few minutes. Goodbye.",
  stillThere: "Are you still there?",
  nobodyThere: "I can't hear anything, so I'll hang up now. Please call again any time. Goodbye.",
  connecting: "I'm still trying to reach someone for you. One moment, please.",
  nobodyAvailable: "I'm sorry, nobody can take your call right now. Would you like to leave a message?",
  whoIsCalling: "Who is calling, please?",
  whoIsCallingAgain: "Sorry, may I ask who is calling?",
  anyoneThere: "Hello, is anyone there?",
  testCall: "Hello, this is the test call you asked for.",
  noAutomatedCalls: "This number does not take automated calls. Goodbye.",
} as const;

/** While something really takes long. Taken in turn, so that none comes twice in a row. */
const FILLERS = ["One moment.", "Just a second.", "Let me see.", "Bear with me."] as const;
const LONG_FILLERS = [
  "I'm still on it, one moment.",
  "Thank you for waiting.",
  "It takes a little longer than usual.",
] as const;

/** What hosted models are asked to begin with: a sentence that is ready before the rest of the reply is thought. */
export const OPENERS = [
  "Sure.",
  "Of course.",
  "Yes.",
  "No.",
  "All right.",
  "Thank you.",
  "Let me see.",
  "I'm sorry.",
] as const;

/** One per call. */
export class Fillers {
  #count = 0;
  #inReply = 0;

  next(): string {
    const list = this.#inReply++ === 0 ? FILLERS : LONG_FILLERS;
    return list[this.#count++ % list.length]!;
  }

  newReply(): void {
    this.#inReply = 0;
  }
}

/** Everything that must be ready before it is needed. */
export const STOCK: readonly string[] = [...Object.values(PHRASES), ...FILLERS, ...LONG_FILLERS, ...OPENERS];
const KNOWN = new Set(STOCK);

export function isStock(text: string): boolean {
  return KNOWN.has(text);
}
