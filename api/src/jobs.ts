/** What happens by the clock and not by a request. Every job is idempotent, so several api processes may run them at once. */
import { sweepSessions } from "./dashboard/sessions.ts";
import { sweepIdempotencyKeys } from "./idempotency.ts";
import { breachOverdueTickets } from "./tickets/sla.ts";
import { applyRetention } from "./voice/retention.ts";
import type { Deps } from "./work.ts";

const MINUTE_MS = 60_000;

interface Job {
  name: string;
  everyMs: number;
  run(deps: Deps): Promise<unknown>;
}

const JOBS: readonly Job[] = [
  { name: "idempotency keys", everyMs: 60 * MINUTE_MS, run: sweepIdempotencyKeys },
  { name: "sessions", everyMs: 60 * MINUTE_MS, run: sweepSessions },
  { name: "retention", everyMs: 60 * MINUTE_MS, run: applyRetention },
  { name: "tickets overdue", everyMs: MINUTE_MS, run: breachOverdueTickets },
];

export function startJobs(deps: Deps): { stop(): Promise<void> } {
  const running = new Set<Promise<void>>();
  const timers = JOBS.map(({ name, everyMs, run }) =>
    setInterval(() => {
      const done = run(deps)
        .then(
          () => undefined,
          (error: unknown) => deps.log.warn({ job: name, reason: String(error) }, "a job failed; it runs again"),
        )
        .finally(() => running.delete(done));
      running.add(done);
    }, everyMs),
  );
  return {
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await Promise.all(running);
    },
  };
}
