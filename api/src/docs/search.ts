/** Search over the pages, answered by the server: no script, no index to load. */
import { escapeHtml } from "./page.ts";

export interface Section {
  href: string;
  title: string;
  text: string;
}

const ENTITIES: Record<string, string> = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&", "&#39;": "'" };
const plain = (html: string) =>
  html
    .replace(/<[^>]+>/g, " ")
    .replace(/&(lt|gt|quot|amp|#39);/g, (entity) => ENTITIES[entity] ?? entity)
    .replace(/\s+/g, " ")
    .trim();

/** The parts of a page that have an address: each heading with an id and what follows it. */
export function sectionsOf(href: string, title: string, html: string): Section[] {
  const parts = html.split(/(?=<h[12][ >])/).filter((part) => plain(part) !== "");
  return parts.map((part) => {
    const id = /^<h2 id="([^"]+)"/.exec(part)?.[1];
    const heading = /^<h[12][^>]*>(.*?)<\/h[12]>/s.exec(part)?.[1];
    return {
      href: id === undefined ? href : `${href}#${id}`,
      title: heading === undefined ? title : plain(heading),
      text: plain(part),
    };
  });
}

const MOST = 30;
const AROUND = 90;

/** Sections that hold every word, those that name it in their title first. */
export function search(sections: readonly Section[], asked: string): (Section & { score: number })[] {
  const words = asked
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "")
    .slice(0, 10);
  if (words.length === 0) return [];
  return sections
    .map((section) => {
      const title = section.title.toLowerCase();
      const text = section.text.toLowerCase();
      const all = words.every((word) => text.includes(word));
      const score = words.reduce(
        (sum, word) => sum + (title.includes(word) ? 10 : 0) + Math.min(5, text.split(word).length - 1),
        0,
      );
      return { ...section, score: all ? score : 0 };
    })
    .filter((hit) => hit.score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, MOST);
}

function excerpt(text: string, asked: string): string {
  const at = Math.max(0, text.toLowerCase().indexOf(asked.toLowerCase().split(/\s+/)[0] ?? ""));
  return escapeHtml(text.slice(Math.max(0, at - AROUND), at + AROUND));
}

export function searchPage(sections: readonly Section[], asked: string): string {
  const hits = search(sections, asked);
  const list = hits.map(
    ({ href, title, text }) =>
      `<li><a href="${href}">${escapeHtml(title)}</a><br><small>… ${excerpt(text, asked)} …</small></li>`,
  );
  const found = hits.length === 0 ? `<p>Nothing has all of these words.</p>` : `<ul>${list.join("")}</ul>`;
  return `<h1>Search: ${escapeHtml(asked)}</h1>${found}`;
}
