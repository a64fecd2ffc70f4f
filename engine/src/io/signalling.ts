import { randomBytes } from "node:crypto";
import type { EngineConfig } from "../config.ts";
import { type AdmissionCounters, Admissions } from "../sip/admission.ts";
import type { Trunk } from "../sip/trunk-config.ts";
import { formatHost, parseUri, writeSipUri } from "../sip/uri.ts";
import type { CallEvent, Flow } from "../sip/user-agent.ts";
import type { Log } from "./log.ts";
import { type RegistrationHandle, startRegistration } from "./registrations.ts";
import { resolveTarget } from "./resolve.ts";
import { openSipTransport, type SipTransport } from "./sip-transport.ts";
import { externalAddress } from "./stun.ts";
import type { SignallingSettings } from "./trunk-file.ts";

/** SIP as the engine runs it: the transport, behind the trunks' admission, with their accounts registered. */
export interface Signalling {
  readonly sip: SipTransport;
  trunkOf(address: string): Trunk | undefined;
  /** The way to a URI's host, names resolved. Rejects with an Error naming the host that does not resolve. */
  flowTo(uri: string): Promise<Flow>;
  figures(): SignallingFigures;
  /** Withdraws the registrations, ends what is left, closes the sockets. */
  close(): Promise<void>;
}

export interface SignallingFigures {
  readonly sip: SipTransport["counters"];
  readonly admission: Readonly<AdmissionCounters>;
  readonly connections: number;
  /** By trunk: whether its account is registered. */
  readonly registered: Readonly<Record<string, boolean>>;
}

export interface SignallingOptions {
  readonly config: EngineConfig;
  readonly settings: SignallingSettings;
  readonly product: string;
  readonly log: Log;
  readonly onEvent: (event: CallEvent) => void;
}

const REGISTRAR_RETRY_MS = 30_000;
/** How long a registrar may take to hear that we leave. */
const GOODBYE_MS = 500;

/** @throws PortBusyError; Error when the STUN server does not answer. */
export async function openSignalling(options: SignallingOptions): Promise<Signalling> {
  const { config, settings, product, onEvent } = options;
  const { trunks, tls } = settings;
  const nonceSecret = randomBytes(32).toString("hex");
  const admissions = new Admissions({ trunks, maxCalls: config.SK_MAX_CALLS, nonceSecret });
  /** Which name an address was found by: TLS must see that name in the certificate. */
  const names = new Map<string, string>();
  const externalHost = await findExternalHost(config, options.log);
  let registrations: Registrations | undefined;
  const sip = await openSipTransport({
    host: config.SK_SIP_HOST,
    port: config.SK_SIP_PORT,
    product,
    maxLegs: config.SK_MAX_CALLS * 2,
    ...(externalHost === undefined ? {} : { externalHost }),
    ...(tls === undefined ? {} : { tls: { ...tls, serverName: (address: string) => names.get(address) } }),
    admit: admissions.judge,
    onConnectionLost: (address) => registrations?.connectionLost(address),
    isExpected: admissions.isExpected,
    onEvent,
  });
  const flowTo = async (uri: string): Promise<Flow> => {
    const parsed = parseUri(uri);
    const isTls = parsed?.scheme === "sips" || parsed?.params.get("transport")?.toLowerCase() === "tls";
    const target = await resolveTarget(uri, isTls ? 5061 : 5060);
    if (target.name !== undefined) names.set(target.address, target.name);
    const transport = isTls ? "tls" : (parsed?.params.get("transport")?.toLowerCase() ?? "udp");
    return sip.flowTo(writeSipUri("", target.address, target.port, transport));
  };
  registrations = new Registrations(options, sip, flowTo);
  const accounts = registrations;
  for (const trunk of trunks) accounts.start(trunk);
  return {
    sip,
    trunkOf: (address) => admissions.trunkOf(address),
    flowTo,
    figures: () => ({
      sip: sip.counters,
      admission: admissions.counters,
      connections: sip.connectionCount,
      registered: accounts.states(),
    }),
    close: async () => {
      await accounts.stop();
      await sip.close();
    },
  };
}

async function findExternalHost(config: EngineConfig, log: Log): Promise<string | undefined> {
  if (config.SK_EXTERNAL_ADDRESS !== "") return config.SK_EXTERNAL_ADDRESS;
  if (config.SK_STUN_SERVER === "") return undefined;
  const address = await externalAddress(config.SK_STUN_SERVER, config.SK_SIP_HOST);
  log.info({ server: config.SK_STUN_SERVER }, "external address found by STUN");
  return address;
}

/** The accounts of the trunks that have one. A registrar whose name does not resolve is tried again. */
class Registrations {
  readonly #handles = new Map<string, RegistrationHandle>();
  readonly #retries = new Set<ReturnType<typeof setTimeout>>();
  #isStopped = false;

  constructor(
    private readonly options: SignallingOptions,
    private readonly sip: SipTransport,
    private readonly flowTo: (uri: string) => Promise<Flow>,
  ) {}

  states(): Record<string, boolean> {
    return Object.fromEntries([...this.#handles].map(([name, handle]) => [name, handle.state === "registered"]));
  }

  start(trunk: Trunk): void {
    if (trunk.register === undefined) return;
    this.#register(trunk, trunk.register).catch((error: unknown) => {
      this.options.log.error({ trunk: trunk.name, err: error }, "the registrar cannot be found; trying again");
      const retry = setTimeout(() => {
        this.#retries.delete(retry);
        this.start(trunk);
      }, REGISTRAR_RETRY_MS);
      this.#retries.add(retry);
    });
  }

  connectionLost(address: string): void {
    if (this.#isStopped) return;
    for (const handle of this.#handles.values()) if (handle.address === address) handle.connectionLost();
  }

  /** Resolves when the registrars have answered, or after a short while. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const retry of this.#retries) clearTimeout(retry);
    const handles = [...this.#handles.values()];
    for (const handle of handles) handle.stop();
    for (let waitedMs = 0; waitedMs < GOODBYE_MS && handles.some(({ state }) => state !== "idle"); waitedMs += 20) {
      await Bun.sleep(20);
    }
  }

  async #register({ name }: Trunk, account: NonNullable<Trunk["register"]>): Promise<void> {
    const { log } = this.options;
    const flow = await this.flowTo(account.via ?? account.registrar);
    if (this.#isStopped) return;
    const user = account.user ?? account.username;
    const host = parseUri(account.registrar)?.host ?? "";
    const handle = startRegistration(
      this.sip,
      {
        registrar: account.registrar,
        address: `sip:${user}@${formatHost(host)}`,
        contact: writeSipUri(user, flow.localHost, flow.localPort, flow.transport),
        credentials: { username: account.username, password: account.password },
        expiresS: account.expiresS,
        token: () => randomBytes(12).toString("hex"),
        flow,
      },
      (event) => {
        if (event.kind === "registered") log.info({ trunk: name }, "registered");
        else log.error({ trunk: name, status: event.status }, "the registrar refuses or does not answer; trying again");
      },
    );
    this.#handles.set(name, handle);
  }
}
