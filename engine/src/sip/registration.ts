import type { Core } from "../core.ts";
import { type Credentials, DigestClient } from "./digest.ts";
import { type HeaderField, header, headerList, type SipResponse } from "./message.ts";
import { parseNameAddr } from "./name-addr.ts";

/**
 * REGISTER of one account (RFC 3261 section 10.2). Transactions are the user agent's; this decides when and with what.
 *
 *  state      |  2xx         |  401, 407          |  423            |  other, failure  |  timer        |  stop
 *  idle       |  -           |  -                 |  -              |  -               |  -            |  -
 *  trying     |  registered  |  trying, once more |  trying, longer |  waiting         |  -            |  leaving*
 *  registered |  -           |  -                 |  -              |  -               |  trying       |  leaving
 *  waiting    |  -           |  -                 |  -              |  -               |  trying       |  idle
 *  leaving    |  idle        |  leaving, once     |  idle           |  idle            |  -            |  -
 *  (* when the answer has come)
 *
 * A refused password (a challenge after an answer, or 403) waits as long as the longest pause: hammering locks accounts.
 */
type State = "idle" | "trying" | "registered" | "waiting" | "leaving";

export interface RegistrationOptions {
  /** The registrar, `sip:example.com`. */
  readonly registrar: string;
  /** The address of record, `sip:user@example.com`. */
  readonly address: string;
  /** Where calls are to be sent, `sip:user@host:port`. */
  readonly contact: string;
  readonly credentials: Credentials;
  /** Seconds asked for. Default 300. */
  readonly expiresS?: number;
  readonly token: () => string;
}

export type RegistrationInput =
  | { readonly kind: "start" }
  | { readonly kind: "stop" }
  /** The answer to the last `request`; `undefined` when none came or there was no way to the registrar. */
  | { readonly kind: "response"; readonly response: SipResponse | undefined }
  /** The connection broke: the registrar may have dropped the binding with it (RFC 5626 section 4.3). */
  | { readonly kind: "connection-lost" }
  | { readonly kind: "tick" };

export type RegistrationOutput =
  /** Send a REGISTER in a transaction of its own; its final response comes back as `response`. */
  | { readonly kind: "request"; readonly uri: string; readonly headers: readonly HeaderField[] }
  | { readonly kind: "registered"; readonly expiresS: number }
  /** `status` 0: no answer. It tries again by itself. */
  | { readonly kind: "failed"; readonly status: number; readonly retryAfterMs: number };

const DEFAULT_EXPIRES_S = 300;
const MAX_EXPIRES_S = 7200;
/** Refreshed when this part of the granted time is over. */
const REFRESH_AT = 0.85;
const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 300_000;

export class Registration implements Core<RegistrationInput, RegistrationOutput> {
  #state: State = "idle";
  #expiresS: number;
  #sequence = 0;
  #failures = 0;
  #wakeAt = Number.POSITIVE_INFINITY;
  #isStopping = false;
  readonly #callId: string;
  readonly #tag: string;
  readonly #digest: DigestClient;
  readonly #outputs: RegistrationOutput[] = [];

  constructor(private readonly options: RegistrationOptions) {
    this.#expiresS = options.expiresS ?? DEFAULT_EXPIRES_S;
    this.#callId = options.token();
    this.#tag = options.token();
    this.#digest = new DigestClient(options.credentials, options.token);
  }

  get state(): State {
    return this.#state;
  }

