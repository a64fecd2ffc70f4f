/** IP addresses and networks as numbers, for lists of who may talk to us (RFC 4632, RFC 4291 section 2.2). */

interface Address {
  /** 32 or 128. */
  readonly bits: number;
  readonly value: bigint;
}

/** `undefined` for anything but an IPv4 or IPv6 literal; zone ids are no part of one. */
export function parseAddress(text: string): Address | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Address | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) {
    return undefined;
  }
  return { bits: 32, value: parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n) };
}

function parseIpv6(text: string): Address | undefined {
  const halves = text.split("::");
  if (text.length > 45 || halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => parseGroups(half));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...(tail ?? [])];
  return { bits: 128, value: groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n) };
}

/** Groups of 16 bits; the last one may be an IPv4 address, which makes two. */
function parseGroups(text: string): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    const ipv4 = index === parts.length - 1 ? parseIpv4(part) : undefined;
    if (ipv4 !== undefined) groups.push(Number(ipv4.value >> 16n), Number(ipv4.value & 0xffffn));
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

interface Network {
  readonly bits: number;
  /** Bits that do not count. */
  readonly shift: bigint;
  readonly prefix: bigint;
}

/** An address, or `address/length`. `undefined` when it is neither. */
export function parseNetwork(text: string): Network | undefined {
  const [host = "", length, rest] = text.split("/");
  const address = parseAddress(host);
  if (address === undefined || rest !== undefined || (length !== undefined && !/^\d{1,3}$/.test(length)))
    return undefined;
  const prefixBits = length === undefined ? address.bits : Number(length);
  if (prefixBits > address.bits) return undefined;
  const shift = BigInt(address.bits - prefixBits);
  return { bits: address.bits, shift, prefix: address.value >> shift };
}

/** A set of addresses and networks. */
export class AllowList {
  readonly #networks: readonly Network[];

  /** @throws RangeError for text that is neither address nor network. */
  constructor(entries: readonly string[]) {
    this.#networks = entries.map((entry) => {
      const network = parseNetwork(entry);
      if (network !== undefined) return network;
      throw new RangeError(`"${entry}" is no IP address or network: write 203.0.113.7 or 203.0.113.0/24.`);
    });
  }

  has(host: string): boolean {
    const address = parseAddress(host);
    if (address === undefined) return false;
    return this.#networks.some(({ bits, shift, prefix }) => bits === address.bits && address.value >> shift === prefix);
  }
}

/** Loopback, private and link-local networks (RFC 1918, 4193, 6598, 3927, 4291). */
export const LOCAL_NETWORKS: readonly string[] = [
  "127.0.0.0/8",
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "169.254.0.0/16",
  "::1/128",
  "fc00::/7",
  "fe80::/10",
];

const UNREACHABLE = new AllowList([...LOCAL_NETWORKS, "0.0.0.0/8", "::/128", "::ffff:0:0/96"]);

/** An address that no server on the internet has; text that is no address counts as one. */
export function isPrivateAddress(address: string): boolean {
  return parseAddress(address) === undefined || UNREACHABLE.has(address);
}
