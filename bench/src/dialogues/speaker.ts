/**
 * A caller's words: answers what she asks, checks what she reads back, corrects it, repeats what she did not get. Pure.
 *
 * | she says                         | the caller                                              |
 * |----------------------------------|---------------------------------------------------------|
 * | something of `asides`            | says that, once                                         |
 * | she did not get it, still there? | repeats the last line                                   |
 * | reads back what is wanted        | yes                                                     |
 * | reads back something else        | no, and the wish                                        |
 * | asks for service, day, name …    | answers                                                 |
 * | offers times                     | the wanted one if it is among them, else `choice`       |
 * | anything else?                   | no, goodbye; then waits for her to hang up              |
 */
import type { Aside, DialogueCaller } from "./caller.ts";

const MAX_TURNS = 20;
const REPEAT =
  /didn't (?:quite )?(?:catch|get)|not very clear|not sure I understood|having trouble|still there|still here|say (?:it|that) (?:again|once)/i;
const READ_BACK = /shall i book it|moves to .* is that right|shall i cancel/i;
const BYE = "No, thank you. Goodbye.";

export class Speaker {
  readonly #asides: Aside[];
  #last = "";
  #turns = 0;
  #leaving = false;

  constructor(private readonly caller: DialogueCaller) {
    this.#asides = [...(caller.asides ?? [])];
  }

  /** `undefined`: nothing left to say. */
  next(heard: string): string | undefined {
    if (this.#leaving) return undefined;
    if (this.#turns++ === 0) return this.#say(this.caller.opening);
    if (this.#turns > MAX_TURNS) return this.#leave();
    return this.#answer(heard);
  }

  #answer(heard: string): string | undefined {
    const aside = this.#asides.findIndex(({ when }) => when.test(heard));
    if (aside >= 0) return this.#say(this.#asides.splice(aside, 1)[0]!.say);
    if (/anything else|thank you for calling|good ?bye/i.test(heard)) return this.#leave();
    if (REPEAT.test(heard) && !/shall i take a message/i.test(heard)) return this.#last;
    const { at, wish = "", name = "", service = "", choice = "The first one, please.", message } = this.caller;
    if (READ_BACK.test(heard))
      return this.#say(at === undefined || heard.includes(at) ? "Yes, please." : `No, ${wish}.`);
    if (/which service/i.test(heard)) return this.#say(`A ${service}, please.`);
    if (/calling from\?/i.test(heard)) return this.#say("Yes, please.");
    if (/that's [\d ,]+\. is that right/i.test(heard))
      return this.#say(this.#isMine(heard) ? "Yes, that's right." : "No.");
    if (/rest of the number|number can we reach|phone number|digit by digit/i.test(heard)) {
      return this.#say("Nine eight four five zero, one two three four five.");
    }
    if (/\bname\b/i.test(heard)) return this.#say(`My name is ${name}.`);
    if (/i have .*(?:\bor\b|which)/i.test(heard)) return this.#say(this.#pick(heard, choice));
    if (/next opening|would that (?:work|suit)|shall i take that/i.test(heard)) {
      return this.#say(this.#wants(heard) ? "Yes, that works." : choice);
    }
    if (/what (?:day|time)|which day|when would|at what time|suit you instead/i.test(heard))
      return this.#say(`${wish}.`);
    if (/what is it about|pass on\?/i.test(heard)) return this.#say(message ?? "Please call me back.");
    if (/shall i take a message/i.test(heard))
      return this.#say(message === undefined ? "No, thank you." : "Yes, please.");
    if (/is free\./i.test(heard)) return this.#say("Yes, please.");
    return this.#last;
  }

  /** Only the caller knows the right digits: those they dictate. */
  #isMine(heard: string): boolean {
    return heard.replace(/\D/g, "").includes("9845012345");
  }

  #wants(heard: string): boolean {
    return this.caller.at === undefined || heard.includes(this.caller.at) || this.caller.choice === undefined;
  }

  #pick(heard: string, choice: string): string {
    const time = /at (.*)$/.exec(this.caller.at ?? "")?.[1];
    const spoken = time?.replace(/:(\d+)/, " $1");
    return time !== undefined && heard.includes(time) ? `${spoken}, please.` : choice;
  }

  #leave(): string {
    this.#leaving = true;
    return this.#say(BYE);
  }

  #say(text: string): string {
    this.#last = text;
    return text;
  }
}
