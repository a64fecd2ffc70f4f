/** Starts the embedded database's process, waits for it, starts it again when it dies. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { Log } from "../log.ts";

const Said = z.object({ ready: z.boolean(), locked: z.boolean().optional(), message: z.string().optional() });

/** The embedded database cannot start; the message says why and what to do. */
export class DatabaseUnavailable extends Error {
  override name = "DatabaseUnavailable";
}

export interface EmbeddedDatabase {
  readonly socketPath: string;
  readonly pid: () => number;
  stop(): Promise<void>;
}

type Child = Bun.Subprocess<"pipe", "pipe", "inherit">;

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    const end = text.indexOf("\n");
    if (end >= 0) return text.slice(0, end);
  }
  return text;
}

async function start(directory: string, socketPath: string, durable: boolean, template?: string): Promise<Child> {
  const script = join(import.meta.dir, "pglite-process.ts");
  const child = Bun.spawn(
    [
      process.execPath,
      script,
      directory,
      socketPath,
      durable ? "durable" : "volatile",
      ...(template === undefined ? [] : [template]),
    ],
    {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    },
  );
  const line = await firstLine(child.stdout);
  const said = line === "" ? undefined : Said.parse(JSON.parse(line));
  if (said?.ready !== true) {
    throw new DatabaseUnavailable(said?.message ?? `The embedded database in ${directory} ended while starting.`);
  }
  return child;
}

const RESTART_DELAY_MS = [100, 500, 2000, 5000];

/**
 * @param directory holds the lock and the data
 * @param options.durable fsync; tests do without
 * @param options.template a `dumpDataDir` file for the first start instead of initdb (tests)
 * @throws DatabaseUnavailable when the directory is locked or unusable
 */
export async function startEmbedded(
  directory: string,
  log: Log,
  { durable, template }: { durable: boolean; template?: string | undefined },
): Promise<EmbeddedDatabase> {
  // A unix socket path may have 107 bytes; the data directory's own path may be longer.
  const socketPath = join(mkdtempSync(join(tmpdir(), "sk-voice-")), "db.sock");
  let child = await start(directory, socketPath, durable, template);
  let stopping = false;

  async function watch(): Promise<void> {
    for (let failures = 0; !stopping; ) {
      const code = await child.exited;
      if (stopping) return;
      log.warn({ code }, "the embedded database died; starting it again");
      await Bun.sleep(RESTART_DELAY_MS[Math.min(failures, RESTART_DELAY_MS.length - 1)] ?? 0);
      try {
        child = await start(directory, socketPath, durable);
        failures = 0;
      } catch (error) {
        failures++;
        log.error({ reason: String(error) }, "the embedded database does not start");
      }
    }
  }
  const watching = watch();

  return {
    socketPath,
    pid: () => child.pid,
    async stop() {
      stopping = true;
      child.stdin.end();
      await child.exited;
      await watching;
    },
  };
}
