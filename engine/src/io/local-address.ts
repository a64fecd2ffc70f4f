import { isIPv4 } from "node:net";
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";

/** Interfaces come and go rarely (containers, VPNs); reading them costs some 50 µs. */
const CACHE_MS = 10_000;

let cached: NetworkInterfaceInfo[] = [];
let cachedAt = Number.NEGATIVE_INFINITY;

/**
 * The address of this machine that a peer can send to: that of the interface on the peer's own network, loopback for loopback,
 * else the first one that faces outside. Routing tables are not read; behind NAT the external address must be configured.
 */
export function localAddressToward(peer: string): string {
  const family = isIPv4(peer) ? "IPv4" : "IPv6";
  const candidates = readInterfaces().filter((each) => each.family === family);
  const isLoopback = family === "IPv4" ? peer.startsWith("127.") : peer === "::1";
  const fallback = family === "IPv4" ? "127.0.0.1" : "::1";
  if (isLoopback) return fallback;
  const onNetwork = candidates.find((each) => isIPv4(peer) && sharesNetwork(peer, each));
  return (onNetwork ?? candidates.find((each) => !each.internal))?.address ?? fallback;
}

function readInterfaces(): NetworkInterfaceInfo[] {
  const now = performance.now();
  if (now - cachedAt > CACHE_MS) {
    cached = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    cachedAt = now;
  }
  return cached;
}

function sharesNetwork(peer: string, { address, netmask }: NetworkInterfaceInfo): boolean {
  const mask = toBits(netmask);
  return (toBits(peer) & mask) === (toBits(address) & mask);
}

function toBits(address: string): number {
  return address.split(".").reduce((bits, part) => (bits << 8) | Number(part), 0);
}