  handle(now: number, input: RegistrationInput): void {
    switch (input.kind) {
      case "start":
        if (this.#state === "idle") this.#try();
        return;
      case "stop":
        return this.#stop();
      case "response":
        return this.#onResponse(now, input.response);
      case "connection-lost":
        if (this.#state === "registered") this.#try();
        return;
      case "tick":
        if (now >= this.#wakeAt) this.#try();
        return;
    }
  }

  poll(): RegistrationOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): number {
    return this.#wakeAt;
  }

  #try(): void {
    this.#state = "trying";
    this.#wakeAt = Number.POSITIVE_INFINITY;
    this.#send(this.#expiresS);
  }

  #stop(): void {
    if (this.#state === "registered") this.#leave();
    else if (this.#state === "trying") this.#isStopping = true;
    else if (this.#state === "waiting") this.#sleep("idle", Number.POSITIVE_INFINITY);
  }

  #leave(): void {
    this.#isStopping = false;
    this.#sleep("leaving", Number.POSITIVE_INFINITY);
    this.#send(0);
  }

  #sleep(state: State, until: number): void {
    this.#state = state;
    this.#wakeAt = until;
  }

  #onResponse(now: number, response: SipResponse | undefined): void {
    if (this.#state !== "trying" && this.#state !== "leaving") return;
    const status = response?.status ?? 0;
    const isChallenge = (status === 401 || status === 407) && response !== undefined;
    if (isChallenge && this.#digest.challenged(response)) {
      return this.#send(this.#state === "leaving" ? 0 : this.#expiresS);
    }
    if (status >= 200) this.#digest.succeeded();
    if (this.#state === "leaving") return this.#sleep("idle", Number.POSITIVE_INFINITY);
    if (status >= 200 && status < 300 && response !== undefined) return this.#onSuccess(now, response);
    const minimumS =
      status === 423 && response !== undefined ? readSeconds(header(response, "min-expires")) : undefined;
    if (minimumS !== undefined && minimumS > this.#expiresS && minimumS <= MAX_EXPIRES_S) {
      this.#expiresS = minimumS;
      return this.#send(minimumS);
    }
    this.#onFailure(now, status, isChallenge || status === 403, response);
  }

  #onSuccess(now: number, response: SipResponse): void {
    this.#failures = 0;
    if (this.#isStopping) return this.#leave();
    const grantedS = this.#grantedS(response);
    this.#sleep("registered", now + grantedS * 1000 * REFRESH_AT);
    this.#outputs.push({ kind: "registered", expiresS: grantedS });
  }

  /** Section 10.2.4: the expires of our own Contact, else the Expires header, else what we asked for. */
  #grantedS(response: SipResponse): number {
    const contacts = headerList(response, "contact").map((value) => parseNameAddr(value));
    const own = contacts.find((contact) => contact?.uri === this.options.contact);
    const granted = readSeconds(own?.params.get("expires")) ?? readSeconds(header(response, "expires"));
    return Math.max(1, granted ?? this.#expiresS);
  }

  /** Doubling pauses (RFC 5626 section 4.5 in spirit), longer when the registrar says so. */
  #onFailure(now: number, status: number, isPasswordWrong: boolean, response: SipResponse | undefined): void {
    if (this.#isStopping) {
      this.#isStopping = false;
      return this.#sleep("idle", Number.POSITIVE_INFINITY);
    }
    const backoffMs = isPasswordWrong ? LONGEST_RETRY_MS : FIRST_RETRY_MS * 2 ** Math.min(this.#failures, 20);
    const askedMs = (readSeconds(response && header(response, "retry-after")?.split(/[;( ]/, 1)[0]) ?? 0) * 1000;
    const retryAfterMs = Math.min(LONGEST_RETRY_MS, Math.max(backoffMs, askedMs));
    this.#failures += 1;
    this.#sleep("waiting", now + retryAfterMs);
    this.#outputs.push({ kind: "failed", status, retryAfterMs });
  }

  #send(expiresS: number): void {
    const { registrar, address, contact } = this.options;
    this.#sequence += 1;
    const headers: HeaderField[] = [
      { name: "max-forwards", value: "70" },
      { name: "from", value: `<${address}>;tag=${this.#tag}` },
      { name: "to", value: `<${address}>` },
      { name: "call-id", value: this.#callId },
      { name: "cseq", value: `${this.#sequence} REGISTER` },
      { name: "contact", value: `<${contact}>` },
      { name: "expires", value: String(expiresS) },
      ...this.#digest.authorize("REGISTER", registrar),
    ];
    this.#outputs.push({ kind: "request", uri: registrar, headers });
  }
}

function readSeconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text.trim()) ? Number(text) : undefined;
}
