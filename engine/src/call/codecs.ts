/** The codecs of one call. A stateful one is needed thrice: to speak, to look for voice as packets arrive, and to play them in order. */
import type { AudioCoder, AudioDecoder } from "@sk-voice/media/codec.ts";
import { pcma, pcmu } from "@sk-voice/media/g711/index.ts";
import { G722 } from "@sk-voice/media/g722.ts";
import { RtpClock } from "@sk-voice/media/rtp/clock.ts";
import type { MediaTerms } from "./terms.ts";

export type OpusFactory = (role: "encode" | "decode") => AudioCoder;

export interface CallCodec {
  readonly name: MediaTerms["codec"];
  readonly encoder: AudioCoder;
  readonly arrival: AudioDecoder;
  readonly playback: AudioDecoder;
  /** Of its RTP timestamps, where that is not 8 kHz. */
  readonly clock: RtpClock | undefined;
  free(): void;
}

const OPUS_TICKS_PER_SAMPLE = 6;
const NOTHING = () => {};

/** @throws Error when Opus was agreed on without a factory: a bug of whoever negotiated. */
export function openCodec(name: MediaTerms["codec"], opus: OpusFactory | undefined): CallCodec {
  switch (name) {
    case "PCMU":
      return { name, encoder: pcmu, arrival: pcmu, playback: pcmu, clock: undefined, free: NOTHING };
    case "PCMA":
      return { name, encoder: pcma, arrival: pcma, playback: pcma, clock: undefined, free: NOTHING };
    case "G722":
      return {
        name,
        encoder: new G722(),
        arrival: new G722(),
        playback: new G722(),
        clock: undefined,
        free: NOTHING,
      };
    case "opus": {
      if (opus === undefined) throw new Error("Opus was negotiated, but this end was not given its library");
      const [encoder, arrival, playback] = [opus("encode"), opus("decode"), opus("decode")];
      return {
        name,
        encoder,
        arrival,
        playback,
        clock: new RtpClock(OPUS_TICKS_PER_SAMPLE),
        free: () => {
          for (const coder of [encoder, arrival, playback]) coder.free?.();
        },
      };
    }
  }
}
