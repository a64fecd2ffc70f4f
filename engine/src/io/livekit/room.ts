/** One room joined with `@livekit/rtc-node`: the caller's sound in, hers out, words and keys. */

import { ROOM_FRAME_SAMPLES, ROOM_RATE_HZ } from "../../transports/livekit/bridge.ts";
import type { RoomParticipant } from "../../transports/livekit/participant.ts";
import { monotonicMs } from "../clock.ts";
import type { EndedBy } from "../peer-calls.ts";
import type {
  Library,
  LibraryParticipant,
  LibraryPublication,
  LibraryRoom,
  LibrarySource,
  LibraryTrack,
} from "./library.ts";

export interface RoomEvents {
  onJoined(): void;
  onLeft(identity: string): void;
  onKey(identity: string, digit: string): void;
  /** The room is gone, or we are out of it; not after `leave`. */
  onGone(by: EndedBy): void;
}

export interface RoomLink {
  readonly participants: readonly RoomParticipant[];
  /** From now on, what this participant says: mono at 48 kHz, in pieces of 20 ms. */
  listen(identity: string, onFrame: (now: number, samples: Int16Array) => void): void;
  /** 20 ms at 48 kHz. Resolves when there is room for the next; rejects when the room is gone. */
  speak(samples: Int16Array): Promise<void>;
  /** What was given and is not yet said, is not. */
  hush(): void;
  tell(topic: string, text: string): void;
  leave(): Promise<void>;
}

export type JoinRoom = (token: string, events: RoomEvents) => Promise<RoomLink>;

/** What the library keeps of her voice ahead of the wire. */
export const QUEUE_MS = 100;
const FRAME_MS = 20;
const AUDIO = 1;
const MICROPHONE = 2;
const KINDS: Record<number, RoomParticipant["kind"]> = { 0: "standard", 3: "sip", 4: "agent" };
/** livekit_models.proto, DisconnectReason: PARTICIPANT_REMOVED, ROOM_DELETED, ROOM_CLOSED. Somebody over there has ended it; everything else is a failure. */
const ENDED_THERE: readonly number[] = [4, 5, 10];

export function joinRooms(library: Library, url: string): JoinRoom {
  return async (token, events) => {
    const room = new library.Room();
    const link = new LiveKitRoom(library, room, events);
    try {
      await room.connect(url, token, { autoSubscribe: false, dynacast: false });
      await link.publish();
    } catch (error) {
      await link.leave();
      throw error;
    }
    return link;
  };
}

class LiveKitRoom implements RoomLink {
  readonly #source: LibrarySource;
  #heard: { readonly identity: string; readonly onFrame: (now: number, samples: Int16Array) => void } | undefined;
  #reader: ReadableStreamDefaultReader<unknown> | undefined;
  #isLeft = false;

  constructor(
    private readonly library: Library,
    private readonly room: LibraryRoom,
    events: RoomEvents,
  ) {
    this.#source = new library.AudioSource(ROOM_RATE_HZ, 1, QUEUE_MS);
    room.on("participantConnected", () => events.onJoined());
    room.on("participantDisconnected", ({ identity }) => events.onLeft(identity));
    room.on("dtmfReceived", (_code, digit, { identity }) => events.onKey(identity, digit));
    room.on("trackPublished", (publication, participant) => this.#subscribe(publication, participant.identity));
    room.on("trackSubscribed", (track, _publication, participant) => this.#onTrack(track, participant.identity));
    room.on("disconnected", (reason) => {
      if (!this.#isLeft) events.onGone(ENDED_THERE.includes(reason) ? "caller" : "error");
    });
  }

  get participants(): RoomParticipant[] {
    return [...this.room.remoteParticipants.values()].map(participantOf);
  }

  async publish(): Promise<void> {
    const { LocalAudioTrack, TrackPublishOptions } = this.library;
    const track = LocalAudioTrack.createAudioTrack("receptionist", this.#source);
    await this.room.localParticipant?.publishTrack(track, new TrackPublishOptions({ source: MICROPHONE }));
  }

  listen(identity: string, onFrame: (now: number, samples: Int16Array) => void): void {
    this.#heard = { identity, onFrame };
    const caller = this.room.remoteParticipants.get(identity);
    for (const publication of caller?.trackPublications.values() ?? []) this.#subscribe(publication, identity);
  }

  async speak(samples: Int16Array): Promise<void> {
    if (this.#isLeft) throw new Error("she has left the room");
    await this.#source.captureFrame(new this.library.AudioFrame(samples, ROOM_RATE_HZ, 1, ROOM_FRAME_SAMPLES));
  }

  hush(): void {
    if (!this.#isLeft) this.#source.clearQueue();
  }

  tell(topic: string, text: string): void {
    if (this.#isLeft) return;
    const sent = this.room.localParticipant?.publishData(new TextEncoder().encode(text), { reliable: true, topic });
    // A caption that does not arrive is no reason to end a call; a room that is gone says so itself.
    void sent?.catch(() => {});
  }

  async leave(): Promise<void> {
    if (this.#isLeft) return;
    this.#isLeft = true;
    await this.#reader?.cancel().catch(() => {});
    await this.room.disconnect().catch(() => {});
    await this.#source.close();
  }

  #subscribe(publication: LibraryPublication, identity: string): void {
    if (publication.kind === AUDIO && identity === this.#heard?.identity) publication.setSubscribed(true);
  }

  /** The caller's latest audio track is what is heard. */
  #onTrack(track: LibraryTrack, identity: string): void {
    if (track.kind !== AUDIO || identity !== this.#heard?.identity || this.#isLeft) return;
    void this.#reader?.cancel().catch(() => {});
    const options = { sampleRate: ROOM_RATE_HZ, numChannels: 1, frameSizeMs: FRAME_MS };
    const reader = new this.library.AudioStream(track, options).getReader();
    this.#reader = reader;
    const { onFrame } = this.#heard;
    void (async () => {
      for (;;) {
        const { done, value } = await reader.read();
        if (done || this.#reader !== reader) return;
        onFrame(monotonicMs(), value.data);
      }
    })().catch(() => {});
  }
}

function participantOf({ identity, name, kind, attributes }: LibraryParticipant): RoomParticipant {
  return { identity, name: name ?? "", kind: KINDS[kind] ?? "other", attributes };
}
