/** `/docs`: the documentation hub. Written pages are Markdown files of this package; catalogue and reference are made from the validators. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Elysia } from "elysia";
import type { OpenApiDocument } from "../openapi-document.ts";
import { ProblemError } from "../problem.ts";
import { eventsPage, referencePage } from "./generated.ts";
import { type Entry, renderPage } from "./page.ts";
import { type Section, searchPage, sectionsOf } from "./search.ts";

const FOLDER = join(import.meta.dir, "../../docs");
const SDK = join(import.meta.dir, "../sdk/README.md");
const WRITTEN = [
  "index",
  "quickstart",
  "authentication",
  "errors",
  "pagination",
  "idempotency",
  "webhooks",
  "verify",
  "suite",
  "mcp",
] as const;
const PRODUCTS = ["voice", "crm", "calendar", "tickets"] as const;

interface Page extends Entry {
  html: string;
}

function written(name: (typeof WRITTEN)[number]): Page {
  const text = readFileSync(name === "verify" ? SDK : join(FOLDER, `${name}.md`), "utf8");
  const title = /^# (.+)$/m.exec(text)?.[1] ?? name;
  const html = Bun.markdown.html(text, { headings: { ids: true } });
  return { href: name === "index" ? "/docs" : `/docs/${name}`, title, html };
}

function allPages(document: OpenApiDocument): Page[] {
  const reference = PRODUCTS.map((product) => ({
    href: `/docs/reference/${product}`,
    title: `Reference: ${product}`,
    html: referencePage(document, product),
  }));
  return [
    ...WRITTEN.map(written),
    { href: "/docs/events", title: "Event catalogue", html: eventsPage() },
    ...reference,
  ];
}

const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
};

/** @param document made when the first page is asked for */
export function docsRoutes(document: () => OpenApiDocument) {
  let pages: readonly Page[] | undefined;
  let sections: readonly Section[] = [];
  const load = () => {
    if (pages !== undefined) return pages;
    pages = allPages(document());
    sections = pages.flatMap(({ href, title, html }) => sectionsOf(href, title, html));
    return pages;
  };
  const show = (href: string) => {
    const entries = load();
    const page = entries.find((one) => one.href === href);
    if (page === undefined)
      throw new ProblemError(404, "not_found", `There is no page ${href}; the first one is /docs.`);
    return new Response(renderPage(page.title, page.html, entries, href), { headers: HEADERS });
  };
  const hidden = { detail: { hide: true } };
  return new Elysia()
    .get("/docs", () => show("/docs"), hidden)
    .get(
      "/docs/search",
      ({ request }) => {
        const asked = (new URL(request.url).searchParams.get("q") ?? "").slice(0, 200);
        const entries = load();
        return new Response(renderPage("Search", searchPage(sections, asked), entries, "", asked), {
          headers: HEADERS,
        });
      },
      hidden,
    )
    .get("/docs/:page", ({ params }) => show(`/docs/${params.page}`), hidden)
    .get("/docs/reference/:product", ({ params }) => show(`/docs/reference/${params.product}`), hidden);
}
