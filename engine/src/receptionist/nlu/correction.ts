/** "No, Friday, not Thursday" as a bad line leaves it: "No pridey, not thirsty." Two words in the form of a correction, each near a weekday. */
import { WEEKDAYS } from "@sk-voice/api/contract/index.ts";
import { editSimilarity } from "./similarity.ts";

const CORRECTION = /^(\W*no?[,.]? +)(\p{L}+)([,.]? +not +)(\p{L}+)(\W*)$/iu;
/** Two letters of six, three of eight. */
const NEAR = 0.6;

export function hearWeekdays(text: string): string {
  const found = CORRECTION.exec(text);
  if (!found) return text;
  const [, no, wanted, not, unwanted, end] = found;
  const [day, other] = [nearest(wanted!), nearest(unwanted!)];
  return day && other && day !== other ? `${no}${day}${not}${other}${end}` : text;
}

function nearest(word: string): string | undefined {
  const near = WEEKDAYS.map((day) => [editSimilarity(word.toLowerCase(), day), day] as const);
  const [best] = near.sort(([a], [b]) => b - a);
  return best && best[0] >= NEAR ? best[1] : undefined;
}
