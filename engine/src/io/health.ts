/** `/health` says that the process lives, `/ready` that it takes another call, `/figures` for people, `/metrics` for Prometheus: a local port, no personal data. */
const PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

export interface HealthServer {
  stop(): Promise<void>;
}

export interface HealthOptions {
  readonly host: string;
  readonly port: number;
  readonly figures: () => Record<string, unknown>;
  /** Why no new call is taken; `undefined` when one is. */
  readonly unready?: () => string | undefined;
  readonly metrics?: () => Promise<string>;
}

export function serveHealth({ host, port, figures, unready, metrics }: HealthOptions): HealthServer {
  const server = Bun.serve({
    hostname: host,
    port,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/health") return new Response("ok\n");
      if (pathname === "/ready") {
        const reason = unready?.();
        return reason === undefined ? new Response("ok\n") : new Response(`${reason}\n`, { status: 503 });
      }
      if (pathname === "/figures") return Response.json(figures());
      if (pathname === "/metrics" && metrics)
        return new Response(await metrics(), { headers: { "content-type": PROMETHEUS } });
      return new Response("not found\n", { status: 404 });
    },
  });
  return { stop: () => server.stop(true) };
}
