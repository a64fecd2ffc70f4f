/** Whether what a process holds stays what it was. Pure. */

/** What a process and its children hold while nobody calls. */
export interface Held {
  readonly rssMb: number;
  /** Open files and sockets. */
  readonly handles: number;
  readonly threads: number;
}

/** Caches fill and code is compiled in the first share of the time. */
const WARM_SHARE = 0.25;
const FEWEST = 6;
/** Memory breathes with the collector; a leak of every call is more than that in ten minutes. */
const MEMORY_SHARE = 0.1;
const MEMORY_MB = 24;
/** Connections that are kept alive come and go; hundreds of calls that each leave one do not fit. */
const HANDLES = 8;
const THREADS = 2;

/** Medians of the first and of the last third after warming up. @throws Error for fewer than six samples. */
export function ends(samples: readonly Held[]): { first: Held; last: Held } {
  if (samples.length < FEWEST) throw new Error(`${samples.length} samples do not tell; at least ${FEWEST} do`);
  const settled = samples.slice(Math.ceil(samples.length * WARM_SHARE));
  const third = Math.max(1, Math.floor(settled.length / 3));
  return { first: middle(settled.slice(0, third)), last: middle(settled.slice(-third)) };
}

/** A sentence for each thing of which there is more in the end. */
export function grown(name: string, samples: readonly Held[]): string[] {
  const { first, last } = ends(samples);
  const most = {
    rssMb: Math.max(first.rssMb * (1 + MEMORY_SHARE), first.rssMb + MEMORY_MB),
    handles: first.handles + HANDLES,
    threads: first.threads + THREADS,
  };
  return (["rssMb", "handles", "threads"] as const)
    .filter((what) => last[what] > most[what])
    .map((what) => {
      const course = some(samples).map((sample) => sample[what].toFixed(0));
      return `${name}: ${what} grew from ${first[what].toFixed(0)} to ${last[what].toFixed(0)} (${course.join(" ")})`;
    });
}

/** A dozen of them, evenly: whether it still grows in the end. */
function some(samples: readonly Held[]): readonly Held[] {
  const step = Math.max(1, Math.ceil(samples.length / 12));
  return samples.filter((_, n) => (samples.length - 1 - n) % step === 0);
}

function middle(samples: readonly Held[]): Held {
  const of = (what: keyof Held) => samples.map((sample) => sample[what]).sort((a, b) => a - b)[samples.length >> 1]!;
  return { rssMb: of("rssMb"), handles: of("handles"), threads: of("threads") };
}
