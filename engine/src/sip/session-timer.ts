import { type HeaderField, header, headerList, type SipRequest, type SipResponse } from "./message.ts";
import { parseParams } from "./params.ts";

/**
 * Session timers (RFC 4028) of one dialog. We ask for none ourselves; what the peer or a proxy asks for is honoured.
 *
 *  state    |  at half the interval  |  at its end, less min(32 s, a third)  |  refreshed
 *  off      |  -                     |  -                                    |  -
 *  ours     |  refresh               |  expired                              |  from the start
 *  theirs   |  -                     |  expired                              |  from the start
 */
type State = "off" | "ours" | "theirs";

/** The shortest interval we take (section 4): below it a session would be refreshed all the time. */
export const MIN_SESSION_EXPIRES_S = 90;
const MAX_GRACE_MS = 32_000;

interface SessionExpires {
  readonly seconds: number;
  readonly refresher: string | undefined;
}

export class SessionTimer {
  #state: State = "off";
  #refreshAt = Number.POSITIVE_INFINITY;
  #expireAt = Number.POSITIVE_INFINITY;

  get state(): State {
    return this.#state;
  }

  /** Monotonic ms. */
  deadline(): number {
    return Math.min(this.#refreshAt, this.#expireAt);
  }

  /** We answer 2xx to this INVITE or UPDATE. @returns the headers of that answer (section 9). */
  answer(now: number, request: SipRequest): HeaderField[] {
    const asked = readSessionExpires(request);
    if (asked === undefined) {
      this.stop();
      return [];
    }
    const supportsTimer = supports(request, "timer");
    const refresher = supportsTimer ? (asked.refresher ?? "uac") : "uas";
    this.#start(now, refresher === "uas" ? "ours" : "theirs", asked.seconds);
    const headers: HeaderField[] = [{ name: "session-expires", value: `${asked.seconds};refresher=${refresher}` }];
    if (supportsTimer) headers.push({ name: "require", value: "timer" });
    return headers;
  }

  /** A 2xx to an INVITE or UPDATE of ours (section 7.2). */
  accepted(now: number, response: SipResponse): void {
    const granted = readSessionExpires(response);
    if (granted === undefined) return this.stop();
    this.#start(now, granted.refresher === "uas" ? "theirs" : "ours", granted.seconds);
  }

  stop(): void {
    this.#state = "off";
    this.#refreshAt = Number.POSITIVE_INFINITY;
    this.#expireAt = Number.POSITIVE_INFINITY;
  }

  tick(now: number): "refresh" | "expired" | undefined {
    if (now >= this.#expireAt) {
      this.stop();
      return "expired";
    }
    if (now < this.#refreshAt) return undefined;
    // A refresh that fails is tried again at half of what is left, down to a second.
    const halfLeftMs = (this.#expireAt - now) / 2;
    this.#refreshAt = halfLeftMs >= 1000 ? now + halfLeftMs : Number.POSITIVE_INFINITY;
    return "refresh";
  }

  #start(now: number, state: "ours" | "theirs", seconds: number): void {
    const intervalMs = seconds * 1000;
    this.#state = state;
    this.#refreshAt = state === "ours" ? now + intervalMs / 2 : Number.POSITIVE_INFINITY;
    this.#expireAt = now + intervalMs - Math.min(MAX_GRACE_MS, intervalMs / 3);
  }
}

/** The 422 for an interval that is too short (section 6); `undefined` when the request may go on. */
export function screenSessionExpires(
  request: SipRequest,
): { readonly status: 422; readonly headers: HeaderField[] } | undefined {
  if (request.method !== "INVITE" && request.method !== "UPDATE") return undefined;
  const asked = readSessionExpires(request);
  if (asked === undefined || asked.seconds >= MIN_SESSION_EXPIRES_S || !supports(request, "timer")) return undefined;
  return { status: 422, headers: [{ name: "min-se", value: String(MIN_SESSION_EXPIRES_S) }] };
}

/** Min-SE of a 422: what a repeated INVITE must ask for. */
export function readMinSe(response: SipResponse): number | undefined {
  const [text = ""] = (header(response, "min-se") ?? "").split(";", 1);
  return /^\d{1,6}$/.test(text.trim()) ? Number(text) : undefined;
}

export function supports(message: SipRequest | SipResponse, option: string): boolean {
  return [...headerList(message, "supported"), ...headerList(message, "require")].some(
    (each) => each.toLowerCase() === option,
  );
}

function readSessionExpires(message: SipRequest | SipResponse): SessionExpires | undefined {
  const match = /^\s*(\d{1,9})\s*(;.*)?$/.exec(header(message, "session-expires") ?? "");
  if (match === null) return undefined;
  return {
    seconds: Number(match[1]),
    refresher: parseParams(match[2] ?? "")
      ?.get("refresher")
      ?.toLowerCase(),
  };
}
