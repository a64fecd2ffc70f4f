/** `/ready` and `/health` for supervisors, `/figures` for people, `/metrics` for Prometheus: a local port, no personal data. */
const PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

export interface HealthServer {
  stop(): Promise<void>;
}

export function serveHealth(
  port: number,
  figures: () => Record<string, unknown>,
  metrics?: () => Promise<string>,
): HealthServer {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/ready" || pathname === "/health") return new Response("ok\n");
      if (pathname === "/figures") return Response.json(figures());
      if (pathname === "/metrics" && metrics)
        return new Response(await metrics(), { headers: { "content-type": PROMETHEUS } });
      return new Response("not found\n", { status: 404 });
    },
  });
  return { stop: () => server.stop(true) };
}
