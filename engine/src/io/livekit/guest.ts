/** A person in a room of a real LiveKit server, for tests: as from a browser, with a microphone and a loudspeaker. */
import { SignJWT } from "jose";
import type { LiveKitKey } from "../../transports/livekit/access.ts";
import { ROOM_FRAME_SAMPLES, ROOM_RATE_HZ } from "../../transports/livekit/bridge.ts";
import type { Library, LibraryFrame, LibraryRoom, LibrarySource, LibraryTrack } from "./library.ts";
import { CAPTIONS_TOPIC } from "./rooms.ts";

/** As a browser's, unlike ours no agent's. */
function guestToken(key: LiveKitKey, room: string, identity: string): Promise<string> {
  return new SignJWT({ video: { roomJoin: true, room } })
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer(key.apiKey)
    .setSubject(identity)
    .setExpirationTime("5m")
    .sign(new TextEncoder().encode(key.apiSecret));
}

export const loudest = (samples: Int16Array): number =>
  samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);

export class Guest {
  /** What she was said to say, and the guest: data messages as they came. */
  readonly captions: { speaker: string; text: string; final: boolean }[] = [];
  /** The server has put the guest out, or the room is gone. */
  isOut = false;
  /** Of the latest 20 ms heard. */
  level = 0;
  #microphone: LibrarySource | undefined;
  readonly #room: LibraryRoom;
  #hears: ReadableStreamDefaultReader<LibraryFrame> | undefined;

  constructor(private readonly library: Library) {
    this.#room = new library.Room();
    this.#room.on("trackSubscribed", (track) => void this.#listen(track));
    this.#room.on("dataReceived", (data, _from, _kind, topic) => {
      if (topic === CAPTIONS_TOPIC) this.captions.push(JSON.parse(new TextDecoder().decode(data)));
    });
    this.#room.on("disconnected", () => {
      this.isOut = true;
    });
  }

  async join(url: string, key: LiveKitKey, room: string, identity: string): Promise<void> {
    const { AudioSource, LocalAudioTrack, TrackPublishOptions } = this.library;
    const options = { autoSubscribe: true, dynacast: false };
    await this.#room.connect(url, await guestToken(key, room, identity), options);
    this.#microphone = new AudioSource(ROOM_RATE_HZ, 1, 100);
    const track = LocalAudioTrack.createAudioTrack("microphone", this.#microphone);
    await this.#room.localParticipant!.publishTrack(track, new TrackPublishOptions({ source: 2 }));
  }

  /** 20 ms at the room's rate; waits while 100 ms are still to be sent. */
  async say(samples: Int16Array): Promise<void> {
    // The library sends from the start of the buffer, wherever in it the samples lie.
    const own = samples.slice();
    await this.#microphone!.captureFrame(new this.library.AudioFrame(own, ROOM_RATE_HZ, 1, ROOM_FRAME_SAMPLES));
  }

  async leave(): Promise<void> {
    await this.#hears?.cancel();
    await this.#room.disconnect();
    await this.#microphone?.close();
  }

  async #listen(track: LibraryTrack): Promise<void> {
    const options = { sampleRate: ROOM_RATE_HZ, numChannels: 1, frameSizeMs: 20 };
    this.#hears = new this.library.AudioStream(track, options).getReader();
    for (let read = await this.#hears.read(); !read.done; read = await this.#hears.read()) {
      this.level = loudest(read.value.data);
    }
  }
}
