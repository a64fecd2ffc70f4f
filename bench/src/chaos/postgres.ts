/** A PostgreSQL that can be stopped and started, on a unix socket in a folder of its own. */
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { postgresBinaries } from "@sk-voice/api/testing/postgres.ts";
import { Unavailable } from "./row.ts";

export interface Server {
  readonly url: string;
  stop(): void;
  start(): void;
  close(): void;
}

/** PostgreSQL refuses to run as root: Debian's package made the user `postgres`. */
const asPostgres = (command: string[]) =>
  process.getuid?.() === 0 ? ["runuser", "-u", "postgres", "--", ...command] : command;

function must(command: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(asPostgres(command), { stdout: "ignore" });
  if (exitCode !== 0) throw new Error(`${command[0]}: ${stderr.toString()}`);
}

const idOf = (flag: "-u" | "-g") => Number(Bun.spawnSync(["id", flag, "postgres"]).stdout.toString());

/** @throws Unavailable where PostgreSQL is not installed. */
export function openServer(): Server {
  const bin = postgresBinaries();
  if (bin === undefined) throw new Unavailable("PostgreSQL is not installed");
  const folder = mkdtempSync(join(tmpdir(), "sk-chaos-pg-"));
  if (process.getuid?.() === 0) chownSync(folder, idOf("-u"), idOf("-g"));
  const data = join(folder, "data");
  must([join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"]);
  const control = (...words: string[]) =>
    must([join(bin, "pg_ctl"), "-D", data, "-w", "-l", join(folder, "log"), ...words]);
  const start = () => control("start", "-o", `-k ${folder} -c listen_addresses=`);
  start();
  return {
    url: `postgres://postgres@localhost/postgres?host=${encodeURIComponent(folder)}`,
    // As a crash, not as a good-bye: connections break at once.
    stop: () => control("stop", "-m", "immediate"),
    start,
    close: () => {
      Bun.spawnSync(asPostgres([join(bin, "pg_ctl"), "-D", data, "-m", "immediate", "stop"]), {
        stdout: "ignore",
        stderr: "ignore",
      });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
