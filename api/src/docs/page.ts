/** One page of the documentation as HTML: nothing loaded from elsewhere, no script. */

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
export const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (char) => ENTITIES[char] ?? char);

/** As `Bun.markdown` makes the id of a heading. */
export const anchorOf = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");

export interface Entry {
  href: string;
  title: string;
}

const STYLE = `:root{color-scheme:light dark;--line:#8884}body{font:16px/1.55 system-ui,sans-serif;margin:0;display:grid;grid-template-columns:15rem minmax(0,52rem);gap:2rem;padding:1rem 1.5rem}
nav a{display:block;padding:.2rem 0;text-decoration:none}nav a[aria-current]{font-weight:700}form{margin:0 0 1rem}input{width:100%;box-sizing:border-box;font:inherit;padding:.3rem .5rem}
pre{overflow:auto;padding:.75rem;border:1px solid var(--line);border-radius:6px;font-size:13.5px}code{font-family:ui-monospace,monospace;font-size:.92em}
table{border-collapse:collapse;display:block;overflow:auto}td,th{border:1px solid var(--line);padding:.3rem .6rem;text-align:left;vertical-align:top}
details{border:1px solid var(--line);border-radius:6px;padding:.4rem .8rem;margin:.5rem 0}summary{cursor:pointer}h2{margin-top:2rem}
@media(max-width:50rem){body{grid-template-columns:1fr}}`;

/** @param current address of the page, marked in the list @param content HTML */
export function renderPage(
  title: string,
  content: string,
  entries: readonly Entry[],
  current: string,
  asked = "",
): string {
  const list = entries.map(
    ({ href, title: name }) =>
      `<a href="${href}"${href === current ? ' aria-current="page"' : ""}>${escapeHtml(name)}</a>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)} · SK Voice</title><style>${STYLE}</style></head><body>
<nav aria-label="Documentation"><form action="/docs/search"><input type="search" name="q" value="${escapeHtml(asked)}" placeholder="Search" aria-label="Search the documentation"></form>
${list.join("\n")}</nav><main>${content}</main></body></html>`;
}
