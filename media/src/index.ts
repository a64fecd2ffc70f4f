/** Table of contents, in the order audio takes: network → samples → network. Everything here is pure; no file does io. */

export * from "./dtmf/digits.ts";
export * from "./dtmf/inband.ts";
export * from "./dtmf/receiver.ts";
export * from "./dtmf/sender.ts";
// Her own voice come back: known, so kept from whoever decides that the caller speaks
export * from "./echo/guard.ts";
// From packets to a steady 20 ms frame: place by timestamp, decode, hide what was lost
export * from "./g711/index.ts";
export * from "./jitter/buffer.ts";
export * from "./jitter/conceal.ts";
export * from "./pcm.ts";
// Out to the network: what she says, one frame at a time
export * from "./playout.ts";
// Off the packet path: other sample rates, files, test tones
export * from "./resample.ts";
// Beside the audio: quality reports in both directions
export * from "./rtcp/packet.ts";
export * from "./rtcp/quality.ts";
export * from "./rtcp/reporter.ts";
// In from the network: header, sequence and loss, key presses
export * from "./rtp/packet.ts";
export * from "./rtp/receiver.ts";
export * from "./rtp/sender.ts";
export * from "./rtp/sequence.ts";
export * from "./tones.ts";
// Units and plain arithmetic
export * from "./units.ts";
export * from "./wav.ts";

// A seeded network for tests and benches: import "@sk-voice/media/sim/netem.ts" and "…/sim/prng.ts" directly
