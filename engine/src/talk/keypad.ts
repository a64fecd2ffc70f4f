/** Keys of one answer: gathered until # or a pause; * takes the last one back. */
const MAX_KEYS = 32;

export class Keypad {
  #keys = "";

  get keys(): string {
    return this.#keys;
  }

  get isEmpty(): boolean {
    return this.#keys === "";
  }

  /** True when the answer is complete. */
  press(digits: string): boolean {
    for (const key of digits) {
      if (key === "#") return true;
      this.#keys = key === "*" ? this.#keys.slice(0, -1) : `${this.#keys}${key}`.slice(0, MAX_KEYS);
    }
    return false;
  }

  clear(): void {
    this.#keys = "";
  }
}
