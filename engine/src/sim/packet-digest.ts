/** SHA-256 over every packet with its side and time. Hashed by the block: a call of the hash costs more than a packet. */
const BLOCK_BYTES = 32_768;
/** Side and time, two doubles. */
const STAMP_BYTES = 16;

export class PacketDigest {
  readonly #hash = new Bun.CryptoHasher("sha256");
  readonly #block = new Uint8Array(BLOCK_BYTES);
  readonly #view = new DataView(this.#block.buffer);
  #used = 0;

  /** @throws RangeError when the packet is longer than a block. */
  add(side: number, atMs: number, packet: Uint8Array): void {
    if (this.#used + STAMP_BYTES + packet.length > BLOCK_BYTES) this.#flush();
    this.#view.setFloat64(this.#used, side, true);
    this.#view.setFloat64(this.#used + 8, atMs, true);
    this.#block.set(packet, this.#used + STAMP_BYTES);
    this.#used += STAMP_BYTES + packet.length;
  }

  hex(): string {
    this.#flush();
    return this.#hash.digest("hex");
  }

  #flush(): void {
    this.#hash.update(this.#block.subarray(0, this.#used));
    this.#used = 0;
  }
}
