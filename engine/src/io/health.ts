/** `/ready` and `/health` for supervisors, `/figures` for people: a local port, no personal data. */
export interface HealthServer {
  stop(): Promise<void>;
}

export function serveHealth(port: number, figures: () => Record<string, unknown>): HealthServer {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port,
    fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/ready" || pathname === "/health") return new Response("ok\n");
      if (pathname === "/figures") return Response.json(figures());
      return new Response("not found\n", { status: 404 });
    },
  });
  return { stop: () => server.stop(true) };
}
