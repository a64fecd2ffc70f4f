/**
 * Events through ten endpoints (sound, slow, flaky, busy, failing, redirecting, dead) while the worker processes are killed at random:
 * what is lost, what comes twice, what dies and can be replayed. Hours of retries pass by moving what waits.
 */
import { postgresBinaries, startPostgres } from "@sk-voice/api/testing/postgres.ts";
import { createCrew } from "../src/events/crew.ts";
import { type Endpoint, HEALTHY, startReceivers } from "../src/events/receivers.ts";
import { openStage, type Stage } from "../src/events/stage.ts";
import { type Figure, type SuiteContext, suite } from "../src/suite.ts";

const NEEDS_POSTGRES = "it needs PostgreSQL (Debian: apt-get install postgresql)";

/** Mulberry32: the same trouble for the same seed. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Time passes until nothing waits: retries come due at once instead of after 1 s … 2 h. */
async function settle(stage: Stage, context: SuiteContext): Promise<void> {
  for (let waiting = await stage.waiting(); waiting > 0; waiting = await stage.waiting()) {
    context.progress(`${waiting} deliveries wait`);
    await Bun.sleep(50);
    await stage.pass(false);
  }
}

const sum = (endpoints: readonly Endpoint[], of: (endpoint: Endpoint) => number) =>
  endpoints.reduce((total, endpoint) => total + of(endpoint), 0);

const missing = (endpoints: readonly Endpoint[]) =>
  sum(endpoints, ({ accepted, wanted }) => wanted.filter((id) => !accepted.has(id)).length);

interface Story {
  healthy: readonly Endpoint[];
  broken: readonly Endpoint[];
  events: number;
  emitSeconds: number;
  deliverSeconds: number;
  delivered: number;
  kills: number;
  dead: number;
  replayed: number;
  strayed: number;
}

function figures(story: Story): Figure[] {
  const { healthy, broken, events } = story;
  const wanted = sum(healthy, (endpoint) => endpoint.wanted.length);
  const every = [...healthy, ...broken];
  const duplicates = sum(healthy, (endpoint) => endpoint.duplicates);
  const exact = (name: string, unit: string, value: number, most?: number): Figure => ({
    name,
    unit,
    clock: "ratio",
    value,
    ...(most === undefined ? {} : { bar: { most } }),
  });
  const wall = (name: string, unit: string, value: number): Figure => ({
    name,
    unit,
    clock: "wall",
    value: Math.round(value),
  });
  const repairable = broken.filter(({ kind }) => kind !== "dead");
  return [
    exact("events lost at a healthy endpoint", "events", missing(healthy), 0),
    exact(
      "bodies that changed under the same id",
      "bodies",
      sum(every, (endpoint) => endpoint.changed),
      0,
    ),
    exact(
      "signatures that do not verify",
      "requests",
      sum(every, (endpoint) => endpoint.forged),
      0,
    ),
    exact("redirects followed", "requests", story.strayed, 0),
    exact("dead letters not delivered by a replay after the repair", "events", missing(repairable), 0),
    { name: "dead letters", unit: "deliveries", clock: "wall", value: story.dead },
    { name: "replayed", unit: "deliveries", clock: "wall", value: story.replayed },
    { name: "workers killed", unit: "processes", clock: "wall", value: story.kills },
    {
      name: "duplicates at healthy endpoints",
      unit: "% of deliveries",
      clock: "wall",
      value: (100 * duplicates) / wanted,
    },
    wall("events written", "events/s", events / story.emitSeconds),
    wall("deliveries, with kills", "deliveries/s", story.delivered / story.deliverSeconds),
  ];
}

export default suite({
  name: "events",
  title: "Events: ten endpoints, workers killed at random",
  smoke: { events: 400, kills: 2, workers: 2 },
  full: { events: 100_000, kills: 30, workers: 3 },
  lacks: () => (postgresBinaries() === undefined ? NEEDS_POSTGRES : undefined),
  async run({ events, kills, workers }, context) {
    const bin = postgresBinaries();
    if (bin === undefined) throw new Error(NEEDS_POSTGRES);
    const random = seeded(context.seed);
    const receivers = startReceivers(random);
    const url = await startPostgres(bin);
    const stage = await openStage(url, receivers.endpoints);
    const crew = createCrew(url, workers);
    try {
      const healthy = receivers.endpoints.filter(({ kind }) => HEALTHY.has(kind));
      const broken = receivers.endpoints.filter(({ kind }) => !HEALTHY.has(kind));
      await crew.start();
      const startMs = performance.now();
      const delivered = () => sum(healthy, ({ accepted }) => accepted.size);
      const expected = events * 3;
      const moments = Array.from({ length: kills }, () => Math.floor(random() * 0.8 * expected)).sort((a, b) => a - b);
      const stopHaunting = crew.haunt(moments, delivered, random);
      await stage.emit(events);
      const emitSeconds = (performance.now() - startMs) / 1000;
      for (let last = -1; delivered() !== last; ) {
        last = delivered();
        context.progress(`${last} delivered, ${crew.kills()} workers killed`);
        await Bun.sleep(1000);
      }
      const before = delivered();
      const deliverSeconds = (performance.now() - startMs) / 1000;
      await stopHaunting();
      await crew.killAll();
      // What the dead had claimed comes due when its lease ends: 20 s that nobody needs to wait for.
      await stage.pass(true);
      await crew.start();
      await settle(stage, context);
      const dead = await stage.count("dead");
      for (const endpoint of broken) endpoint.repaired = true;
      const replayed = await stage.replay();
      await settle(stage, context);
      await crew.stop();
      return figures({
        healthy,
        broken,
        events,
        emitSeconds,
        deliverSeconds,
        delivered: before,
        kills: crew.kills(),
        dead,
        replayed,
        strayed: receivers.strayed(),
      });
    } finally {
      await crew.killAll();
      await stage.close();
      await receivers.stop();
    }
  },
});
