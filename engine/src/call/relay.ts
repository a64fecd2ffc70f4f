import type { Playout } from "@sk-voice/media/playout.ts";
import { FRAME_SAMPLES } from "@sk-voice/media/units.ts";

/** What one side of a bridge does with the other's sound and keys. */
export interface Bridged {
  /** 20 ms of the other side. The array is the giver's and reused. */
  hear(samples: Int16Array): void;
  press(digit: string): void;
}

/** A leg that can be joined with another. */
export interface BridgeEnd extends Bridged {
  /** From now on this leg hears `other` and is heard by it. */
  bridge(other: Bridged): void;
}

/** Both ends are paced by one clock, so more than this waiting means a stall: what comes next is dropped, the delay stays. */
const MAX_WAITING_FRAMES = 4;
/** A playout item holds at most 60 s. */
const ITEM_FRAMES = 1000;

/** Sound that goes straight through: frames come in, the playout sends them, the waiting is bounded. */
export class Relay {
  droppedFrames = 0;
  #item = 0;
  #frames = ITEM_FRAMES;

  constructor(private readonly playout: Playout) {}

  push(samples: Int16Array): void {
    if (this.playout.stats().queuedSamples >= MAX_WAITING_FRAMES * FRAME_SAMPLES) {
      this.droppedFrames++;
      return;
    }
    if (this.#frames === ITEM_FRAMES) this.#nextItem();
    this.#frames++;
    this.playout.append(this.#id(), samples.slice());
  }

  #nextItem(): void {
    this.playout.finish(this.#id());
    this.#item++;
    this.#frames = 0;
    this.playout.add(this.#id(), "finish");
  }

  #id(): string {
    return `relay ${this.#item}`;
  }
}
