import { AllowList } from "./cidr.ts";
import { DigestChallenger } from "./digest.ts";
import { header, type SipRequest } from "./message.ts";
import type { Trunk } from "./trunk-config.ts";
import type { Admission, Flow } from "./user-agent-types.ts";

/** Who may call: by source address, then by pattern, by digest, by limits. Scanners get silence, carriers an exact 503. */

export interface AdmissionsOptions {
  readonly trunks: readonly Trunk[];
  /** Calls at once over all trunks. */
  readonly maxCalls: number;
  /** Signs digest nonces; random per process. */
  readonly nonceSecret: string;
}

export interface AdmissionCounters {
  admitted: number;
  unknownSource: number;
  scanner: number;
  challenged: number;
  wrongPassword: number;
  overTrunkLimit: number;
  overTotalLimit: number;
  overRate: number;
}

/** What the well-known scanners write into User-Agent and From; a real carrier writes none of it. */
const SCANNER = /friendly-scanner|sipvicious|sipcli|sip-?scan|sundayddr|vaxsipuseragent|pplsip|iwar/i;
/** Seconds a carrier should wait before it offers this call here again. */
const RETRY_AFTER_S = { limit: 5, rate: 1 } as const;

interface TrunkState {
  readonly trunk: Trunk;
  readonly allow: AllowList;
  readonly challenger: DigestChallenger | undefined;
  calls: number;
  /** Token bucket of new calls. */
  tokens: number;
  refilledAt: number;
}

/** The admission core. `judge` fits `UserAgentOptions.admit`, `isExpected` the transport's look before parsing. */
export class Admissions {
  readonly counters: AdmissionCounters = {
    admitted: 0,
    unknownSource: 0,
    scanner: 0,
    challenged: 0,
    wrongPassword: 0,
    overTrunkLimit: 0,
    overTotalLimit: 0,
    overRate: 0,
  };
  readonly #trunks: readonly TrunkState[];
  #calls = 0;

  constructor(private readonly options: AdmissionsOptions) {
    this.#trunks = options.trunks.map((trunk) => ({
      trunk,
      allow: new AllowList(trunk.allow),
      challenger: trunk.digest && new DigestChallenger({ ...challengeOf(trunk.digest), secret: options.nonceSecret }),
      calls: 0,
      tokens: trunk.maxCallsPerSecond * 2,
      refilledAt: Number.NEGATIVE_INFINITY,
    }));
  }

  /** Calls admitted and not ended. */
  get callCount(): number {
    return this.#calls;
  }

  /** The trunk a peer belongs to, the first that allows it. */
  trunkOf(address: string): Trunk | undefined {
    return this.#find(address)?.trunk;
  }

  /** Counts those it does not know. */
  readonly isExpected = (address: string): boolean => {
    if (this.#find(address) !== undefined) return true;
    this.counters.unknownSource += 1;
    return false;
  };

  readonly judge = (now: number, request: SipRequest, flow: Flow): Admission => {
    const state = this.#find(flow.address);
    if (state === undefined) return this.#count("unknownSource", { kind: "drop" });
    if (isScanner(request)) return this.#count("scanner", { kind: "drop" });
    if (request.method !== "INVITE") return { kind: "accept" };
    return this.#authenticate(now, state, request) ?? this.#limit(now, state);
  };

  #find(address: string): TrunkState | undefined {
    return this.#trunks.find(({ allow }) => allow.has(address));
  }

  #authenticate(now: number, { challenger }: TrunkState, request: SipRequest): Admission | undefined {
    const verdict = challenger?.check(now, request) ?? "ok";
    if (challenger === undefined || verdict === "ok") return undefined;
    if (verdict === "wrong") return this.#count("wrongPassword", { kind: "refuse", status: 403, headers: [] });
    const headers = challenger.challenge(now, verdict === "stale");
    return this.#count("challenged", { kind: "refuse", status: 401, headers });
  }

  #limit(now: number, state: TrunkState): Admission {
    if (this.#calls >= this.options.maxCalls) return this.#busy("overTotalLimit", RETRY_AFTER_S.limit);
    if (state.calls >= state.trunk.maxCalls) return this.#busy("overTrunkLimit", RETRY_AFTER_S.limit);
    if (!takeToken(now, state)) return this.#busy("overRate", RETRY_AFTER_S.rate);
    state.calls += 1;
    this.#calls += 1;
    this.counters.admitted += 1;
    let isHeld = true;
    const release = (): void => {
      if (!isHeld) return;
      isHeld = false;
      state.calls -= 1;
      this.#calls -= 1;
    };
    return { kind: "accept", release };
  }

  #busy(reason: keyof AdmissionCounters, seconds: number): Admission {
    const headers = [{ name: "retry-after", value: String(seconds) }];
    return this.#count(reason, { kind: "refuse", status: 503, headers });
  }

  #count(reason: keyof AdmissionCounters, admission: Admission): Admission {
    this.counters[reason] += 1;
    return admission;
  }
}

function challengeOf({ realm, username, password }: NonNullable<Trunk["digest"]>) {
  return { realm, credentials: [{ username, password }] };
}

function isScanner(request: SipRequest): boolean {
  return SCANNER.test(header(request, "user-agent") ?? "") || SCANNER.test(request.from.displayName);
}

function takeToken(now: number, state: TrunkState): boolean {
  const { maxCallsPerSecond } = state.trunk;
  const isFirst = state.refilledAt === Number.NEGATIVE_INFINITY;
  const gained = isFirst ? 0 : ((now - state.refilledAt) / 1000) * maxCallsPerSecond;
  state.tokens = Math.min(maxCallsPerSecond * 2, state.tokens + gained);
  state.refilledAt = now;
  if (state.tokens < 1) return false;
  state.tokens -= 1;
  return true;
}
