/** Opus by libopus-wasm, at 8 kHz on our side: libopus changes the rate itself. Loaded once a thread (75 ms); a coder is ready a moment after it was asked for. */
import type { AudioCoder } from "@sk-voice/media/codec.ts";
import {
  Application,
  createDecoder,
  createEncoder,
  loadLibopus,
  type OpusDecoderHandle,
  type OpusEncoderHandle,
} from "libopus-wasm";
import type { OpusFactory } from "../call/codecs.ts";

const SHARED = { sampleRate: 8000, channels: 1 } as const;
/** 24 kbit/s and complexity 3: 0.19 ms a frame here, and the voice is telephone-band anyway. FEC for callers on bad lines. */
const ENCODER = { application: Application.Voip, bitrate: 24_000, complexity: 3, fec: true, packetLossPercent: 5 };

export async function loadOpus(): Promise<OpusFactory> {
  await loadLibopus();
  return (role) => new OpusCoder(role);
}

class OpusCoder implements AudioCoder {
  #encoder: OpusEncoderHandle | undefined;
  #decoder: OpusDecoderHandle | undefined;
  #freed = false;

  constructor(role: "encode" | "decode") {
    void (role === "encode" ? this.#openEncoder() : this.#openDecoder());
  }

  decode(payload: Uint8Array, out: Int16Array, offset = 0, length = payload.length - offset): number {
    try {
      const samples = this.#decoder?.decode(payload.subarray(offset, offset + length)) ?? EMPTY;
      const count = Math.min(samples.length, out.length);
      for (let i = 0; i < count; i++) out[i] = samples[i]!;
      return count;
    } catch {
      // What the network brings may be no Opus.
      return 0;
    }
  }

  encode(samples: Int16Array, out: Uint8Array): number {
    const packet = this.#encoder?.encode(samples, { frameSize: samples.length });
    if (packet === undefined || packet.length > out.length) return 0;
    out.set(packet);
    return packet.length;
  }

  free(): void {
    this.#freed = true;
    this.#encoder?.free();
    this.#decoder?.free();
    this.#encoder = undefined;
    this.#decoder = undefined;
  }

  async #openEncoder(): Promise<void> {
    const encoder = await createEncoder({ ...SHARED, ...ENCODER });
    if (this.#freed) encoder.free();
    else this.#encoder = encoder;
  }

  async #openDecoder(): Promise<void> {
    const decoder = await createDecoder(SHARED);
    if (this.#freed) decoder.free();
    else this.#decoder = decoder;
  }
}

const EMPTY = new Int16Array(0);
