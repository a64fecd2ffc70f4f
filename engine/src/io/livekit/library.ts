/**
 * `@livekit/rtc-node`, what of it is used, loaded only when LIVEKIT_URL is set: an optional dependency of 26 MB native code. The types are ours, so that a checkout without
 * the package compiles; the adapter's test runs them against the package itself.
 */
export interface LibraryTrack {
  /** 1 is audio. */
  readonly kind: number | undefined;
}

export interface LibraryPublication extends LibraryTrack {
  setSubscribed(on: boolean): void;
}

export interface LibraryParticipant {
  readonly identity: string;
  readonly name: string | undefined;
  readonly kind: number;
  readonly attributes: Record<string, string>;
  readonly trackPublications: Map<string, LibraryPublication>;
}

export interface LibraryFrame {
  readonly data: Int16Array;
}

export interface LibrarySource {
  captureFrame(frame: LibraryFrame): Promise<void>;
  clearQueue(): void;
  close(): Promise<void>;
}

export interface LibraryLocalParticipant {
  publishTrack(track: LibraryTrack, options: object): Promise<unknown>;
  publishData(data: Uint8Array, options: { reliable: boolean; topic: string }): Promise<void>;
}

export interface LibraryRoom {
  readonly localParticipant: LibraryLocalParticipant | undefined;
  readonly remoteParticipants: Map<string, LibraryParticipant>;
  connect(url: string, token: string, options: object): Promise<void>;
  disconnect(): Promise<void>;
  on(event: "participantConnected", listener: (participant: LibraryParticipant) => void): void;
  on(event: "participantDisconnected", listener: (participant: LibraryParticipant) => void): void;
  on(
    event: "trackPublished",
    listener: (publication: LibraryPublication, participant: LibraryParticipant) => void,
  ): void;
  on(
    event: "trackSubscribed",
    listener: (track: LibraryTrack, publication: LibraryPublication, participant: LibraryParticipant) => void,
  ): void;
  on(event: "dtmfReceived", listener: (code: number, digit: string, participant: LibraryParticipant) => void): void;
  on(event: "dataReceived", listener: DataListener): void;
  on(event: "disconnected", listener: (reason: number) => void): void;
}

type DataListener = (
  payload: Uint8Array,
  participant: LibraryParticipant | undefined,
  kind: number | undefined,
  topic: string | undefined,
) => void;

export interface Library {
  readonly Room: new () => LibraryRoom;
  readonly AudioSource: new (rateHz: number, channels: number, queueMs: number) => LibrarySource;
  readonly AudioFrame: new (data: Int16Array, rateHz: number, channels: number, samples: number) => LibraryFrame;
  readonly AudioStream: new (
    track: LibraryTrack,
    options: { sampleRate: number; numChannels: number; frameSizeMs: number },
  ) => ReadableStream<LibraryFrame>;
  readonly LocalAudioTrack: { createAudioTrack(name: string, source: LibrarySource): LibraryTrack };
  readonly TrackPublishOptions: new (options: { source: number }) => object;
  /** Frees what the library holds; nothing of it may be used afterwards. */
  dispose(): Promise<void>;
}

/** Not written into the import, so that the package may be missing when types are checked. */
const NAME: string = "@livekit/rtc-node";

/** @throws Error with the remedy when the package is not installed or has no build for this platform. */
export async function loadLibrary(): Promise<Library> {
  try {
    return (await import(NAME)) as Library;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `LIVEKIT_URL is set, but ${NAME} cannot be loaded (${why}). Install it: \`bun install\` without --omit=optional; in an image, docker/README.md.`,
      { cause },
    );
  }
}
