import { resolve4, resolve6, resolveSrv } from "node:dns/promises";
import { isIpAddress, parseUri } from "../sip/uri.ts";

/** Names to addresses (RFC 3263 without NAPTR: the transport is the one the URI names). */

export interface Target {
  readonly address: string;
  readonly port: number;
  /** The name asked for: what a TLS certificate must show. `undefined` for a literal address. */
  readonly name: string | undefined;
}

interface Cached {
  readonly target: Target;
  readonly until: number;
}

const CACHE_MS = 60_000;
const MAX_CACHED = 1000;
const cache = new Map<string, Cached>();

/**
 * The first target of a SIP URI: the address itself, else SRV when no port is written (lowest priority, highest weight), else A,
 * else AAAA.
 * @throws Error naming the host when it does not resolve.
 */
export async function resolveTarget(uri: string, defaultPort: number): Promise<Target> {
  const parsed = parseUri(uri);
  if (parsed === undefined || parsed.host === "") throw new Error(`${uri} has no host to connect to.`);
  const { host, port } = parsed;
  if (isIpAddress(host)) return { address: host, port: port ?? defaultPort, name: undefined };
  const written = parsed.scheme === "sips" ? "tls" : (parsed.params.get("transport")?.toLowerCase() ?? "udp");
  const key = `${written} ${host} ${port ?? ""}`;
  const known = cache.get(key);
  if (known !== undefined && known.until > performance.now()) return known.target;
  const service = port === undefined ? await lookUpService(host, written) : undefined;
  const address = await lookUpHost(service?.name ?? host);
  if (address === undefined) throw new Error(`${host} does not resolve: check its spelling and this machine's DNS.`);
  const target = { address, port: service?.port ?? port ?? defaultPort, name: host };
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(key, { target, until: performance.now() + CACHE_MS });
  return target;
}

async function lookUpService(host: string, transport: string): Promise<{ name: string; port: number } | undefined> {
  const service = transport === "tls" ? "_sips._tcp" : `_sip._${transport}`;
  const records = await resolveSrv(`${service}.${host}`).catch(() => []);
  records.sort((a, b) => a.priority - b.priority || b.weight - a.weight);
  return records[0];
}

async function lookUpHost(host: string): Promise<string | undefined> {
  if (host === "localhost") return "127.0.0.1";
  const [ipv4] = await resolve4(host).catch(() => []);
  if (ipv4 !== undefined) return ipv4;
  const [ipv6] = await resolve6(host).catch(() => []);
  return ipv6;
}

/** All addresses of a host; none when it does not resolve. */
export async function addressesOf(host: string): Promise<string[]> {
  const found = await Promise.all([resolve4(host).catch(() => []), resolve6(host).catch(() => [])]);
  return found.flat();
}
