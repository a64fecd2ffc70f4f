/** `bun api/src/main.ts`: configuration, database, first-start set-up, HTTP, webhook worker; SIGTERM or Ctrl-C ends it in order. */
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { createApp } from "./app.ts";
import { createKeyRing } from "./auth.ts";
import { bootstrap } from "./bootstrap.ts";
import { systemClock as clock } from "./clock.ts";
import { type Config, ConfigError, readConfig } from "./config.ts";
import { RecordingSettingsError, readRecordingSettings } from "./contract/recordings/settings.ts";
import { openDatabase } from "./db/database.ts";
import { DatabaseUnavailable } from "./db/pglite.ts";
import { startJobs } from "./jobs.ts";
import { LiveHub } from "./live/hub.ts";
import { createLog, type Log } from "./log.ts";
import { createRateLimiter } from "./rate-limit.ts";
import { createSeal } from "./seal.ts";
import { loadSecrets } from "./secrets.ts";
import { openRecordings } from "./voice/storage/store.ts";
import { sendOverHttp } from "./webhooks/deliver.ts";
import { sealStoredSecrets } from "./webhooks/endpoints.ts";
import { createDeliveryWorker } from "./webhooks/worker.ts";

/** How long answers already begun may take after SIGTERM. */
const DRAIN_MS = 5000;

/** Before the database boots for seconds: is the port free? */
function requirePort({ port, host }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (error) => {
      const code = "code" in error ? error.code : undefined;
      if (code === "EADDRINUSE") {
        reject(
          new ConfigError(
            `Port ${port} on ${host} is in use; stop the program that holds it or set PORT to another one.`,
          ),
        );
      } else
        reject(
          new ConfigError(
            `Cannot listen on ${host} port ${port} (${code}); set HOST and PORT to an address of this machine.`,
          ),
        );
    });
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}

async function open(config: Config, log: Log) {
  if (config.databaseUrl === undefined) return openDatabase({ directory: `${config.dataDirectory}/db`, log });
  try {
    return await openDatabase({ url: config.databaseUrl, log });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "error";
    throw new DatabaseUnavailable(
      `PostgreSQL at DATABASE_URL cannot be used (${code}); check that it runs and that the user may create tables.`,
    );
  }
}

async function start(config: Config, log: Log): Promise<() => Promise<void>> {
  const storage = readRecordingSettings(process.env, (path) => readFileSync(path, "utf8"));
  await requirePort(config);
  const secrets = loadSecrets(config);
  mkdirSync(config.recordingsDirectory, { recursive: true, mode: 0o700 });
  const db = await open(config, log);
  const keys = createKeyRing(db, secrets.pepper, clock);
  const workspace = await bootstrap({ db, keys, clock, secrets, localDevelopment: config.localDevelopment });
  const seal = createSeal(secrets.sealKey);
  await sealStoredSecrets(db, seal);
  const worker = createDeliveryWorker({ db, clock, log, seal, send: sendOverHttp, random: Math.random });
  const { publicUrl, demoCalls } = config;
  const limiter = createRateLimiter(config.rate, clock);
  const hub = new LiveHub();
  const deps = {
    db,
    clock,
    log,
    keys,
    limiter,
    hub,
    seal,
    demoCalls,
    publicUrl,
    recordings: openRecordings(config.recordingsDirectory, storage),
    wake: worker.wake,
  };
  const app = createApp(deps).listen({ hostname: config.host, port: config.port });
  worker.start();
  const jobs = startJobs(deps);
  log.info(
    { url: `http://${config.host}:${app.server?.port}`, database: db.engine, workspace, keys: secrets.keysFile },
    "api ready",
  );
  return async () => {
    await jobs.stop();
    hub.close();
    await Promise.race([app.server?.stop(false), Bun.sleep(DRAIN_MS)]);
    await worker.stop();
    await db.close();
  };
}

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config.logLevel);
  let stop: (() => Promise<void>) | undefined;
  let ending = false;
  const end = async () => {
    if (ending) return;
    ending = true;
    log.info("api stops");
    await stop?.();
    process.exit(0);
  };
  process.on("SIGTERM", end);
  // Under `bun run up` Ctrl-C reaches every process at once; the supervisor ends the engine first, and its death ends our standard input.
  const supervised = process.env["SK_SUPERVISED"] === "1";
  process.on("SIGINT", () => {
    if (!supervised) void end();
  });
  if (supervised) process.stdin.once("end", end).resume();
  stop = await start(config, log);
}

main().catch((error: unknown) => {
  const operator =
    error instanceof ConfigError || error instanceof RecordingSettingsError || error instanceof DatabaseUnavailable;
  console.error(operator ? error.message : error);
  process.exit(1);
});
