/** A private PostgreSQL for tests: own cluster in a temporary folder, unix socket only, gone when the test process is. */
import { chownSync, existsSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const DEBIAN = "/usr/lib/postgresql";

/** Folder of the newest server binaries, or undefined. */
export function postgresBinaries(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => join(DEBIAN, version, "bin")).find((bin) => existsSync(join(bin, "initdb")));
  return found ?? (Bun.which("initdb")?.replace(/\/initdb$/, "") || undefined);
}

/** PostgreSQL refuses to run as root: Debian's package made the user `postgres`. */
function unprivileged(): string[] {
  return process.getuid?.() === 0 ? ["runuser", "-u", "postgres", "--"] : [];
}

function idOf(flag: "-u" | "-g"): number {
  return Number(Bun.spawnSync(["id", flag, "postgres"]).stdout.toString());
}

/** @returns a `postgres://` URL. Ends by itself when this process ends, however it ends: the shell waits for stdin to close. */
export async function startPostgres(bin: string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "sk-pg-"));
  if (process.getuid?.() === 0) chownSync(directory, idOf("-u"), idOf("-g"));
  const data = join(directory, "data");
  const init = Bun.spawnSync([
    ...unprivileged(),
    join(bin, "initdb"),
    "-D",
    data,
    "-U",
    "postgres",
    "-A",
    "trust",
    "-N",
    "-E",
    "UTF8",
  ]);
  if (init.exitCode !== 0) throw new Error(`initdb failed: ${init.stderr.toString()}`);
  const server = `"${bin}/postgres" -D "${data}" -k "${directory}" -c listen_addresses= -c fsync=off >"${directory}/log" 2>&1`;
  const script = `${server} & pid=$!; cat >/dev/null; kill -QUIT $pid; wait $pid; rm -rf "${directory}"`;
  const shell = Bun.spawn([...unprivileged(), "sh", "-c", script], {
    stdin: "pipe",
    stdout: "ignore",
    stderr: "ignore",
  });
  shell.unref();
  // The socket is there before the server takes connections.
  const ready = () => Bun.spawnSync([join(bin, "pg_isready"), "-q", "-h", directory]).exitCode === 0;
  for (let waited = 0; !ready(); waited += 50) {
    if (waited > 20_000) throw new Error("PostgreSQL did not start within 20 s");
    await Bun.sleep(50);
  }
  return `postgres://postgres@localhost/postgres?host=${encodeURIComponent(directory)}`;
}
