/** Replay protection (RFC 3711 section 3.3.2): a window of 64 packets behind the highest index seen. */

const WINDOW = 64;

export class ReplayWindow {
  #highest = -1;
  /** By index modulo the window: 1 when that index was seen. */
  readonly #seen = new Uint8Array(WINDOW);

  get highest(): number {
    return this.#highest;
  }

  /** False for an index seen already, or too old to tell. */
  isFresh(index: number): boolean {
    if (index > this.#highest) return true;
    if (this.#highest - index >= WINDOW) return false;
    return this.#seen[index % WINDOW] === 0;
  }

  /** Only after the packet has been authenticated. */
  accept(index: number): void {
    const steps = Math.min(WINDOW, index - this.#highest);
    for (let step = 0; step < steps; step++) this.#seen[(index - step) % WINDOW] = 0;
    this.#highest = Math.max(this.#highest, index);
    this.#seen[index % WINDOW] = 1;
  }
}
