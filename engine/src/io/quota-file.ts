/** The day's calls on disk, so that a restart gives no business a second day. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { type DayCount, Quotas } from "../call/quotas.ts";
import type { Log } from "./log.ts";

const Kept = z.object({ day: z.string(), calls: z.record(z.string(), z.number().int().nonnegative()) });

/** Writes the count of each call that begins. */
class KeptQuotas extends Quotas {
  constructor(
    private readonly path: string,
    private readonly log: Log,
    kept?: DayCount,
  ) {
    super(kept);
  }

  override begin(...call: Parameters<Quotas["begin"]>): void {
    super.begin(...call);
    keep(this.path, this.today, this.log);
  }
}

/** Quotas with what was counted before the restart; a file that cannot be read is said and begun anew. */
export function openQuotas(path: string, log: Log): Quotas {
  try {
    const kept = existsSync(path) ? Kept.parse(JSON.parse(readFileSync(path, "utf8"))) : undefined;
    return new KeptQuotas(path, log, kept);
  } catch (err) {
    log.error({ err }, "the day's count of calls cannot be read; it begins anew");
    return new KeptQuotas(path, log);
  }
}

/** A full disk keeps nobody from being answered. */
function keep(path: string, today: DayCount, log: Log): void {
  try {
    writeFileSync(`${path}.new`, JSON.stringify(today), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (err) {
    log.warn({ err }, "the day's count of calls cannot be kept; a restart would begin it anew");
  }
}
