import { expect, test } from "bun:test";
import fc from "fast-check";
import { COLOUR, HAIRCUT, SALON } from "../sim/workspace.ts";
import { parseIntents, parseOrdinalChoice, parseYesNo } from "./intent.ts";
import { parseName } from "./names.ts";
import { normalise, tokens } from "./normalise.ts";
import { digitsForNumberWords } from "./numbers.ts";
import { parsePhone } from "./phone.ts";
import { findServices } from "./services.ts";
import { editSimilarity, phraseSimilarity, wordSimilarity } from "./similarity.ts";

function table<T>(read: (text: string) => T, rows: readonly (readonly [string, T])[]): void {
  expect(rows.map(([text]) => [text, read(text)])).toEqual(rows.map(([text, expected]) => [text, expected]));
}

test("number words", () => {
  table(
    (text) => digitsForNumberWords(tokens(text)).join(" "),
    [
      ["twenty four", "24"],
      ["twenty-four", "24"],
      ["two thirty", "2 30"],
      ["three forty five", "3 45"],
      ["nineteen", "19"],
      ["one hundred and five", "105"],
      ["five hundred", "500"],
      ["two thousand five hundred", "2500"],
      ["the fifteenth", "the 15th"],
      ["the twenty first", "the 21st"],
      ["the second of may", "the 2nd of may"],
      ["the third", "the 3rd"],
      ["just a second", "just a second"],
      ["the first one", "the first 1"],
      ["the first available", "the first available"],
      ["december twelfth", "december 12th"],
      ["nine eight four", "9 8 4"],
      ["hundreds of people", "hundreds of people"],
      ["", ""],
    ],
  );
});

test("one spelling", () => {
  table(normalise, [
    ["I’d like 3 P.M., please!", "i'd like 3 pm please"],
    ["at 3pm", "at 3 pm"],
    ["um, uh, hello", "hello"],
    ["3 o'clock", "3 oclock"],
    ["1,250 rupees", "1250 rupees"],
    ["twenty-four", "twenty four"],
    ["+91 98840", "+91 98840"],
    ["'quoted'", "quoted"],
    ["...", ""],
  ]);
});

test("phone numbers", () => {
  table(
    (text) => parsePhone(text, "IN", true)?.e164,
    [
      ["nine eight eight four oh one two three four five", "+919884012345"],
      ["98840 12345", "+919884012345"],
      ["988-401-2345", "+919884012345"],
      ["nine double eight four zero one two three four five", "+919884012345"],
      ["ninety eight eighty four zero twelve thirty four five", "+919884012345"],
      ["plus nine one nine eight eight four oh one two three four five", "+919884012345"],
      ["+91 98840 12345", "+919884012345"],
      ["my number is 98840, 12345", "+919884012345"],
      ["it's 9 8 8 4 0 and then 1 2 3 4 5", "+919884012345"],
      ["nine ate ate for oh one to three for five", "+919884012345"],
      ["9884012345#", "+919884012345"],
      ["98840", undefined],
      ["call me tomorrow at 3", undefined],
      ["no idea", undefined],
    ],
  );
  expect(parsePhone("nine triple eight", "IN", true)?.digits).toBe("9888");
  expect(parsePhone("212 555 0123", "US", true)).toEqual({ digits: "2125550123", e164: "+12125550123" });
  expect(parsePhone("tomorrow at 3 30", "IN", false)).toBeUndefined();
  expect(parsePhone("tomorrow at 3 my number is 98840 12345", "IN", false)?.e164).toBe("+919884012345");
});

test("names, asked for", () => {
  table(
    (text) => parseName(text, true),
    [
      ["Priya Raghavan", "Priya Raghavan"],
      ["Priya Ragavan.", "Priya Ragavan"],
      ["pre a ragavan", "Prea Ragavan"],
      ["Raghavan R A G H A V A N", "Raghavan"],
      ["Priya Ragavan, R A G H A V A N", "Priya Ragavan"],
      ["It's Priya", "Priya"],
      ["Yes, it's Priya Raghavan", "Priya Raghavan"],
      ["My name is John O'Neil", "John O'Neil"],
      ["this is Anita calling", "Anita"],
      ["I'm Sam Lee", "Sam Lee"],
      ["P R I Y A", "Priya"],
      ["P-R-I-Y-A", "Priya"],
      ["p. r. i. y. a.", "Priya"],
      ["PRIYA", "Priya"],
      ["the name is Kowalski", "Kowalski"],
      ["what time do you open", undefined],
      ["no", undefined],
      ["12345", undefined],
      ["", undefined],
    ],
  );
});

