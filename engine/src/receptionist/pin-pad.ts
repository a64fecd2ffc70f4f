/** What the conversation says instead of a PIN: in its memory, the transcript and the captions. */
export const PIN_TYPED = "(PIN typed)";

const KEYS = /^[\d*#]+$/;

/** Only keys: a PIN is never spoken. */
export function isKeys(text: string): boolean {
  return KEYS.test(text);
}

/** What of the keypad nobody but the tool may read. Emptied by reading. */
export class PinPad {
  #keys: string | undefined;

  press(keys: string): void {
    this.#keys = keys.replace(/\D/g, "");
  }

  take(): string | undefined {
    const keys = this.#keys;
    this.#keys = undefined;
    return keys;
  }
}
