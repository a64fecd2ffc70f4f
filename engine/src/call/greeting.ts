import { SentenceSplitter } from "@sk-voice/models/llm/sentences.ts";

/** Texts as the sentences she will say, so that each is one cached phrase. */
export function sentences(...texts: readonly string[]): string[] {
  return texts.flatMap((text) => {
    const splitter = new SentenceSplitter();
    return [...splitter.push(text), ...splitter.flush()];
  });
}
