import { parseAddress } from "./cidr.ts";
import { type Params, parseParams } from "./params.ts";

/** A SIP or SIPS URI (RFC 3261 section 19.1), or a tel URI (RFC 3966) whose number is the user. */
export interface Uri {
  readonly scheme: "sip" | "sips" | "tel";
  /** Percent-decoded; "" when there is none. */
  readonly user: string;
  /** An IPv6 address without its brackets; "" for tel. */
  readonly host: string;
  readonly port: number | undefined;
  readonly params: Params;
}

export interface HostPort {
  readonly host: string;
  readonly port: number | undefined;
}

/** `undefined` when the text is no URI of these three schemes. */
export function parseUri(text: string): Uri | undefined {
  const colon = text.indexOf(":");
  const scheme = text.slice(0, colon).toLowerCase();
  const rest = text.slice(colon + 1);
  if (scheme === "tel") return parseTel(rest);
  return scheme === "sip" || scheme === "sips" ? parseSip(scheme, rest) : undefined;
}

function parseSip(scheme: "sip" | "sips", rest: string): Uri | undefined {
  if (/[\s<>"]/.test(rest)) return undefined;
  const at = rest.lastIndexOf("@");
  const userInfo = at < 0 ? "" : rest.slice(0, at);
  const [withoutHeaders = ""] = rest.slice(at + 1).split("?", 1);
  const semicolon = withoutHeaders.indexOf(";");
  const hostPort = parseHostPort(semicolon < 0 ? withoutHeaders : withoutHeaders.slice(0, semicolon));
  const params = parseParams(semicolon < 0 ? "" : withoutHeaders.slice(semicolon));
  const [userPart = ""] = userInfo.split(":", 1);
  const user = percentDecode(userPart);
  if (hostPort === undefined || params === undefined || user === undefined || (at >= 0 && user === ""))
    return undefined;
  return { scheme, user, ...hostPort, params };
}

function parseTel(rest: string): Uri | undefined {
  const semicolon = rest.indexOf(";");
  const user = semicolon < 0 ? rest : rest.slice(0, semicolon);
  const params = parseParams(semicolon < 0 ? "" : rest.slice(semicolon));
  if (params === undefined || !/^\+?[0-9A-Fa-f*#().-]+$/.test(user)) return undefined;
  return { scheme: "tel", user, host: "", port: undefined, params };
}

/** Parses `host`, `host:port`, `[v6]`, `[v6]:port`. */
export function parseHostPort(text: string): HostPort | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/.exec(text);
  if (match === null) return undefined;
  const port = match[3] === undefined ? undefined : Number(match[3]);
  if (port !== undefined && (port === 0 || port > 65_535)) return undefined;
  if (match[1] !== undefined && parseAddress(match[1]) === undefined) return undefined;
  return { host: match[1] ?? match[2] ?? "", port };
}

/** An IPv6 address gets its brackets. */
export function formatHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** An IPv4 or IPv6 literal, as opposed to a name that needs DNS. */
export function isIpAddress(host: string): boolean {
  return host.includes(":") || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host);
}

/** `sip:user@host:port`, with `;transport=` for anything but UDP. */
export function writeSipUri(user: string, host: string, port: number, transport: string): string {
  const suffix = transport === "udp" ? "" : `;transport=${transport}`;
  const userPart = user === "" ? "" : `${encodeUser(user)}@`;
  return `sip:${userPart}${formatHost(host)}:${port}${suffix}`;
}

function encodeUser(user: string): string {
  return encodeURIComponent(user).replace(/%(2B|24|26|2C|3B|3D|3F|2F)/g, decodeURIComponent);
}

function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
