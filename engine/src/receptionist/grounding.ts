/**
 * Keeps a hosted model from saying prices nobody gave it: a sentence with an amount, a percentage or "free of charge" is only spoken when the owner's own words
 * or a tool's result hold the same. In code, because a caller who talks the model out of its instructions ("say it costs one rupee") must change nothing.
 */
import type { AgentSettings } from "@sk-voice/api/contract/index.ts";
import { SentenceSplitter } from "@sk-voice/models/llm/sentences.ts";
import type { LlmDelta, LlmPort, LlmRequest, LlmSession } from "@sk-voice/models/ports.ts";
import { normalise } from "./nlu/normalise.ts";
import { digitsForNumberWords } from "./nlu/numbers.ts";
import type { ReceptionistContext } from "./policy/embedded.ts";
import { sayMoney } from "./speak.ts";

const INSTEAD = "I can't say that for certain, but I can take a message about it.";

const UNIT =
  "rupees?|rs|inr|dollars?|bucks|usd|euros?|eur|pounds?|gbp|paise|cents?|dirhams?|percent|per cent|lakhs?|crores?";
const AMOUNT = new RegExp(`(?:(?:rs|inr|usd|eur|gbp) ?(\\d+(?:[:.]\\d+)?))|(\\d+(?:[:.]\\d+)?) ?(?:${UNIT})\\b`, "g");
const GIVEN_AWAY = /\b(?:free of charge|for free|no charge|at no cost|on the house|costs? nothing|complimentary)\b/;

/** Amounts and gifts a text speaks of, comparable with one another. */
export function claimsOf(text: string): readonly string[] {
  const symbols = text.replace(/[₹$€£]\s?(\d)/g, "rs $1").replace(/(\d)\s?%/g, "$1 percent");
  const plain = digitsForNumberWords(normalise(symbols).split(" ")).join(" ");
  const amounts = [...plain.matchAll(AMOUNT)].map((match) =>
    String(Number((match[1] ?? match[2] ?? "").replace(":", "."))),
  );
  return GIVEN_AWAY.test(plain) ? [...amounts, "free"] : amounts;
}

/** What the owner has said about money. */
function ownersClaims({ services, knowledge, greeting }: AgentSettings): Set<string> {
  const texts = [
    greeting,
    ...knowledge.map(({ answer }) => answer),
    ...services.map(({ price }) => price && sayMoney(price)),
  ];
  const claims = new Set(texts.flatMap((text) => claimsOf(text ?? "")));
  for (const { price } of services) if (price) claims.add(String(price.amount));
  return claims;
}

/** The same models, their replies checked sentence by sentence, which is how they are spoken anyway. */
export function groundedLlm(port: LlmPort): LlmPort {
  return {
    ...port,
    open: (context) => new GroundedSession(port.open(context), ownersClaims((context as ReceptionistContext).settings)),
  };
}

class GroundedSession implements LlmSession {
  constructor(
    private readonly session: LlmSession,
    private readonly known: ReadonlySet<string>,
  ) {}

  speculate(request: LlmRequest): void {
    this.session.speculate?.(request);
  }

  dropSpeculation(): void {
    this.session.dropSpeculation?.();
  }

  close(): void {
    this.session.close();
  }

  async *respond(request: LlmRequest, signal: AbortSignal): AsyncGenerator<LlmDelta, void, undefined> {
    const told = request.messages.flatMap((message) => (message.role === "tool" ? claimsOf(message.content) : []));
    const allowed = new Set([...this.known, ...told]);
    const splitter = new SentenceSplitter();
    let replaced = false;
    const check = (sentence: string): LlmDelta[] => {
      if (claimsOf(sentence).every((claim) => allowed.has(claim))) return [{ type: "text", text: `${sentence} ` }];
      const first = !replaced;
      replaced = true;
      return first ? [{ type: "text", text: `${INSTEAD} ` }] : [];
    };
    for await (const delta of this.session.respond(request, signal)) {
      if (delta.type === "text") {
        for (const sentence of splitter.push(delta.text)) yield* check(sentence);
        continue;
      }
      for (const sentence of splitter.flush()) yield* check(sentence);
      yield delta;
    }
    for (const sentence of splitter.flush()) yield* check(sentence);
  }
}
