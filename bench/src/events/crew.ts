/** Worker processes, and somebody who kills them. */
import { join } from "node:path";

export interface Crew {
  kills(): number;
  /** Ends all of them at once, in mid-work. */
  killAll(): Promise<void>;
  start(): Promise<void>;
  /** Kills a worker whenever `progress` passes one of the moments (ascending) and starts another one in its place, until told to stop. */
  haunt(moments: readonly number[], progress: () => number, pick: () => number): () => Promise<void>;
  stop(): Promise<void>;
}

type Child = Bun.Subprocess<"pipe", "pipe", "inherit">;

async function spawn(url: string): Promise<Child> {
  const script = join(import.meta.dir, "worker.ts");
  const child = Bun.spawn([process.execPath, script, url], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const reader = child.stdout.getReader();
  const { done } = await reader.read();
  reader.releaseLock();
  if (done) throw new Error("a delivery worker ended while starting");
  return child;
}

export function createCrew(url: string, size: number): Crew {
  let children: Child[] = [];
  let kills = 0;
  const kill = async (child: Child | undefined) => {
    if (child === undefined) return;
    child.kill("SIGKILL");
    kills++;
    await child.exited;
  };
  return {
    kills: () => kills,
    async start() {
      children = await Promise.all(Array.from({ length: size }, () => spawn(url)));
    },
    async killAll() {
      await Promise.all(children.map(kill));
      children = [];
    },
    haunt(moments, progress, pick) {
      let over = false;
      const haunted = (async () => {
        for (const moment of moments) {
          while (!over && progress() < moment) await Bun.sleep(20);
          if (over) return;
          const at = Math.floor(pick() * children.length);
          await kill(children[at]);
          children[at] = await spawn(url);
        }
      })();
      return async () => {
        over = true;
        await haunted;
      };
    },
    async stop() {
      for (const child of children) child.stdin.end();
      await Promise.all(children.map((child) => child.exited));
      children = [];
    },
  };
}
