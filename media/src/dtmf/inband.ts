import { GoertzelBank } from "../tones.ts";
import { DTMF_COLUMNS_HZ, DTMF_KEYPAD, DTMF_ROWS_HZ } from "./digits.ts";

/** 12.75 ms: three blocks fit into the shortest valid tone of 40 ms (ITU-T Q.24). */
const BLOCK_SAMPLES = 102;
/** −36 dBFS per tone. */
const MIN_POWER = 10 ** -3.6;
/** The two tones together; speech spreads its power wider ("talk-off"). */
const MIN_SHARE_OF_TOTAL = 0.8;
/** Twist allowed between row and column, 8 dB either way with room for filtering. */
const MAX_TWIST = 10 ** 0.8;
/** The strongest of a group against the next: 6 dB. */
const MIN_LEAD = 4;
/** Blocks in a row that must agree, on a digit and on its end. */
const BLOCKS_TO_BELIEVE = 2;

/** Dual tones in the audio itself, for callers whose provider sends no telephone-events. One per call; no allocation per frame. */
export class InbandDtmfDetector {
  readonly #bank = new GoertzelBank([...DTMF_ROWS_HZ, ...DTMF_COLUMNS_HZ], BLOCK_SAMPLES);
  #candidate = "";
  #agreeing = 0;
  #down = "";

  /** The digit whose press was recognised in these samples, or `undefined`. Each press is told once. */
  push(samples: Int16Array): string | undefined {
    let pressed: string | undefined;
    let at = 0;
    while (at < samples.length) {
      at = this.#bank.push(samples, at);
      if (this.#bank.ready) pressed = this.#judge(this.#digit()) ?? pressed;
    }
    return pressed;
  }

  #judge(digit: string): string | undefined {
    this.#agreeing = digit === this.#candidate ? this.#agreeing + 1 : 1;
    this.#candidate = digit;
    if (this.#agreeing < BLOCKS_TO_BELIEVE || digit === this.#down) return undefined;
    this.#down = digit;
    return digit === "" ? undefined : digit;
  }

  /** The digit in the finished block; empty when there is none. */
  #digit(): string {
    const { powers, totalPower } = this.#bank;
    const row = this.#strongest(0);
    const column = this.#strongest(4);
    if (row < 0 || column < 0) return "";
    const rowPower = powers[row]!;
    const columnPower = powers[column]!;
    const twisted = rowPower > columnPower * MAX_TWIST || columnPower > rowPower * MAX_TWIST;
    if (twisted || rowPower + columnPower < totalPower * MIN_SHARE_OF_TOTAL) return "";
    return DTMF_KEYPAD[row]![column - 4]!;
  }

  /** Index of the clear winner among the four frequencies from `first`; -1 when there is none. */
  #strongest(first: number): number {
    const { powers } = this.#bank;
    let best = first;
    for (let i = first + 1; i < first + 4; i++) if (powers[i]! > powers[best]!) best = i;
    if (powers[best]! < MIN_POWER) return -1;
    for (let i = first; i < first + 4; i++) if (i !== best && powers[i]! * MIN_LEAD > powers[best]!) return -1;
    return best;
  }
}