test("names, in passing", () => {
  table(
    (text) => parseName(text, false),
    [
      ["I'd like a haircut tomorrow at three, my name is Priya Raghavan", "Priya Raghavan"],
      ["my name is Priya and I want a haircut", "Priya"],
      ["Hi, this is Anita from Adyar", "Anita"],
      ["book it under the name of Sam Lee please", "Sam Lee"],
      ["I'm looking for a haircut", undefined],
      ["I'm interested in a haircut", undefined],
      ["I'm not sure", undefined],
      ["this is ridiculous", undefined],
      ["this is urgent", undefined],
      ["a haircut please", undefined],
      ["I'm calling about my bill", undefined],
    ],
  );
});

test("yes and no", () => {
  table(parseYesNo, [
    ["yes", "yes"],
    ["Yeah, sure.", "yes"],
    ["yes please", "yes"],
    ["that's right", "yes"],
    ["correct", "yes"],
    ["go ahead", "yes"],
    ["sounds good", "yes"],
    ["um, okay", "yes"],
    ["no, that's fine", "yes"],
    ["no problem", "yes"],
    ["I think yes", "yes"],
    ["haan ji", "yes"],
    ["no", "no"],
    ["nope", "no"],
    ["no thanks", "no"],
    ["not really", "no"],
    ["that's wrong", "no"],
    ["no, Friday", "no"],
    ["nahi", "no"],
    ["nothing", "no"],
    ["tomorrow", undefined],
    ["north street", undefined],
    ["", undefined],
  ]);
});

test("intents", () => {
  const has = (text: string) => [...parseIntents(text)].sort().join(" ");
  table(has, [
    ["I'd like to book an appointment", "book"],
    ["I want to cancel my appointment", "book cancel"],
    ["can I move my appointment to Friday", "book question reschedule"],
    ["can I talk to a human", "human question"],
    ["put me through to the manager please", "human"],
    ["I'd like to leave a message", "message"],
    ["ask him to call me back", "message"],
    ["goodbye", "goodbye"],
    ["that's all thanks", "goodbye thanks"],
    ["can you repeat that", "question repeat"],
    ["sorry?", "repeat"],
    ["hold on", "wait"],
    ["never mind", "never-mind"],
    ["sorry, wrong number", "wrong-number"],
    ["we are calling about your car's extended warranty", "spam"],
    ["hello", "greeting"],
    ["where are you", "question"],
    ["blue", ""],
  ]);
});

test("one of several offers", () => {
  table(parseOrdinalChoice, [
    ["the first one", 0],
    ["the second", 1],
    ["the last one", -1],
    ["the later one", -1],
    ["number two", 1],
    ["yes", undefined],
  ]);
});

test("services as heard on the phone", () => {
  table(
    (text) =>
      findServices(text, SALON.services)
        .map(({ id }) => id)
        .join(),
    [
      ["a haircut please", HAIRCUT],
      ["a hair cut please", HAIRCUT],
      ["hare cut", HAIRCUT],
      ["two haircuts", HAIRCUT],
      ["just a trim", HAIRCUT],
      ["hair color", COLOUR],
      ["I want to dye my hair, hair dye", COLOUR],
      ["a consultation", SALON.services[2]!.id],
      ["a consul tation", SALON.services[2]!.id],
      ["a massage", ""],
      ["an appointment", ""],
      ["a trip", ""],
    ],
  );
});

test("similarity is 1 for equal, symmetric and within 0 and 1", () => {
  expect(phraseSimilarity(tokens("a hair cut"), ["haircut"])).toBe(1);
  expect(wordSimilarity("raghavan", "ragavan")).toBeGreaterThan(0.85);
  expect(wordSimilarity("monday", "parking")).toBeLessThan(0.5);
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(editSimilarity(a, a)).toBe(1);
      const forth = wordSimilarity(a, b);
      expect(forth).toBe(wordSimilarity(b, a));
      expect(forth).toBeGreaterThanOrEqual(0);
      expect(forth).toBeLessThanOrEqual(1);
    }),
  );
});

test("goodbye as the recogniser hears it on a phone line", () => {
  for (const heard of ["go and buy", "good buy", "Goodbye"]) {
    expect([...parseIntents(heard)], heard).toContain("goodbye");
  }
  expect([...parseIntents("can i go and buy a toothbrush")]).not.toContain("goodbye");
});

test("courtesies name no service, however they sound", () => {
  const named = (name: string, ...aliases: string[]) => ({ ...SALON.services[0]!, id: name, name, aliases });
  // "thank you" and "teeth whitening" had the same consonants: "No, thank you." began a booking.
  const services = [named("Teeth whitening", "whitening"), named("Teeth cleaning", "cleaning"), named("Tanning")];
  for (const said of ["No, thank you.", "That's all, thank you. Goodbye.", "Yes, please.", "Thanks a lot, bye."])
    expect(findServices(said, services)).toEqual([]);
  expect(findServices("I want my teeth whitened, teeth whitening I mean", services).map(({ name }) => name)).toEqual([
    "Teeth whitening",
  ]);
});
