/** The engine's half of `bun run doctor`: one finding a line as JSON. Runs beside an engine or instead of one. */
import { type EngineConfig, parseConfig } from "../../config.ts";
import type { Finding } from "../../doctor/judge.ts";
import { createLog } from "../log.ts";
import { openSignalling } from "../signalling.ts";
import { readSignalling, type SignallingSettings } from "../trunk-file.ts";
import { checkAddress, checkClock, checkDisk, checkPorts } from "./machine.ts";
import { checkExecution, checkFiles, checkProviders } from "./models.ts";

const REGISTER_MS = 5000;
const NTP_SERVER = "pool.ntp.org";

const tell = (finding: Finding) => console.log(JSON.stringify(finding));

interface Running {
  readonly calls: number;
  readonly registered: Readonly<Record<string, boolean>>;
}

async function runningEngine({
  SK_HEALTH_HOST: host,
  SK_HEALTH_PORT: port,
}: EngineConfig): Promise<Running | undefined> {
  const reached = host === "0.0.0.0" ? "127.0.0.1" : host;
  try {
    const response = await fetch(`http://${reached}:${port}/figures`, { signal: AbortSignal.timeout(2000) });
    return response.ok ? ((await response.json()) as Running) : undefined;
  } catch {
    return undefined;
  }
}

function registrations(registered: Readonly<Record<string, boolean>>): Finding[] {
  return Object.entries(registered).map(([name, isRegistered]) =>
    isRegistered
      ? { level: "ok", check: `trunk ${name}`, detail: "registered" }
      : {
          level: "fail",
          check: `trunk ${name}`,
          detail: "not registered",
          fix: "check registrar, username and password of the trunk in SK_TRUNKS, and the way to the registrar",
        },
  );
}

/** Registers as the engine would: a running one is asked instead, for the registrar knows one contact. */
async function checkTrunks(
  config: EngineConfig,
  settings: SignallingSettings,
  running: Running | undefined,
): Promise<Finding[]> {
  const accounts = settings.trunks.filter(({ register }) => register !== undefined);
  const detail = `${settings.trunks.length} configured, ${accounts.length} with an account to register`;
  const known: Finding = { level: "ok", check: "trunks", detail };
  if (accounts.length === 0) return [known];
  if (running) return [known, ...registrations(running.registered)];
  const log = createLog({ level: "error", name: "doctor" });
  const signalling = await openSignalling({ config, settings, product: "sk-voice-doctor", log, onEvent: () => {} });
  const states = () => signalling.figures().registered;
  const all = () => accounts.every(({ name }) => states()[name] === true);
  for (let waitedMs = 0; waitedMs < REGISTER_MS && !all(); waitedMs += 50) await Bun.sleep(50);
  const found = Object.fromEntries(accounts.map(({ name }) => [name, states()[name] === true]));
  await signalling.close();
  return [known, ...registrations(found)];
}

async function main(): Promise<void> {
  const config = parseConfig(process.env);
  const settings = readSignalling(config.SK_TRUNKS, config.SK_MAX_CALLS, process.env);
  const running = await runningEngine(config);
  tell({ level: "ok", check: "engine", detail: running ? `running, ${running.calls} calls` : "not running" });
  for (const finding of await checkPorts(config, running !== undefined)) tell(finding);
  tell(await checkAddress(config));
  for (const folder of new Set([config.SK_DATA_DIR, config.recordingsDir]))
    tell(checkDisk(folder, config.SK_MAX_CALLS));
  tell(await checkClock(process.env["SK_NTP_SERVER"] ?? NTP_SERVER));
  for (const finding of await checkTrunks(config, settings, running)) tell(finding);
  tell(await checkFiles());
  const [finding, execution] = await checkExecution(process.env);
  tell(finding);
  for (const each of await checkProviders(execution.environment)) tell(each);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const detail = error instanceof Error ? error.message : String(error);
    tell({
      level: "fail",
      check: "engine settings",
      detail,
      fix: "set the variables named to what docs/configuration.md says",
    });
    process.exit(0);
  },
);
