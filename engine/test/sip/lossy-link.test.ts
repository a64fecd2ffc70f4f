import { describe, expect, test } from "bun:test";
import { type CallEvent, type Flow, UserAgent, type UserAgentInput } from "../../src/sip/user-agent.ts";
import { countingTokens } from "./harness.ts";

/** Our client against our server over a link that loses, delays and reorders datagrams, in virtual time from a seed. */

const CALLS = 200;
const MAX_MS = 300_000;

interface Link {
  readonly lossFraction: number;
  readonly duplicateFraction: number;
  readonly maxDelayMs: number;
}

interface Node {
  readonly agent: UserAgent;
  readonly port: number;
  readonly events: CallEvent[];
  readonly onEvent: (now: number, event: CallEvent) => void;
}

/** mulberry32: small, seedable, good enough for losses. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

class World {
  now = 0;
  readonly #random: () => number;
  readonly #queue: { at: number; run: () => void }[] = [];
  readonly client: Node;
  readonly server: Node;

  constructor(
    seed: number,
    private readonly link: Link,
  ) {
    this.#random = seededRandom(seed);
    this.client = this.#node("c", 5062, (_now, event) => {
      // The odd ones wait for the server's BYE; where every copy of it is lost, silence on RTP would end the call.
      const patienceMs = event.leg % 2 === 0 ? 2000 : 120_000;
      if (event.kind === "answered") this.at(patienceMs, () => this.hangUp(this.client, event.leg));
      if (event.kind === "ringing" && event.leg % 10 === 5) this.at(300, () => this.hangUp(this.client, event.leg));
    });
    this.server = this.#node("s", 5060, (_now, event) => {
      if (event.kind === "incoming") {
        this.input(this.server, { kind: "ring", leg: event.leg });
        this.at(1000, () => this.input(this.server, { kind: "answer", leg: event.leg, sdp: "v=0\r\n" }));
      }
      if (event.kind === "acked") this.at(3000, () => this.hangUp(this.server, event.leg));
    });
  }

  at(delayMs: number, run: () => void): void {
    this.#queue.push({ at: this.now + delayMs, run });
  }

  hangUp(node: Node, leg: number): void {
    this.input(node, { kind: "hangup", leg });
  }

  input(node: Node, input: UserAgentInput): void {
    node.agent.handle(this.now, input);
    for (let output = node.agent.poll(); output !== undefined; output = node.agent.poll()) {
      if (output.kind === "send") this.#carry(node, output.bytes);
      else {
        node.events.push(output);
        node.onEvent(this.now, output);
      }
    }
  }

  run(): void {
    while (this.now < MAX_MS) {
      this.#queue.sort((a, b) => a.at - b.at);
      const first = this.#queue[0]?.at ?? Number.POSITIVE_INFINITY;
      const next = Math.min(first, this.client.agent.deadline(), this.server.agent.deadline());
      if (next === Number.POSITIVE_INFINITY) return;
      this.now = Math.max(this.now, next);
      if (first <= this.now) this.#queue.shift()!.run();
      for (const node of [this.client, this.server]) {
        if (node.agent.deadline() <= this.now) this.input(node, { kind: "tick" });
      }
    }
  }

  #carry(from: Node, bytes: Uint8Array): void {
    const to = from === this.client ? this.server : this.client;
    const flow = flowBetween(from.port, to.port);
    const copies = this.#random() < this.link.duplicateFraction ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.#random() < this.link.lossFraction) continue;
      this.at(this.#random() * this.link.maxDelayMs, () => this.input(to, { kind: "message", flow, bytes }));
    }
  }

  #node(prefix: string, port: number, onEvent: Node["onEvent"]): Node {
    return { agent: new UserAgent({ product: prefix, random: countingTokens(prefix) }), port, events: [], onEvent };
  }
}

function flowBetween(remotePort: number, localPort: number): Flow {
  const address = "127.0.0.1";
  return { transport: "udp", address, port: remotePort, connectionId: 0, localHost: address, localPort };
}

function callThrough(seed: number, link: Link): World {
  const world = new World(seed, link);
  for (let call = 0; call < CALLS; call++) {
    const leg = world.client.agent.allocateLeg();
    const flow = flowBetween(5060, 5062);
    const uri = "sip:suki@127.0.0.1:5060";
    world.at(call * 20, () => {
      world.input(world.client, { kind: "invite", leg, flow, uri, from: "sip:me@127.0.0.1", sdp: "v=0\r\n" });
    });
  }
  world.run();
  return world;
}

function count(node: Node, kind: CallEvent["kind"]): number {
  return node.events.filter((event) => event.kind === kind).length;
}

function endings(node: Node): Map<number, number> {
  const counts = new Map<number, number>();
  for (const event of node.events) {
    if (event.kind === "ended") counts.set(event.leg, (counts.get(event.leg) ?? 0) + 1);
  }
  return counts;
}

describe("a lossy link", () => {
  for (const [seed, lossFraction] of [
    [1, 0],
    [2, 0.1],
    [3, 0.3],
    [4, 0.6],
  ] as const) {
    test(`loses ${lossFraction * 100} % from seed ${seed}: every leg ends once and nothing is left behind`, () => {
      const world = callThrough(seed, { lossFraction, duplicateFraction: 0.05, maxDelayMs: 80 });
      expect(endings(world.client).size).toBe(CALLS);
      expect(endings(world.server).size).toBe(count(world.server, "incoming"));
      for (const node of [world.client, world.server]) {
        expect([...endings(node).values()].every((times) => times === 1)).toBe(true);
        expect([node.agent.legCount, node.agent.transactionCount, node.agent.deadline()]).toEqual([0, 0, Infinity]);
      }
      // A tenth is cancelled while it rings, unless the 180 was lost.
      const answered = count(world.client, "answered");
      expect(answered).toBeGreaterThanOrEqual(lossFraction <= 0.1 ? CALLS - CALLS / 10 : CALLS / 4);
      if (lossFraction === 0) expect(answered).toBe(CALLS - CALLS / 10);
    });
  }

  test("the same seed gives the same events", () => {
    const link = { lossFraction: 0.2, duplicateFraction: 0.1, maxDelayMs: 50 };
    const summary = (world: World) => world.server.events.map((event) => `${event.kind} ${event.leg}`);
    expect(summary(callThrough(7, link))).toEqual(summary(callThrough(7, link)));
  });
});
