/** Serves the dashboard's page and files. Nothing is loaded from elsewhere, and no script or style stands in the page itself. */
import { Elysia } from "elysia";
import { ProblemError } from "../problem.ts";
import { ASSETS, type Asset, bundle } from "./bundle.ts";

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  // A call from the browser goes to the engine's own socket, which is not ours.
  "connect-src 'self' ws: wss:",
  "media-src 'self' blob:",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

const PAGE_HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-cache",
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "permissions-policy": "microphone=(self), camera=(), geolocation=()",
  "cross-origin-opener-policy": "same-origin",
};

/** The smallest form that the browser takes. */
function encoded({ type, plain, br, gzip }: Asset, accepted: string): Response {
  const headers = new Headers({
    "content-type": type,
    "cache-control": "public, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
    vary: "accept-encoding",
  });
  const takes = (name: string) => new RegExp(`(^|[\\s,])${name}($|[\\s,;])`).test(accepted);
  if (br !== undefined && takes("br")) {
    headers.set("content-encoding", "br");
    return new Response(br, { headers });
  }
  if (gzip !== undefined && takes("gzip")) {
    headers.set("content-encoding", "gzip");
    return new Response(gzip, { headers });
  }
  return new Response(plain, { headers });
}

export function siteRoutes() {
  const page = async () => new Response((await bundle()).shell, { headers: PAGE_HEADERS });
  const hidden = { detail: { hide: true } } as const;
  return new Elysia()
    .get("/", page, hidden)
    .get("/app", page, hidden)
    .get("/app/*", page, hidden)
    .get(
      `${ASSETS}:file`,
      async ({ request, params }) => {
        const asset = (await bundle()).assets.get(ASSETS + params.file);
        if (asset === undefined) throw new ProblemError(404, "not_found", "There is no such file; reload the page.");
        return encoded(asset, request.headers.get("accept-encoding") ?? "");
      },
      hidden,
    );
}
