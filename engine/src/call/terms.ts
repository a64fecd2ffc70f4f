/** What offer and answer agreed on, as the media side needs it. */
export interface MediaTarget {
  readonly address: string;
  readonly port: number;
}

export interface MediaTerms {
  readonly codec: "PCMU" | "PCMA";
  readonly payloadType: number;
  readonly dtmfPayloadType: number | undefined;
  readonly remote: MediaTarget;
  /** We may send: false while the other side holds us. */
  readonly sending: boolean;
}
