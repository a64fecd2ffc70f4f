import { isPrivateAddress } from "../sip/cidr.ts";
import { isIpAddress } from "../sip/uri.ts";

/** Certificates for STIR by URL: https only, small, soon, cached, and never from inside the operator's network. */

export interface CertificateOptions {
  /** Hosts that may be asked; all public ones when empty. */
  readonly allowedHosts: readonly string[];
  readonly now: () => number;
  /** Default `fetch`. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Addresses of a host; default the system's. */
  readonly resolve: (host: string) => Promise<readonly string[]>;
}

const MAX_BYTES = 32 * 1024;
const TIMEOUT_MS = 2000;
const MAX_CACHED = 500;
const DEFAULT_AGE_S = 3600;
const MAX_AGE_S = 86_400;
/** A URL that failed is not asked again for this long: callers could make us hammer anybody. */
const FAILURE_AGE_MS = 30_000;
const PORTS: readonly string[] = ["", "443", "8443"];

interface Cached {
  readonly answer: Promise<string>;
  untilMs: number;
}

export class CertificateStore {
  readonly #cache = new Map<string, Cached>();

  constructor(private readonly options: CertificateOptions) {}

  /** PEM text. Rejects with an Error that says why not. */
  get(url: string): Promise<string> {
    const now = this.options.now();
    const known = this.#cache.get(url);
    if (known !== undefined && now < known.untilMs) return known.answer;
    this.#makeRoom();
    const cached: Cached = {
      answer: this.#fetch(url, (ageS) => keep(ageS)),
      untilMs: now + TIMEOUT_MS + FAILURE_AGE_MS,
    };
    const keep = (ageS: number): void => {
      cached.untilMs = this.options.now() + ageS * 1000;
    };
    cached.answer.catch(() => {
      cached.untilMs = this.options.now() + FAILURE_AGE_MS;
    });
    this.#cache.delete(url);
    this.#cache.set(url, cached);
    return cached.answer;
  }

  #makeRoom(): void {
    if (this.#cache.size < MAX_CACHED) return;
    const oldest = this.#cache.keys().next().value;
    if (oldest !== undefined) this.#cache.delete(oldest);
  }

  async #fetch(url: string, keep: (ageS: number) => void): Promise<string> {
    await this.#check(url);
    const get = this.options.fetch ?? fetch;
    const response = await get(url, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`the certificate's server answers ${response.status}`);
    const text = await readLimited(response);
    keep(ageOf(response.headers.get("cache-control")));
    return text;
  }

  async #check(url: string): Promise<void> {
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (parsed?.protocol !== "https:") throw new Error("x5u is no https URL");
    const { hostname, port, username, password } = parsed;
    if (username !== "" || password !== "" || !PORTS.includes(port)) throw new Error("x5u has a login or an odd port");
    const { allowedHosts } = this.options;
    if (allowedHosts.length > 0) {
      if (!allowedHosts.includes(hostname)) throw new Error(`certificates of ${hostname} are not in allowedHosts`);
      return;
    }
    const bare = hostname.replace(/^\[|\]$/g, "");
    const addresses = isIpAddress(bare) ? [bare] : await this.options.resolve(hostname);
    if (addresses.length === 0 || addresses.some(isPrivateAddress))
      throw new Error("x5u points inside a private network");
  }
}

async function readLimited(response: Response): Promise<string> {
  if (response.body === null) throw new Error("the certificate's server answers with nothing");
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.length;
    if (length > MAX_BYTES) throw new Error("the certificate is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function ageOf(cacheControl: string | null): number {
  const seconds = /\bmax-age\s*=\s*(\d{1,9})/i.exec(cacheControl ?? "")?.[1];
  return Math.min(seconds === undefined ? DEFAULT_AGE_S : Number(seconds), MAX_AGE_S);
}
