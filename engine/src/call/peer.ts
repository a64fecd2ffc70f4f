/**
 * Symmetric RTP with a lock. We send to the address of the SDP until packets come from somewhere, then to where they come from: a NAT's port is only known
 * from its packets.
 *
 * | state     | packet from the signalled address and port | from where we latched | from anywhere else                               |
 * |-----------|---------------------------------------------|-----------------------|--------------------------------------------------|
 * | open      | locked                                      | –                     | latched on it                                    |
 * | latched   | locked: it may still displace a stranger    | stays                 | dropped; same address after 5 s silence: latched |
 * | locked    | stays                                       | –                     | dropped; same address after 5 s silence: latched |
 *
 * A re-INVITE opens it. A stranger can therefore be first, but never later; SRTP shuts it out altogether, for packets are authenticated before.
 */
import type { MediaTarget } from "./terms.ts";

/** A NAT that forgot its binding comes back on another port. */
const RELATCH_AFTER_SILENCE_MS = 5000;

export class SymmetricPeer {
  address: string;
  port: number;
  #state: "open" | "latched" | "locked" = "open";
  #lastMs = Number.NEGATIVE_INFINITY;
  /** Packets from an address that is not the latched one. */
  strangers = 0;

  constructor(private signalled: MediaTarget) {
    this.address = signalled.address;
    this.port = signalled.port;
  }

  /** Whether a packet from this source belongs to the call. */
  accepts(now: number, address: string, port: number): boolean {
    const isSignalled = address === this.signalled.address && port === this.signalled.port;
    const isKnown = address === this.address && port === this.port;
    if (this.#state !== "open" && !isKnown && !(isSignalled && this.#state === "latched")) {
      if (address !== this.address || now - this.#lastMs < RELATCH_AFTER_SILENCE_MS) {
        this.strangers++;
        return false;
      }
    }
    if (isSignalled) this.#state = "locked";
    else if (!isKnown || this.#state === "open") this.#state = "latched";
    this.#lastMs = now;
    this.address = address;
    this.port = port;
    return true;
  }

  /** The peer announced its address (again): where that is another than before, the next source is believed. */
  moved(signalled: MediaTarget): void {
    const isSame = signalled.address === this.signalled.address && signalled.port === this.signalled.port;
    if (isSame) return;
    this.signalled = signalled;
    this.#state = "open";
    this.address = signalled.address;
    this.port = signalled.port;
  }
}
