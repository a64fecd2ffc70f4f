import { findHeadEnd, MAX_MESSAGE_BYTES } from "./parse.ts";

/** Cuts messages out of a byte stream (RFC 3261 section 18.3, keep-alives of RFC 5626 section 3.5.1). */

export type Frame =
  /** One whole message for `parseMessage`. */
  | { readonly kind: "message"; readonly bytes: Uint8Array }
  /** A double CRLF: answer with one CRLF. */
  | { readonly kind: "ping" }
  /** The stream cannot be understood any more: close the connection. */
  | { readonly kind: "broken"; readonly reason: string };

const NOTHING = new Uint8Array(0);
const latin1 = new TextDecoder("latin1");

/** One per connection. Holds at most one message plus one chunk. */
export class StreamFramer {
  #buffer: Uint8Array = NOTHING;
  /** Bytes already searched for the end of the head, so that a slow sender does not make the search quadratic. */
  #searched = 0;
  #broken = false;

  /** Bytes waiting for the rest of their message. */
  get pendingBytes(): number {
    return this.#buffer.length;
  }

  push(chunk: Uint8Array): void {
    if (this.#broken) return;
    const joined = new Uint8Array(this.#buffer.length + chunk.length);
    joined.set(this.#buffer);
    joined.set(chunk, this.#buffer.length);
    this.#buffer = joined;
  }

  /** The next frame, `undefined` when more bytes are needed. */
  next(): Frame | undefined {
    if (this.#broken) return undefined;
    const ping = this.#takeLineEnds();
    if (ping) return { kind: "ping" };
    if (this.#buffer[0] === 0x0d || this.#buffer[0] === 0x0a) return undefined;
    const end = findHeadEnd(this.#buffer, Math.max(0, this.#searched - 3));
    this.#searched = this.#buffer.length;
    if (end === undefined) {
      return this.#buffer.length > MAX_MESSAGE_BYTES ? this.#break("headers larger than 64 kB") : undefined;
    }
    const bodyLength = readContentLength(latin1.decode(this.#buffer.subarray(0, end.head)));
    if (bodyLength === undefined) return this.#break("no valid Content-Length on a stream");
    const length = end.body + bodyLength;
    if (length > MAX_MESSAGE_BYTES) return this.#break("message larger than 64 kB");
    if (this.#buffer.length < length) {
      this.#searched = end.head;
      return undefined;
    }
    return { kind: "message", bytes: this.#take(length) };
  }

  /** Swallows line ends between messages; true when they were a ping. Up to three wait for what follows. */
  #takeLineEnds(): boolean {
    const buffer = this.#buffer;
    if (buffer[0] === 0x0d && buffer[1] === 0x0a && buffer[2] === 0x0d && buffer[3] === 0x0a) {
      this.#take(4);
      return true;
    }
    let count = 0;
    while (buffer[count] === 0x0d || buffer[count] === 0x0a) count++;
    if (count > 0 && (count < buffer.length || count > 3)) this.#take(count);
    return false;
  }

  #take(length: number): Uint8Array {
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    this.#searched = 0;
    return taken;
  }

  #break(reason: string): Frame {
    this.#broken = true;
    this.#buffer = NOTHING;
    return { kind: "broken", reason };
  }
}

function readContentLength(head: string): number | undefined {
  const match = /^(?:content-length|l)[ \t]*:[ \t]*(\d{1,9})[ \t]*\r?$/im.exec(head);
  return match === null ? undefined : Number(match[1]);
}
