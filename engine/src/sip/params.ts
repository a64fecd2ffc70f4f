/** Parameters of a header or URI by lower-case name; a flag such as ";lr" has the value "". */
export type Params = ReadonlyMap<string, string>;

const NO_PARAMS: Params = new Map();

/** Parses `;a=b;c="d;e";f`, which may start without its semicolon. `undefined` when it is not well-formed. */
export function parseParams(text: string): Params | undefined {
  if (text.trim() === "") return NO_PARAMS;
  const params = new Map<string, string>();
  for (const part of splitOutsideQuotes(text, 0x3b)) {
    const trimmed = part.trim();
    if (trimmed === "") continue;
    const equals = trimmed.indexOf("=");
    const name = (equals < 0 ? trimmed : trimmed.slice(0, equals)).trim().toLowerCase();
    const value = equals < 0 ? "" : unquote(trimmed.slice(equals + 1).trim());
    // The same parameter twice is an error, but baresip writes ";transport=tcp;transport=tcp": equal ones do no harm.
    if (!isToken(name) || (params.has(name) && params.get(name) !== value)) return undefined;
    params.set(name, value);
  }
  return params;
}

/** RFC 3261 section 25.1 `token`, widened by the characters that URI parameter names may use. */
export function isToken(text: string): boolean {
  return /^[A-Za-z0-9.!%*_+`'~[\]/:&$-]+$/.test(text);
}

/** The inverse of `parseParams`, with a leading semicolon when there is anything; values are quoted where they must be. */
export function writeParams(params: Params): string {
  let text = "";
  for (const [name, value] of params) {
    if (value === "") text += `;${name}`;
    else text += /^[A-Za-z0-9.!%*_+`'~[\]/:&$@?-]+$/.test(value) ? `;${name}=${value}` : `;${name}=${quote(value)}`;
  }
  return text;
}

export function quote(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** The content of a quoted string, or the text itself when it is not quoted. */
export function unquote(text: string): string {
  if (text.length < 2 || text[0] !== '"' || text.at(-1) !== '"') return text;
  return text.slice(1, -1).replace(/\\(.)/g, "$1");
}

function splitOutsideQuotes(text: string, separator: number): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (quoted && char === 0x5c) i++;
    else if (char === 0x22) quoted = !quoted;
    else if (char === separator && !quoted) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}
