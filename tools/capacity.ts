/**
 * `bun tools/capacity.ts [calls] [cores]`: what so many simultaneous calls need, from this project's own measured figures, and a day's peak hour simulated
 * with a node that dies in it. docs/operations.md explains the arithmetic. Pure but for the printing.
 */

/** Measured (README, `bun run bench`); each states where it comes from. */
export const MEASURED = {
  /** many-calls, 300 calls: share of a core for signalling, media, VAD, recording. */
  corePerCall: 0.005_27,
  /** cps with media, screening and records: calls set up in a second by one engine on two cores. */
  setupsPerSecond: 150,
  /** G.711 with IP and UDP, one direction. */
  bitsPerCall: 87_200,
  /** Stereo, 8 kHz, 16 bits. */
  recordingBytesPerSecond: 32_000,
  eventsPerCall: 2,
} as const;

/** Load that is planned for: the rest is for a dead node, a burst, the neighbours of a virtual machine. */
const PLANNED_LOAD = 0.6;
const MEAN_CALL_S = 180;

export interface Plan {
  readonly callsPerNode: number;
  readonly nodes: number;
  readonly setupsPerSecond: number;
  readonly mediaGbits: number;
  readonly recordingGbPerHour: number;
  readonly outcomesPerSecond: number;
  readonly webhooksPerSecond: number;
}

/** One node more than the load needs: N + 1. */
export function plan(calls: number, coresPerNode: number): Plan {
  const callsPerNode = Math.floor((coresPerNode * PLANNED_LOAD) / MEASURED.corePerCall);
  const setupsPerSecond = calls / MEAN_CALL_S;
  return {
    callsPerNode,
    nodes: Math.ceil(calls / callsPerNode) + 1,
    setupsPerSecond,
    mediaGbits: (calls * MEASURED.bitsPerCall) / 1e9,
    recordingGbPerHour: (calls * MEASURED.recordingBytesPerSecond * 3600) / 1e9,
    outcomesPerSecond: setupsPerSecond,
    webhooksPerSecond: setupsPerSecond * MEASURED.eventsPerCall,
  };
}

export interface HourResult {
  readonly offered: number;
  readonly refused: number;
  /** On the node that died. */
  readonly dropped: number;
}

/**
 * An hour of calls that arrive at random and last exponentially long, each given to the node with the fewest; half an hour in, one node dies and
 * does not come back. In steps of a second: for a million calls each step draws counts, not calls.
 */
export function simulateHour(calls: number, nodes: number, callsPerNode: number, random: () => number): HourResult {
  const load = new Array<number>(nodes).fill(Math.floor(calls / nodes));
  const result = { offered: 0, refused: 0, dropped: 0 };
  for (let second = 0; second < 3600; second++) {
    if (second === 1800) result.dropped = load.pop() ?? 0;
    for (let n = 0; n < load.length; n++) load[n]! -= Math.min(load[n]!, poisson(load[n]! / MEAN_CALL_S, random));
    const arriving = poisson(calls / MEAN_CALL_S, random);
    result.offered += arriving;
    result.refused += fill(load, arriving, callsPerNode);
  }
  return result;
}

/** Evens out the nodes as sending each call to the least loaded does. Returns how many found no room. */
function fill(load: number[], arriving: number, callsPerNode: number): number {
  let left = arriving;
  const order = load.map((_, n) => n).sort((a, b) => load[a]! - load[b]!);
  while (left > 0) {
    const room = order.filter((n) => load[n]! < callsPerNode);
    if (room.length === 0) return left;
    const share = Math.max(1, Math.floor(left / room.length));
    for (const n of room) {
      const taken = Math.min(share, left, callsPerNode - load[n]!);
      load[n]! += taken;
      left -= taken;
    }
  }
  return 0;
}

/** Knuth's method below 30, the normal approximation above. */
function poisson(mean: number, random: () => number): number {
  if (mean > 30) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
  }
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count++;
  return count;
}

if (import.meta.main) {
  const calls = Number(process.argv[2] ?? 10_000);
  const cores = Number(process.argv[3] ?? 16);
  const need = plan(calls, cores);
  console.log(`${calls.toLocaleString("en")} simultaneous calls on nodes of ${cores} cores:`);
  console.log(`  nodes           ${need.nodes} of ${need.callsPerNode} calls (one to spare)`);
  console.log(`  set up          ${need.setupsPerSecond.toFixed(0)} calls/s`);
  console.log(`  media           ${need.mediaGbits.toFixed(1)} Gbit/s each way`);
  console.log(`  recordings      ${need.recordingGbPerHour.toFixed(0)} GB/h`);
  console.log(`  outcomes        ${need.outcomesPerSecond.toFixed(0)}/s into the database`);
  console.log(`  webhooks        ${need.webhooksPerSecond.toFixed(0)}/s per subscribed endpoint`);
  const hour = simulateHour(calls, need.nodes, Math.floor(need.callsPerNode / PLANNED_LOAD), Math.random);
  console.log(
    `  an hour, one node dies: ${hour.offered} offered, ${hour.refused} refused, ${hour.dropped} lines dropped`,
  );
}
