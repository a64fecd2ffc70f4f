/** docker/kamailio's own configuration in front of two engines: one is killed, later the other told to end, while 200 calls come and go. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Figures, Stack } from "../../../test/stack.ts";
import type { Chaos, Row } from "../row.ts";
import { Unavailable, unless } from "../row.ts";
import type { Victim } from "../victim.ts";

const ROOT = join(import.meta.dir, "../../../..");
const CALLS = 200;
const EVERY_MS = 250;
/** From the answer to the caller's goodbye. */
const CALL_MS = 4000;
/** Two pings and the time a node gets to answer an INVITE. */
const NOTICE_MS = 6000;

class Cluster {
  #second: Bun.Subprocess | undefined;
  #kamailio: Bun.Subprocess | undefined;
  readonly port: number;
  readonly secondHealth: string;

  constructor(private readonly stack: Stack) {
    this.port = stack.sipPort + 10;
    this.secondHealth = `http://127.0.0.1:${stack.sipPort + 12}`;
  }

  async start(): Promise<void> {
    await this.startSecond();
    const list = join(this.stack.dataDir, "dispatcher.list");
    const nodes = [this.stack.sipPort, this.stack.sipPort + 11];
    writeFileSync(list, nodes.map((port, n) => `1 sip:127.0.0.1:${port} 0 0 duid=engine-${n + 1}\n`).join(""));
    const config = join(ROOT, "docker/kamailio/kamailio.cfg");
    const defines = ["-A", `LISTEN=udp:127.0.0.1:${this.port}`, "-A", `LIST="${list}"`];
    const folders = ["-P", join(this.stack.dataDir, "k.pid"), "-Y", this.stack.dataDir, "-w", this.stack.dataDir];
    this.#kamailio = Bun.spawn(["kamailio", "-f", config, "-DD", "-E", "-m", "64", ...defines, ...folders], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: Bun.file(join(this.stack.dataDir, "kamailio.log")),
    });
    await Bun.sleep(5000);
    if (this.#kamailio.exitCode !== null) throw new Error("kamailio does not start; its log is in the stack's folder");
  }

  async startSecond(): Promise<void> {
    const base = this.stack.sipPort + 11;
    this.#second = Bun.spawn([process.execPath, join(ROOT, "engine/src/main.ts")], {
      cwd: ROOT,
      stdin: "ignore",
      stdout: Bun.file(join(this.stack.dataDir, "engine-2.log")),
      stderr: Bun.file(join(this.stack.dataDir, "engine-2.err.log")),
      env: {
        ...process.env,
        ...this.stack.env,
        SK_DATA_DIR: join(this.stack.dataDir, "second"),
        SK_ENGINE_KEY: this.stack.engineKey,
        SK_ENGINE_ID: "engine-2",
        SK_API_URL: this.stack.apiUrl,
        SK_SIP_PORT: String(base),
        SK_HEALTH_PORT: String(base + 1),
        SK_STREAM_PORT: String(base + 2),
        SK_RTP_PORT_MIN: String(base + 3000),
        SK_RTP_PORT_MAX: String(base + 3998),
      },
    });
    for (let n = 0; n < 600; n++) {
      if ((await fetch(`${this.secondHealth}/ready`).catch(() => undefined))?.ok) return;
      await Bun.sleep(100);
    }
    throw new Error("the second engine does not start");
  }

  async secondFigures(): Promise<Figures> {
    return (await (await fetch(`${this.secondHealth}/figures`)).json()) as Figures;
  }

  drainSecond(): void {
    this.#second?.kill("SIGTERM");
  }

  async stop(): Promise<void> {
    // Its children outlive a Kamailio that is killed.
    this.#kamailio?.kill("SIGTERM");
    this.#second?.kill("SIGKILL");
    await Promise.all([this.#kamailio?.exited, this.#second?.exited]);
  }
}

/** What came instead of an answer, and of which call. */
function fates(victims: readonly Victim[]): string {
  return victims
    .flatMap(({ wasAnswered, status }, n) => (wasAnswered ? [] : `${status ?? "nothing"} (#${n})`))
    .join(", ");
}

/** One call from its INVITE to its goodbye. Never throws: what came of it stands in the victim. */
async function talk(victim: Victim): Promise<void> {
  try {
    await victim.call(15_000);
    await Bun.sleep(CALL_MS);
    victim.hangUp();
    await victim.ended(5000);
  } catch {
    // Refused, or on the engine that was killed.
  }
}

async function run(chaos: Chaos): Promise<{ heard: string; recoveryMs: number; problems: string[] }> {
  const cluster = new Cluster(chaos.stack);
  try {
    await cluster.start();
    const uri = `sip:suki@127.0.0.1:${cluster.port}`;
    const victims: Victim[] = [];
    const talks: Promise<void>[] = [];
    const callsUntil = async (count: number) => {
      while (victims.length < count) {
        const victim = chaos.caller({ uri });
        victims.push(victim);
        talks.push(talk(victim));
        await Bun.sleep(EVERY_MS);
      }
    };
    await callsUntil(CALLS * 0.3);
    const spread = [(await chaos.stack.figures()).answeredCalls, (await cluster.secondFigures()).answeredCalls];
    const onKilled = victims.filter((victim) => victim.wasAnswered && !victim.hasEnded).length;
    await chaos.stack.kill("engine", "SIGKILL");
    await callsUntil(CALLS * 0.5);
    const survived = victims.slice(CALLS * 0.3);
    await Promise.all(talks);
    const again = survived.filter(({ wasAnswered }) => wasAnswered).length;
    // The longest that anybody waited who called after the death.
    const recoveryMs = Math.max(...survived.map(({ waitedMs }) => waitedMs).filter((ms) => !Number.isNaN(ms)));
    await chaos.stack.launch("engine");
    await Bun.sleep(NOTICE_MS);
    await callsUntil(CALLS * 0.7);
    cluster.drainSecond();
    const drainedAt = (await cluster.secondFigures()).answeredCalls;
    await callsUntil(CALLS);
    const late = (await cluster.secondFigures().catch(() => undefined))?.answeredCalls ?? drainedAt;
    await Promise.all(talks);
    await cluster.startSecond();
    const answered = victims.filter(({ wasAnswered }) => wasAnswered).length;
    const problems = unless({
      [`both engines took calls (${spread.join(", ")})`]: spread.every((count) => count > 0),
      [`new calls after the death were answered (${again} of ${survived.length})`]: again === survived.length,
      "the draining engine took no new call": late <= drainedAt + 1,
      [`every call was answered (${answered} of ${CALLS}; the others got ${fates(victims)})`]: answered === CALLS,
    });
    const settled = await chaos.settled();
    return {
      heard: `${answered} of ${CALLS} answered; the line dropped for at most ${onKilled}, those on the killed engine`,
      recoveryMs,
      problems: [...problems, ...settled],
    };
  } finally {
    await cluster.stop();
  }
}

export const kamailio: Row = {
  name: "kamailio",
  fault: `${CALLS} calls through Kamailio to two engines, one killed, then one drained`,
  prepare: () => {
    if (Bun.which("kamailio") === null) throw new Unavailable("kamailio is not installed");
    return { env: { SK_MAX_CALLS: "100", SK_DEMO_CALLS: "0" } };
  },
  run,
};
