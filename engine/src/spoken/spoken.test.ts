import { expect, test } from "bun:test";
import fc from "fast-check";
import { LOCALES } from "./locale.ts";
import { spoken } from "./spoken.ts";

const TABLE: readonly (readonly [locale: string, written: string, said: string])[] = [
  // Money and numbers: lakh and crore at home, thousand and million elsewhere.
  ["en-IN", "It is ₹1,25,000.", "It is one lakh twenty five thousand rupees."],
  ["en-US", "It is ₹125,000.", "It is one hundred twenty five thousand rupees."],
  ["en-IN", "₹2,50,00,000 or Rs. 1", "two crore fifty lakh rupees or one rupee"],
  ["en-IN", "₹5 lakh, Rs 500/-", "five lakh rupees, five hundred rupees"],
  ["en-US", "$1,250,000 in all", "one million two hundred fifty thousand dollars in all"],
  ["en-GB", "£1,250.50", "one thousand two hundred and fifty pounds and fifty pence"],
  ["en-US", "That's $0.99", "That's ninety nine cents"],
  ["en-US", "500 EUR or 20 €", "five hundred euros or twenty euros"],
  ["en-GB", "125,000 people", "one hundred and twenty five thousand people"],
  ["hi-IN", "₹1,25,000", "एक लाख पच्चीस हज़ार रुपये"],
  ["ta-IN", "₹1,25,500", "1 லட்சம் 25 ஆயிரம் 500 ரூபாய்"],
  ["en-IN", "20% off, 2.5 hours", "20 percent off, two point five hours"],
  ["hi-IN", "20%", "20 प्रतिशत"],
  // Dates: the day first, or the month.
  ["en-IN", "on 05/11/2026", "on the 5th of November 2026"],
  ["en-GB", "on 05/11/2026", "on the 5th of November 2026"],
  ["en-US", "on 05/11/2026", "on May 11th, 2026"],
  ["en-US", "on 24/11/2026", "on November 24th, 2026"],
  ["en-IN", "2026-11-22", "the 22nd of November 2026"],
  ["hi-IN", "24/11/2026", "24 नवंबर 2026"],
  ["ta-IN", "2026-11-24", "24 நவம்பர் 2026"],
  ["en-IN", "31/02/2026 is none", "31/02/2026 is none"],
  // Times.
  ["en-IN", "at 15:30", "at 3 30 pm"],
  ["en-US", "at 9:05 am", "at 9 oh 5 am"],
  ["en-GB", "from 09:00 to 12:00", "from 9 am to 12 noon"],
  ["en-US", "9:30 works", "9 30 works"],
  ["hi-IN", "15:30", "दोपहर तीन बजकर तीस मिनट"],
  ["hi-IN", "9:00 am", "सुबह नौ बजे"],
  ["ta-IN", "18:15", "மாலை 6 மணி 15 நிமிடம்"],
  // Telephone numbers: five and five at home, three, three and four in America.
  ["en-IN", "Call +91 98450 12345.", "Call 9 8 4 5 0, 1 2 3 4 5."],
  ["en-IN", "Call 9845012345 today", "Call 9 8 4 5 0, 1 2 3 4 5 today"],
  ["en-US", "(212) 555-0123", "2 1 2, 5 5 5, 0 1 2 3"],
  ["en-US", "+91 98450 12345", "plus 9 1, 9 8 4 5 0, 1 2 3 4 5"],
  ["en-GB", "020 7946 0018", "2 0, 7 9 4 6, 0 0 1 8"],
  // Figures that are no amount, and addresses.
  ["en-IN", "PIN code 560001", "PIN code 5 6 0, 0 0 1"],
  ["en-US", "info.desk@shop-one.in", "info dot desk at shop hyphen one dot in"],
  // What is left alone.
  ["en-IN", "3 pm, 24 November 2026, room 12", "3 pm, 24 November 2026, room 12"],
  ["de-DE", "am 24.11.2026 um 15:30", "am 24.11.2026 um 15:30"],
];

test.each(TABLE)("%s: %s", (locale, written, said) => {
  expect(spoken(written, locale)).toBe(said);
});

test("whatever a model writes, it comes back", () => {
  const piece = fc.constantFrom(
    "₹",
    "$",
    "1",
    "25",
    "000",
    ",",
    ".",
    ":",
    "/",
    "-",
    " ",
    "pm",
    "@",
    "a",
    "%",
    "+91",
    "98450",
  );
  fc.assert(
    fc.property(fc.constantFrom(...LOCALES), fc.array(piece, { maxLength: 24 }), (locale, pieces) => {
      const said = spoken(pieces.join(""), locale);
      expect(said.length).toBeLessThan(2000);
      expect(said).not.toContain("undefined");
      expect(said).not.toContain("NaN");
    }),
  );
});
