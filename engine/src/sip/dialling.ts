import type { Outbound, Trunk } from "./trunk-config.ts";
import { formatHost, parseUri } from "./uri.ts";

/**
 * The guard before every call that we make: which trunk may dial this target, and whether its limits allow it now. Toll fraud ends here:
 * a target that no trunk's prefixes name in so many words is never dialled, whoever asks (a caller, a REFER, a 3xx).
 */

export interface DiallingPlan {
  readonly kind: "ok";
  readonly trunk: Trunk;
  readonly outbound: Outbound;
  /** Request-URI. */
  readonly uri: string;
  /** URI of the From header. */
  readonly from: string;
  /** To be called once, when the call has ended. */
  readonly release: () => void;
}

export interface DiallingRefusal {
  readonly kind: "forbidden";
  readonly reason: string;
}

interface TrunkState {
  readonly trunk: Trunk;
  readonly outbound: Outbound;
  calls: number;
  /** When each call of the last hour began, oldest first. */
  readonly startedAt: number[];
  /** The carrier asked us to stay away until then (503 with Retry-After). */
  unavailableUntil: number;
}

const HOUR_MS = 3_600_000;
const MAX_UNAVAILABLE_S = 3600;

export class Dialling {
  readonly #trunks: readonly TrunkState[];

  constructor(trunks: readonly Trunk[]) {
    this.#trunks = trunks.flatMap((trunk) => {
      const { outbound } = trunk;
      return outbound === undefined ? [] : [{ trunk, outbound, calls: 0, startedAt: [], unavailableUntil: 0 }];
    });
  }

  /** Calls made and not released. */
  get callCount(): number {
    return this.#trunks.reduce((sum, { calls }) => sum + calls, 0);
  }

  /** Whether any trunk may make one more call now, wherever to. */
  hasRoom(now: number): boolean {
    return this.#trunks.some((state) => isFree(now, state));
  }

  /** Takes a place on the first trunk that may dial `target`; the one named `preferred` is asked first. */
  plan(now: number, target: string, preferred: string | undefined): DiallingPlan | DiallingRefusal {
    const number = toDialled(target);
    if (number === undefined) return refuse("it is neither a telephone number nor a SIP URI");
    const allowing = this.#trunks.filter(({ outbound }) => isAllowed(number, outbound.allowedPrefixes));
    if (allowing.length === 0) return refuse("no trunk's allowedPrefixes name it");
    allowing.sort((a, b) => Number(b.trunk.name === preferred) - Number(a.trunk.name === preferred));
    const free = allowing.find((state) => isFree(now, state));
    return free === undefined ? refuse("every trunk that may dial it is at its limit") : take(now, free, number);
  }

  /** The carrier answered 503 with Retry-After. */
  unavailable(now: number, trunk: string, seconds: number): void {
    const state = this.#trunks.find((each) => each.trunk.name === trunk);
    if (state !== undefined) state.unavailableUntil = now + Math.min(seconds, MAX_UNAVAILABLE_S) * 1000;
  }
}

function refuse(reason: string): DiallingRefusal {
  return { kind: "forbidden", reason };
}

/** A number without its punctuation, or the SIP URI as it is. Headers in a URI ("?Replaces=") and hidden digits are refused. */
function toDialled(target: string): string | undefined {
  const text = target.trim();
  if (/^sips?:/i.test(text)) return /[?\s]/.test(text) || parseUri(text) === undefined ? undefined : text;
  const number = text.replace(/^tel:/i, "").replace(/[\s().-]/g, "");
  return /^\+?\d{2,20}$/.test(number) ? number : undefined;
}

function isAllowed(number: string, prefixes: readonly string[]): boolean {
  if (/^sips?:/i.test(number)) return prefixes.some((prefix) => prefix.toLowerCase() === number.toLowerCase());
  return prefixes.some((prefix) => /^\+?\d+$/.test(prefix) && number.startsWith(prefix));
}

function isFree(now: number, state: TrunkState): boolean {
  const { startedAt, outbound } = state;
  while (startedAt.length > 0 && startedAt[0]! <= now - HOUR_MS) startedAt.shift();
  const isUnderLimits = state.calls < outbound.maxCalls && startedAt.length < outbound.maxCallsPerHour;
  return isUnderLimits && now >= state.unavailableUntil;
}

function take(now: number, state: TrunkState, number: string): DiallingPlan {
  const { trunk, outbound } = state;
  state.calls += 1;
  state.startedAt.push(now);
  let isHeld = true;
  const release = (): void => {
    if (isHeld) state.calls -= 1;
    isHeld = false;
  };
  const proxy = parseUri(outbound.proxy);
  const host = `${formatHost(proxy?.host ?? "")}${proxy?.port === undefined ? "" : `:${proxy.port}`}`;
  const uri = /^sips?:/i.test(number) ? number : `sip:${number}@${host}`;
  return { kind: "ok", trunk, outbound, uri, from: `sip:${outbound.from}@${host}`, release };
}
