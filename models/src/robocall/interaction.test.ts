import { expect, test } from "bun:test";
import { Interaction } from "./interaction.ts";

/** `[time, what]` in order; returns the object after a last tick. */
function play(...events: readonly (readonly [number, "caller" | "stops" | "agent" | "ends" | "tick"])[]): Interaction {
  const interaction = new Interaction();
  for (const [atMs, what] of events) {
    if (what === "caller") interaction.speechStart(atMs);
    else if (what === "stops") interaction.speechEnd(atMs);
    else if (what === "agent") interaction.agentStart(atMs);
    else if (what === "ends") interaction.agentEnd(atMs);
    else interaction.tick(atMs);
  }
  return interaction;
}

const GREETING = [
  [0, "agent"],
  [3000, "ends"],
] as const;

test("speech after the greeting answers it, and proves no more: recordings wait for it too", () => {
  const heard = play(...GREETING, [3800, "caller"]);
  expect(heard).toMatchObject({ answeredGreeting: true, answers: 0, lastAnswerMs: 800, greetingEndMs: 3000 });
});

test("stopping within 1.2 s and staying silent is yielding; speech afterwards is an answer", () => {
  const heard = play(
    ...GREETING,
    [3500, "caller"],
    [9000, "agent"],
    [9700, "stops"],
    [10_500, "ends"],
    [11_000, "caller"],
  );
  expect(heard).toMatchObject({ yields: 1, failures: 0, answers: 1, lastYieldMs: 700, overlapMs: 700 });
});

test("a pause of a recording while she asks is not yielding: it talks on over her", () => {
  const heard = play(
    ...GREETING,
    [3500, "caller"],
    [9000, "agent"],
    [9300, "stops"],
    [9700, "caller"],
    [10_500, "ends"],
    [10_701, "tick"],
  );
  expect(heard).toMatchObject({ yields: 0, failures: 1 });
});

test("a gap of less than 0.4 s is a breath", () => {
  const heard = play(
    ...GREETING,
    [3500, "caller"],
    [9000, "agent"],
    [9300, "stops"],
    [9500, "caller"],
    [10_201, "tick"],
  );
  expect(heard).toMatchObject({ yields: 0, failures: 1 });
});

test("a quick answer into her last words is no failure", () => {
  const heard = play(
    ...GREETING,
    [3500, "caller"],
    [9000, "agent"],
    [9500, "stops"],
    [10_100, "caller"],
    [10_300, "ends"],
    [11_101, "tick"],
    [12_000, "stops"],
    [15_000, "tick"],
  );
  expect(heard).toMatchObject({ yields: 0, failures: 0 });
});

test("the second time takes longer to fail", () => {
  const heard = play(
    ...GREETING,
    [3500, "caller"],
    [9000, "agent"],
    [10_300, "ends"],
    [10_500, "agent"],
    [11_900, "tick"],
  );
  expect(heard.failures).toBe(1);
  heard.tick(12_001);
  expect(heard.failures).toBe(2);
});

test("talking on for 1.2 s fails once per interjection, also when she is done sooner", () => {
  const heard = play(...GREETING, [3500, "caller"], [9000, "agent"], [9900, "ends"], [10_300, "tick"]);
  expect(heard).toMatchObject({ yields: 0, failures: 1 });
  heard.speechEnd(11_000);
  heard.tick(20_000);
  expect(heard).toMatchObject({ yields: 0, failures: 1, silences: 0 });
});

test("a caller who stops after her short question has yielded to it", () => {
  const heard = play(
    ...GREETING,
    [3500, "caller"],
    [9000, "agent"],
    [9900, "ends"],
    [10_100, "stops"],
    [11_300, "tick"],
  );
  expect(heard).toMatchObject({ yields: 1, failures: 0 });
});

test("silence after each of her questions is counted once", () => {
  const heard = play(...GREETING, [7001, "tick"], [7100, "agent"], [8000, "ends"]);
  expect(heard.silences).toBe(1);
  expect(heard.deadline()).toBe(12_001);
  heard.tick(12_001);
  heard.tick(19_000);
  expect(heard.silences).toBe(2);
});

test("a fainter voice that goes on over her, behind a caller who has stopped, has failed nothing", () => {
  const over = (frontMs: number) => {
    const interaction = play(...GREETING, [3500, "caller"], [6000, "agent"]);
    interaction.frontMs = frontMs;
    interaction.tick(7300);
    interaction.agentEnd(7500);
    return interaction;
  };
  expect(over(6400)).toMatchObject({ failures: 0, yields: 0, contested: false });
  expect(over(6900)).toMatchObject({ failures: 1 });
});
