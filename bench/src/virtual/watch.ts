/** Levels of packets on the wire, for measurements from outside the engine. */
import { pcmu } from "@sk-voice/media/g711/index.ts";
import { RTP_HEADER_BYTES } from "@sk-voice/media/rtp/packet.ts";

/** −60 dBFS: what the playout calls silent. */
export const SILENT_PEAK = 33;
const AUDIO_BYTES = RTP_HEADER_BYTES + 160;
const samples = new Int16Array(160);

/** Peak of a 20 ms PCMU packet; 0 for anything else. */
export function packetPeak(packet: Uint8Array): number {
  if (packet.length !== AUDIO_BYTES) return 0;
  pcmu.decode(packet, samples, RTP_HEADER_BYTES, 160);
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  return peak;
}
