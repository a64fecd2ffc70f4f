/**
 * Twilio's media stream protocol (twilio.com/docs/voice/media-streams/websocket-messages, bidirectional): JSON messages with base64 μ-law. Twilio speaks it, and the dashboard's
 * browser call does. To the rest of the engine the stream is an RTP peer: this translates one into the other and owns no socket.
 *
 * | from the client | becomes                                                   |
 * |-----------------|-----------------------------------------------------------|
 * | connected       | nothing                                                   |
 * | start           | `start`, once, with the caller's number where it is known |
 * | media           | RTP packets of 20 ms, stamped with the client's clock     |
 * | dtmf            | one RFC 4733 key press                                    |
 * | mark            | the round trip of one of our marks                        |
 * | stop            | `stop`                                                    |
 * | anything else   | `bad`, counted; the call goes on                          |
 */
import { createRtpHeader, parseRtp } from "@sk-voice/media/rtp/packet.ts";
import type { RtpSenderOptions } from "@sk-voice/media/rtp/sender.ts";
import { TICKS_PER_MS } from "@sk-voice/media/units.ts";
import { z } from "zod";
import { PCMU_PAYLOAD_TYPE, StreamRtp } from "./stream-rtp.ts";

/** Half a second in one message: more is no telephone. */
const MAX_MEDIA_BYTES = 4000;
const MARK_EVERY_FRAMES = 50;

const digits = z.union([z.string().regex(/^\d{1,16}$/), z.number().int().nonnegative()]);
const parameters = z.record(z.string(), z.string().max(500));

const ClientMessage = z.discriminatedUnion("event", [
  z.object({ event: z.literal("connected") }),
  z.object({
    event: z.literal("start"),
    streamSid: z.string().min(1).max(100),
    start: z.object({
      callSid: z.string().max(100).optional(),
      customParameters: parameters.optional(),
      mediaFormat: z
        .object({ encoding: z.literal("audio/x-mulaw"), sampleRate: z.literal(8000), channels: z.literal(1) })
        .optional(),
    }),
  }),
  z.object({
    event: z.literal("media"),
    media: z.object({
      track: z.enum(["inbound", "outbound"]).optional(),
      /** Milliseconds since the stream began. */
      timestamp: digits.optional(),
      payload: z.base64().max(Math.ceil(MAX_MEDIA_BYTES / 3) * 4),
    }),
  }),
  z.object({ event: z.literal("dtmf"), dtmf: z.object({ digit: z.string().length(1) }) }),
  z.object({ event: z.literal("mark"), mark: z.object({ name: z.string().max(100) }) }),
  z.object({ event: z.literal("stop") }),
]);

export type StreamEvent =
  | {
      readonly type: "start";
      readonly streamSid: string;
      readonly callSid: string | undefined;
      readonly parameters: Readonly<Record<string, string>>;
    }
  | { readonly type: "stop" };

/** What the stream has counted. */
export interface StreamFigures {
  badMessages: number;
  /** Sent to the client and played there, our marks say; `undefined` until the first comes back. */
  roundTripMs: number | undefined;
}

export class MediaStream {
  readonly figures: StreamFigures = { badMessages: 0, roundTripMs: undefined };
  readonly #rtp: StreamRtp;
  readonly #header = createRtpHeader();
  readonly #marks = new Map<string, number>();
  #streamSid: string | undefined;
  #framesSent = 0;

  /** `toMedia` is given RTP packets for the media thread, valid during the call. */
  constructor(random: RtpSenderOptions, toMedia: (packet: Uint8Array) => void) {
    this.#rtp = new StreamRtp(random, toMedia);
  }

  /** One text message of the client. */
  receive(now: number, text: string): StreamEvent | undefined {
    const parsed = ClientMessage.safeParse(parseJson(text));
    if (!parsed.success) {
      this.figures.badMessages++;
      return undefined;
    }
    const message = parsed.data;
    switch (message.event) {
      case "connected":
        return undefined;
      case "start":
        return this.#onStart(message.streamSid, message.start.callSid, message.start.customParameters ?? {});
      case "media":
        if (message.media.track !== "outbound") this.#onMedia(message.media.payload, message.media.timestamp);
        return undefined;
      case "dtmf":
        if (!this.#rtp.press(message.dtmf.digit)) this.figures.badMessages++;
        return undefined;
      case "mark":
        this.#onMark(now, message.mark.name);
        return undefined;
      case "stop":
        return { type: "stop" };
    }
  }

  /** The messages that carry one RTP packet of hers; none before `start`, or when it holds no audio. */
  send(now: number, packet: Uint8Array): string[] {
    if (this.#streamSid === undefined || parseRtp(packet, this.#header) !== "ok") return [];
    if (this.#header.payloadType !== PCMU_PAYLOAD_TYPE) return [];
    const { payloadOffset: offset, payloadLength: length } = this.#header;
    const payload = Buffer.from(packet.buffer, packet.byteOffset + offset, length).toString("base64");
    const streamSid = this.#streamSid;
    const messages = [JSON.stringify({ event: "media", streamSid, media: { payload } })];
    if (++this.#framesSent % MARK_EVERY_FRAMES === 0) messages.push(this.#mark(now, streamSid));
    return messages;
  }

  /** She was interrupted: the client forgets what it has not played. */
  clear(): string | undefined {
    return this.#streamSid === undefined ? undefined : JSON.stringify({ event: "clear", streamSid: this.#streamSid });
  }

  #onStart(
    streamSid: string,
    callSid: string | undefined,
    custom: Readonly<Record<string, string>>,
  ): StreamEvent | undefined {
    if (this.#streamSid !== undefined) {
      this.figures.badMessages++;
      return undefined;
    }
    this.#streamSid = streamSid;
    return { type: "start", streamSid, callSid, parameters: custom };
  }

  /** The client's timestamps place its audio, so that what it did not send is a gap; a browser without them is taken as gapless. */
  #onMedia(payload: string, timestamp: string | number | undefined): void {
    const ticks = timestamp === undefined ? this.#rtp.nextTicks : Number(timestamp) * TICKS_PER_MS;
    this.#rtp.push(Buffer.from(payload, "base64"), ticks);
  }

  #mark(now: number, streamSid: string): string {
    const name = String(this.#framesSent);
    // A client that never answers marks costs one entry at most.
    this.#marks.clear();
    this.#marks.set(name, now);
    return JSON.stringify({ event: "mark", streamSid, mark: { name } });
  }

  #onMark(now: number, name: string): void {
    const sentMs = this.#marks.get(name);
    if (sentMs === undefined) return;
    this.#marks.delete(name);
    this.figures.roundTripMs = Math.round(now - sentMs);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
