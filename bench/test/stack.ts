/** The real processes, on ports and in a folder of their own. Every test that starts a stack stops it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");
const READY_MS = 90_000;

export type ServiceName = "api" | "engine";

export interface StackOptions {
  /** First of the ports used: api, SIP, health. */
  readonly basePort: number;
  readonly env?: Record<string, string>;
  /** By default a folder of its own, removed at the end; one that is given is left. */
  readonly dataDir?: string;
}

export interface Figures {
  readonly calls: number;
  readonly answeredCalls: number;
  readonly refusedCalls: number;
  readonly rssMb: number;
  /** Held by calls, each with its RTCP port. */
  readonly rtpPorts: number;
  readonly spool: { readonly waiting: number; readonly refused: number; readonly drafts: number };
  readonly sip: Record<string, number>;
  readonly media: Record<string, { calls: number; tickLateP99Ms: number; droppedPackets: number }>;
}

export class Stack {
  readonly dataDir: string;
  readonly apiUrl: string;
  readonly sipPort: number;
  readonly healthUrl: string;
  readonly #children = new Map<ServiceName, Bun.Subprocess>();

  private constructor(private readonly options: StackOptions) {
    this.dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "sk-stack-"));
    this.apiUrl = `http://127.0.0.1:${options.basePort}`;
    this.sipPort = options.basePort + 1;
    this.healthUrl = `http://127.0.0.1:${options.basePort + 2}`;
  }

  static async start(options: StackOptions, services: readonly ServiceName[] = ["api", "engine"]): Promise<Stack> {
    const stack = new Stack(options);
    for (const service of services) await stack.launch(service);
    return stack;
  }

  get sipUri(): string {
    return `sip:suki@127.0.0.1:${this.sipPort}`;
  }

  get testKey(): string {
    return (JSON.parse(readFileSync(join(this.dataDir, "keys.json"), "utf8")) as { test_key: string }).test_key;
  }

  /** What its services are started with. */
  get env(): Readonly<Record<string, string>> {
    return this.options.env ?? {};
  }

  get engineKey(): string {
    return (JSON.parse(readFileSync(join(this.dataDir, "keys.json"), "utf8")) as { engine_key: string }).engine_key;
  }

  /** Starts a service and waits until it is ready. */
  async launch(name: ServiceName): Promise<void> {
    const { basePort, env } = this.options;
    const child = Bun.spawn([process.execPath, join(ROOT, name, "src/main.ts")], {
      cwd: ROOT,
      stdin: "ignore",
      stdout: Bun.file(join(this.dataDir, `${name}.log`)),
      stderr: Bun.file(join(this.dataDir, `${name}.err.log`)),
      env: {
        ...process.env,
        SK_DATA_DIR: this.dataDir,
        PORT: String(basePort),
        SK_API_URL: this.apiUrl,
        SK_SIP_PORT: String(this.sipPort),
        SK_HEALTH_PORT: String(basePort + 2),
        SK_STREAM_PORT: String(basePort + 3),
        SK_RTP_PORT_MIN: String(basePort + 1000),
        SK_RTP_PORT_MAX: String(basePort + 1998),
        ...env,
      },
    });
    this.#children.set(name, child);
    const url = name === "api" ? `${this.apiUrl}/ready` : `${this.healthUrl}/ready`;
    for (const deadlineMs = performance.now() + READY_MS; performance.now() < deadlineMs; ) {
      if ((await fetch(url).catch(() => undefined))?.ok) return;
      if (child.exitCode !== null) break;
      await Bun.sleep(50);
    }
    throw new Error(`the ${name} does not start:\n${this.log(name)}`);
  }

  async kill(name: ServiceName, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#children.get(name);
    child?.kill(signal);
    await child?.exited;
  }

  /** Without waiting for its end. */
  signal(name: ServiceName, signal: NodeJS.Signals): void {
    this.#children.get(name)?.kill(signal);
  }

  /** Whether the process has ended. */
  hasEnded(name: ServiceName): boolean {
    const child = this.#children.get(name);
    return child === undefined || child.exitCode !== null || child.signalCode !== null;
  }

  log(name: ServiceName): string {
    return (
      readFileSync(join(this.dataDir, `${name}.err.log`), "utf8") +
      readFileSync(join(this.dataDir, `${name}.log`), "utf8")
    );
  }

  pid(name: ServiceName): number {
    return this.#children.get(name)?.pid ?? 0;
  }

  /** GET with the test key. */
  async get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.apiUrl}${path}`, { headers: { authorization: `Bearer ${this.testKey}` } });
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** PATCH with the test key. */
  async patch(path: string, body: unknown): Promise<void> {
    const headers = { authorization: `Bearer ${this.testKey}`, "content-type": "application/json" };
    const response = await fetch(`${this.apiUrl}${path}`, { method: "PATCH", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`PATCH ${path}: ${response.status} ${await response.text()}`);
  }

  async figures(): Promise<Figures> {
    return (await (await fetch(`${this.healthUrl}/figures`)).json()) as Figures;
  }

  async stop(): Promise<void> {
    for (const name of ["engine", "api"] as const) await this.kill(name, "SIGTERM");
    if (this.options.dataDir === undefined) rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** Asks again until `check` is true. @throws after `timeoutMs`, with `what`. */
export async function eventually(
  what: string,
  timeoutMs: number,
  check: () => Promise<boolean> | boolean,
): Promise<void> {
  for (const deadlineMs = performance.now() + timeoutMs; performance.now() < deadlineMs; ) {
    if (await check()) return;
    await Bun.sleep(100);
  }
  throw new Error(`${what} did not happen within ${timeoutMs} ms`);
}
