/** Digits in the order of their RFC 4733 event codes (section 3.2, table 3): the index is the code. */
export const DTMF_DIGITS = "0123456789*#ABCD";

/** Row and column frequencies of the telephone keypad, ITU-T Q.23. */
export const DTMF_ROWS_HZ = [697, 770, 852, 941] as const;
export const DTMF_COLUMNS_HZ = [1209, 1336, 1477, 1633] as const;

/** Keys by row and column of the keypad. */
export const DTMF_KEYPAD = ["123A", "456B", "789C", "*0#D"] as const;

/** RFC 4733 event code of a digit; -1 when it is none. */
export function eventOfDigit(digit: string): number {
  return digit.length === 1 ? DTMF_DIGITS.indexOf(digit) : -1;
}

/** The two frequencies of a digit, row first; `undefined` when it is none. */
export function frequenciesOfDigit(digit: string): readonly [number, number] | undefined {
  const row = DTMF_KEYPAD.findIndex((keys) => digit.length === 1 && keys.includes(digit));
  if (row === -1) return undefined;
  return [DTMF_ROWS_HZ[row]!, DTMF_COLUMNS_HZ[DTMF_KEYPAD[row]!.indexOf(digit)]!];
}
