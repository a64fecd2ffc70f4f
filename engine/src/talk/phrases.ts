/** Sentences she can say without thinking. They are synthesised before the first call, so none of them waits for a provider. */
export const PHRASES = {
  missed: "Sorry, I didn't catch that. Could you say it again?",
  unclear: "Sorry, the line is not very clear. Could you say that once more?",
  apology: "I'm sorry, I'm having trouble on my side. Please give me another moment, or say it again.",
  stillThere: "Are you still there?",
  nobodyThere: "I can't hear anything, so I'll hang up now. Please call again any time. Goodbye.",
  connecting: "I'm still trying to reach someone for you. One moment, please.",
  nobodyAvailable: "I'm sorry, nobody can take your call right now. Would you like to leave a message?",
} as const;

export type PhraseName = keyof typeof PHRASES;
