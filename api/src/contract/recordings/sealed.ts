/**
 * A recording encrypted at rest: AES-256-GCM in chunks, so that any range is read without the rest. Written by the engine, read by the api.
 *
 * | bytes | what |
 * |---|---|
 * | 0–5 | `SKREC1` |
 * | 6 | 1 when the recording was closed, 0 while it grows and after a crash |
 * | 7 | 0 |
 * | 8–15 | id of the key: the first 8 bytes of HMAC-SHA256(key, "sk-voice:recording-key-id") |
 * | 16–31 | salt |
 * | 32–43 | nonce of the header |
 * | 44–95 | encrypted: length of the body (u64, big-endian), the WAV header (44 bytes) |
 * | 96–111 | tag of the header; bytes 0–31 are authenticated with it |
 * | 112– | chunks: nonce (12), at most 32,768 encrypted bytes, tag (16); the chunk's number (u64) is authenticated with it |
 *
 * The file's own key is HKDF-SHA256(key, salt, recording id), so a chunk fits one place of one recording only, and random nonces suffice:
 * as in Tink's streaming AEAD, but that the header is written again when the length is known.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from "node:crypto";

const MAGIC = Buffer.from("SKREC1");
const CLOSED_AT = 6;
const ID_AT = 8;
const SALT_AT = 16;
const NONCE_AT = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const LENGTH_BYTES = 8;
const CIPHER = "aes-256-gcm";
/** Of the WAV header, which is kept in ours. */
export const HEAD_BYTES = 44;
export const SEALED_HEADER_BYTES = NONCE_AT + NONCE_BYTES + LENGTH_BYTES + HEAD_BYTES + TAG_BYTES;
/** Of one chunk, before and after encryption. */
export const CHUNK_BYTES = 32_768;
export const SEALED_CHUNK_BYTES = NONCE_BYTES + CHUNK_BYTES + TAG_BYTES;
export const KEY_BYTES = 32;

export interface RecordingKey {
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly secret: Uint8Array;
}

export type SealedFault = "recording_key_missing" | "recording_damaged";

/** Says whose fault it is: a key that is not configured, or a file that was changed. */
export class SealedError extends Error {
  override readonly name = "SealedError";
  constructor(
    readonly code: SealedFault,
    message: string,
  ) {
    super(message);
  }
}

const damaged = (what: string) =>
  new SealedError("recording_damaged", `The recording was changed or damaged since it was made: ${what}.`);

/** @param secret 32 bytes */
export function recordingKey(secret: Uint8Array): RecordingKey {
  const id = createHmac("sha256", secret).update("sk-voice:recording-key-id").digest().subarray(0, 8).toString("hex");
  return { id, secret };
}

export function isSealed(bytes: Uint8Array): boolean {
  return MAGIC.equals(bytes.subarray(0, MAGIC.length));
}

/** Was it closed, or is it still growing, or did its engine die? Not authenticated: for what needs no key. */
export function isClosed(header: Uint8Array): boolean {
  return header[CLOSED_AT] === 1;
}

function fileKey(key: RecordingKey, salt: Uint8Array, recordingId: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", key.secret, salt, `sk-voice:recording:${recordingId}`, KEY_BYTES));
}

function chunkNumber(index: number): Uint8Array {
  const bytes = Buffer.alloc(LENGTH_BYTES);
  bytes.writeBigUInt64BE(BigInt(index));
  return bytes;
}

function encrypt(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array, authenticated: Uint8Array): Buffer {
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(authenticated);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Uint8Array, sealed: Uint8Array, authenticated: Uint8Array, what: string): Buffer {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw damaged(`${what} is cut off`);
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(authenticated).setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES)), decipher.final()]);
  } catch {
    throw damaged(`${what} does not fit`);
  }
}

export class Sealer {
  readonly #key: Uint8Array;
  readonly #prefix: Buffer;

  /** @param random that many random bytes */
  constructor(
    key: RecordingKey,
    recordingId: string,
    private readonly random: (bytes: number) => Uint8Array,
  ) {
    const salt = random(NONCE_AT - SALT_AT);
    this.#key = fileKey(key, salt, recordingId);
    this.#prefix = Buffer.concat([MAGIC, Buffer.alloc(2), Buffer.from(key.id, "hex"), salt]);
  }

  /** @param bodyBytes `undefined` while it grows */
  header(head: Uint8Array, bodyBytes: number | undefined): Uint8Array {
    if (head.length !== HEAD_BYTES) throw new Error(`bug: a WAV header of ${head.length} bytes`);
    const prefix = Buffer.from(this.#prefix);
    prefix[CLOSED_AT] = bodyBytes === undefined ? 0 : 1;
    const plain = Buffer.concat([chunkNumber(bodyBytes ?? 0), head]);
    return Buffer.concat([prefix, encrypt(this.#key, this.random(NONCE_BYTES), plain, prefix)]);
  }

  /** @param plain `CHUNK_BYTES`, fewer in the last */
  chunk(index: number, plain: Uint8Array): Uint8Array {
    return encrypt(this.#key, this.random(NONCE_BYTES), plain, chunkNumber(index));
  }
}

/** A sealed recording's header, read: where which byte of the WAV is, and what turns chunks into it. */
export class Opener {
  readonly head: Uint8Array;
  readonly bodyBytes: number;
  readonly #key: Uint8Array;

  /**
   * @param header the first `SEALED_HEADER_BYTES`
   * @param fileBytes of the whole file
   * @throws SealedError
   */
  constructor(header: Uint8Array, fileBytes: number, keys: readonly RecordingKey[], recordingId: string) {
    if (header.length < SEALED_HEADER_BYTES || !isSealed(header)) throw damaged("it does not begin as one of ours");
    const id = Buffer.from(header.subarray(ID_AT, SALT_AT)).toString("hex");
    const key = keys.find((known) => known.id === id);
    if (key === undefined) {
      throw new SealedError(
        "recording_key_missing",
        `The recording is encrypted with key ${id}, which this server does not have; its operator adds it to SK_RECORDING_KEY, after the current one.`,
      );
    }
    this.#key = fileKey(key, header.subarray(SALT_AT, NONCE_AT), recordingId);
    const plain = decrypt(
      this.#key,
      header.subarray(NONCE_AT, SEALED_HEADER_BYTES),
      header.subarray(0, NONCE_AT),
      "its header",
    );
    this.head = plain.subarray(LENGTH_BYTES);
    const there = bodyBytesIn(fileBytes);
    this.bodyBytes = isClosed(header) ? Number(plain.readBigUInt64BE()) : there;
    if (this.bodyBytes !== there) throw damaged(`${there} bytes of sound are there instead of ${this.bodyBytes}`);
  }

  /** @throws SealedError for a chunk that was changed or stands in another's place */
  chunk(index: number, sealed: Uint8Array): Uint8Array {
    return decrypt(this.#key, sealed, chunkNumber(index), `chunk ${index}`);
  }
}

/** How much sound a sealed file of so many bytes holds; the crashed engine's last chunk may be cut off. */
function bodyBytesIn(fileBytes: number): number {
  const chunks = Math.max(0, fileBytes - SEALED_HEADER_BYTES);
  const rest = chunks % SEALED_CHUNK_BYTES;
  return Math.floor(chunks / SEALED_CHUNK_BYTES) * CHUNK_BYTES + Math.max(0, rest - NONCE_BYTES - TAG_BYTES);
}
