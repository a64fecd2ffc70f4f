/**
 * Which addresses a webhook may reach. Checked when an endpoint is registered (what the URL shows) and again when connecting (what its
 * name resolves to at that moment), so that a name which changes its answer gains nothing.
 */
import { lookup as resolve } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

/** Special-purpose IPv4 ranges (IANA registry, RFC 6890). */
const REFUSED_V4: readonly [string, number][] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];
/** Inside global unicast 2000::/3, the ranges that embed or stand for something else: Teredo, ORCHID, documentation, 6to4. */
const REFUSED_V6: readonly [string, number][] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

const refused = new BlockList();
for (const [net, prefix] of REFUSED_V4) refused.addSubnet(net, prefix, "ipv4");
for (const [net, prefix] of REFUSED_V6) refused.addSubnet(net, prefix, "ipv6");
const globalUnicast = new BlockList();
globalUnicast.addSubnet("2000::", 3, "ipv6");

/** @param address literal IPv4 or IPv6, no brackets. IPv4-mapped, NAT64 and all else outside 2000::/3 is not public. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !refused.check(address, "ipv4");
  if (isIP(address) === 6) return globalUnicast.check(address, "ipv6") && !refused.check(address, "ipv6");
  return false;
}

/** What the workspace allows. */
export interface TargetPolicy {
  livemode: boolean;
  localDevelopment: boolean;
}

/** Hosts in a WHATWG URL are already normalised: 2130706433, 0x7f.1 and 127.1 all read 127.0.0.1. */
function host(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

/** @returns why the URL is refused, or undefined */
export function refuseTarget(text: string, policy: TargetPolicy): string | undefined {
  if (!URL.canParse(text)) return "expected an absolute URL";
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") return "expected an https URL";
  if (url.protocol === "http:" && policy.livemode) return "live endpoints must be https";
  if (url.username !== "" || url.password !== "") return "credentials in the URL are not allowed";
  if (policy.localDevelopment) return undefined;
  const name = host(url).replace(/\.$/, "");
  if (isIP(name) !== 0 && !isPublicAddress(name)) return "private, loopback and link-local addresses are not allowed";
  if (name === "localhost" || name.endsWith(".localhost"))
    return "private, loopback and link-local addresses are not allowed";
  return undefined;
}

/** A `lookup` for node:http that hands over public addresses only; literal addresses never reach it and are refused above. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, "", 0);
    const bad = addresses.find((entry) => !isPublicAddress(entry.address));
    const first = addresses[0];
    if (bad !== undefined || first === undefined) {
      return callback(
        Object.assign(new Error("the name resolves to an address that is not public"), { code: "ETARGET" }),
        "",
        0,
      );
    }
    return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family);
  });
};
