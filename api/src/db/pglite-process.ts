/**
 * The embedded database as a process of its own (PGlite blocks the event loop it runs on: 3.7 s stall measured from 200 scans).
 * Arguments: data directory, socket path, whether to fsync, a template for tests. Says one JSON line on stdout when ready or refused. Ends when stdin closes: the api is gone.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { btree_gist } from "@electric-sql/pglite/contrib/btree_gist";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { DurableFs, durableStartParams, syncTree } from "./durable-fs.ts";
import { DirectoryLocked, lockDirectory } from "./lock.ts";

const [directory, socketPath, durability, template] = process.argv.slice(2);
if (directory === undefined || socketPath === undefined) {
  throw new Error("usage: pglite-process <directory> <socket> <durable|volatile> [template]");
}
const durable = durability !== "volatile";

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

// Ctrl-C reaches the whole process group; the api decides when the database goes, by closing stdin.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});

let release = () => {};
let database: PGlite | undefined;
let leaving = false;

async function leave(): Promise<void> {
  if (leaving) return;
  leaving = true;
  setTimeout(() => process.exit(1), 2000).unref();
  await database?.close().catch(() => undefined);
  release();
  rmSync(dirname(socketPath ?? ""), { recursive: true, force: true });
  process.exit(0);
}
process.stdin.resume();
process.stdin.on("end", leave);
process.stdin.on("close", leave);

try {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  mkdirSync(dirname(socketPath), { recursive: true, mode: 0o700 });
  release = await lockDirectory(directory, process.ppid);
  const data = join(directory, "pglite");
  const fresh = !existsSync(join(data, "PG_VERSION"));
  database = await PGlite.create({
    ...(durable ? { fs: new DurableFs(data), startParams: durableStartParams() } : { dataDir: data }),
    extensions: { btree_gist },
    ...(template === undefined ? {} : { loadDataDir: new Blob([readFileSync(template)]) }),
  });
  if (durable && fresh) syncTree(data);
  rmSync(socketPath, { force: true });
  await new PGLiteSocketServer({ db: database, path: socketPath, maxConnections: 2 }).start();
  say({ ready: true });
} catch (error) {
  release();
  rmSync(dirname(socketPath), { recursive: true, force: true });
  say({
    ready: false,
    locked: error instanceof DirectoryLocked,
    message: error instanceof Error ? error.message : String(error),
  });
  process.exit(1);
}
