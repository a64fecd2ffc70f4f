/** Words substituted, inserted and left out, after spelling is made equal: "3 p.m." and "three pm" are the same words. */
export function wordErrors(expected: string, actual: string): { errors: number; words: number } {
  const a = wordsOf(expected);
  const b = wordsOf(actual);
  let row = b.map((_, i) => i + 1);
  a.forEach((word, i) => {
    let diagonal = i;
    let left = i + 1;
    row = b.map((other, j) => {
      const cost = Math.min(diagonal + (word === other ? 0 : 1), row[j]! + 1, left + 1);
      diagonal = row[j]!;
      left = cost;
      return cost;
    });
  });
  return { errors: b.length === 0 ? a.length : row.at(-1)!, words: a.length };
}

const DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .replace(/\b([ap])\.? ?m\b\.?/g, " $1m ")
    .replace(/:00\b/g, " ")
    .replace(/\d/g, (digit) => ` ${DIGITS[Number(digit)]} `)
    .replace(/[^a-z' ]/g, " ")
    .split(/\s+/)
    .filter(Boolean);
}
