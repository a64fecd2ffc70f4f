import { type Params, parseParams, quote, unquote, writeParams } from "./params.ts";

/** The value of From, To, Contact, Route and Record-Route (RFC 3261 section 20.10). */
export interface NameAddr {
  /** Unquoted; "" when there is none. */
  readonly displayName: string;
  /** The URI as text, without angle brackets; `parseUri` takes it apart. */
  readonly uri: string;
  /** Header parameters such as `tag`, not those of the URI. */
  readonly params: Params;
}

/** Parses `"Name" <uri>;params` or `uri;params`. `undefined` when the text is neither. */
export function parseNameAddr(text: string): NameAddr | undefined {
  const open = openingBracket(text);
  if (open === undefined) return undefined;
  if (open < 0) return parseBareUri(text);
  const close = text.indexOf(">", open);
  if (close < 0) return undefined;
  const displayName = parseDisplayName(text.slice(0, open).trim());
  const rest = text.slice(close + 1).trim();
  const params = rest === "" || rest.startsWith(";") ? parseParams(rest) : undefined;
  const uri = text.slice(open + 1, close).trim();
  if (displayName === undefined || params === undefined || !looksLikeUri(uri)) return undefined;
  return { displayName, uri, params };
}

/** Without brackets the parameters belong to the header, and the URI may not contain "," or "?" (section 20). */
function parseBareUri(text: string): NameAddr | undefined {
  const semicolon = text.indexOf(";");
  const uri = (semicolon < 0 ? text : text.slice(0, semicolon)).trim();
  const params = semicolon < 0 ? parseParams("") : parseParams(text.slice(semicolon));
  if (params === undefined || !looksLikeUri(uri) || /[?,]/.test(uri)) return undefined;
  return { displayName: "", uri, params };
}

/** -1 when there is no bracket, `undefined` when a quote never ends. */
function openingBracket(text: string): number | undefined {
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (quoted && char === 0x5c) i++;
    else if (char === 0x22) quoted = !quoted;
    else if (char === 0x3c && !quoted) return i;
  }
  return quoted ? undefined : -1;
}

/** Quoted text or a run of words; RFC 4475 asks for tolerance of unquoted characters that are not tokens. */
function parseDisplayName(text: string): string | undefined {
  if (!text.includes('"')) return text;
  const isOneQuotedString = /^"(?:[^"\\]|\\.)*"$/s.test(text);
  return isOneQuotedString ? unquote(text) : undefined;
}

function looksLikeUri(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"]+$/.test(text);
}

export function writeNameAddr(value: NameAddr): string {
  const name = value.displayName === "" ? "" : `${quote(value.displayName)} `;
  return `${name}<${value.uri}>${writeParams(value.params)}`;
}

/** The same address with a tag (RFC 3261 section 19.3). */
export function withTag(value: NameAddr, tag: string): NameAddr {
  return { ...value, params: new Map(value.params).set("tag", tag) };
}
