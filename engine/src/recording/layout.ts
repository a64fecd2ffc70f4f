/** Where which bytes of a recording go in its file: as they are behind a WAV header, or encrypted in chunks (`api/contract/recordings/sealed`). */
import {
  CHUNK_BYTES,
  type RecordingKey,
  SEALED_CHUNK_BYTES,
  SEALED_HEADER_BYTES,
  Sealer,
} from "@sk-voice/api/contract/recordings/sealed.ts";
import { WAV_HEADER_BYTES } from "@sk-voice/media/wav.ts";

export interface Piece {
  readonly bytes: Uint8Array;
  /** Offset in the file. */
  readonly at: number;
}

export interface Layout {
  /** The file's beginning. `bodyBytes`: of the sound, once it is all there. */
  header(wavHeader: Uint8Array, bodyBytes: number | undefined): Uint8Array;
  /** More sound; what can be written of it now. */
  add(bytes: Uint8Array): readonly Piece[];
  /** What is left at the end. */
  rest(): readonly Piece[];
}

export function plainLayout(): Layout {
  let at = WAV_HEADER_BYTES;
  return {
    header: (wavHeader) => wavHeader,
    add(bytes) {
      const piece = { bytes, at };
      at += bytes.length;
      return [piece];
    },
    rest: () => [],
  };
}

/** @param random that many random bytes */
export function sealedLayout(key: RecordingKey, recordingId: string, random: (bytes: number) => Uint8Array): Layout {
  const sealer = new Sealer(key, recordingId, random);
  const chunk = new Uint8Array(CHUNK_BYTES);
  let filled = 0;
  let index = 0;
  const seal = (): Piece => {
    const at = SEALED_HEADER_BYTES + index * SEALED_CHUNK_BYTES;
    const piece = { bytes: sealer.chunk(index, chunk.subarray(0, filled)), at };
    index++;
    filled = 0;
    return piece;
  };
  return {
    header: (wavHeader, bodyBytes) => sealer.header(wavHeader, bodyBytes),
    add(bytes) {
      const pieces: Piece[] = [];
      for (let from = 0; from < bytes.length; ) {
        const taken = Math.min(CHUNK_BYTES - filled, bytes.length - from);
        chunk.set(bytes.subarray(from, from + taken), filled);
        filled += taken;
        from += taken;
        if (filled === CHUNK_BYTES) pieces.push(seal());
      }
      return pieces;
    },
    rest: () => (filled === 0 ? [] : [seal()]),
  };
}
