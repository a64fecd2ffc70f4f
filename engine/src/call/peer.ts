/**
 * Symmetric RTP with a lock: we send to the address of the SDP until packets come from somewhere, then to where they come from (a
 * NAT's port is only known from its packets). The source is latched by its first packet; a stranger's later packets are dropped. The
 * latch opens again after a re-INVITE, or when the source has been silent for five seconds.
 */
import type { MediaTarget } from "./terms.ts";

const RELATCH_AFTER_SILENCE_MS = 5000;

export class SymmetricPeer {
  address: string;
  port: number;
  #latched = false;
  #lastMs = Number.NEGATIVE_INFINITY;
  /** Packets from an address that is not the latched one. */
  strangers = 0;

  constructor(signalled: MediaTarget) {
    this.address = signalled.address;
    this.port = signalled.port;
  }

  /** Whether a packet from this source belongs to the call. */
  accepts(now: number, address: string, port: number): boolean {
    if (this.#latched && (address !== this.address || port !== this.port)) {
      if (now - this.#lastMs < RELATCH_AFTER_SILENCE_MS) {
        this.strangers++;
        return false;
      }
    }
    this.#latched = true;
    this.#lastMs = now;
    this.address = address;
    this.port = port;
    return true;
  }

  /** The peer announced another address: the next source is believed. */
  moved(signalled: MediaTarget): void {
    this.#latched = false;
    this.address = signalled.address;
    this.port = signalled.port;
  }
}
