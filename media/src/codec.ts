/** What the packet path needs of an audio codec. Everything in the path is 8 kHz mono; a codec that is not changes the rate itself, once. */

export interface AudioDecoder {
  /** Decodes `length` bytes from `offset` (default: all) into `out`; stops when `out` is full. Returns samples written; 0 for what cannot be decoded. */
  decode(payload: Uint8Array, out: Int16Array, offset?: number, length?: number): number;
}

/** One direction and one call each, unless it says that it keeps nothing from packet to packet (G.711). */
export interface AudioCoder extends AudioDecoder {
  /** Encodes into `out`; stops when `out` is full. Returns bytes written; 0 when it cannot. */
  encode(samples: Int16Array, out: Uint8Array): number;
  /** Gives back what the garbage collector does not see. */
  free?(): void;
}
