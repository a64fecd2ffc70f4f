import type { EngineReport } from "@sk-voice/api/contract/index.ts";
import { Quotas } from "../../src/call/quotas.ts";
import { createLog } from "../../src/io/log.ts";
import type { ToWorker } from "../../src/io/messages.ts";
import { OutboundCalls } from "../../src/io/outbound-calls.ts";
import { Referrals } from "../../src/io/referrals.ts";
import { RtpPorts } from "../../src/io/rtp-ports.ts";
import { openSipTransport } from "../../src/io/sip-transport.ts";
import { Switchboard } from "../../src/io/switchboard.ts";
import { SALON } from "../../src/receptionist/sim/workspace.ts";
import { Dialling } from "../../src/sip/dialling.ts";
import { type Trunk, TrunkConfig } from "../../src/sip/trunk-config.ts";
import type { LeakGuard } from "../leaks.ts";

/** The signalling half of an engine on real sockets: media threads only write down what they are told, and open and close at once. */
export async function openDesk({ closeAfter, mustBeZero }: LeakGuard, trunkSettings: Partial<Trunk>, agent = SALON) {
  const told: ToWorker[] = [];
  const reports: EngineReport[] = [];
  const rings: string[] = [];
  const calls = new Set<string>();
  const pool = {
    assign: (callId: string) => {
      calls.add(callId);
      return true;
    },
    has: (callId: string) => calls.has(callId),
    release: (callId: string) => void calls.delete(callId),
    send: (callId: string, message: ToWorker) => {
      told.push(message);
      if (message.type === "open") queueMicrotask(() => tell({ type: "opened", callId }));
      if (message.type === "stop") queueMicrotask(() => tell({ type: "closed", callId }));
      return true;
    },
  };
  const tell = (message: { type: "opened" | "closed" | "hang-up"; callId: string }): void => {
    if (!outbound.onMedia(message)) switchboard.onMedia(message);
  };
  const log = createLog({ level: "fatal" as "error", name: "test" });
  const trunk = TrunkConfig.parse({ name: "carrier", allow: ["127.0.0.1"], ...trunkSettings });
  const ports = new RtpPorts(42_140, 42_160);
  const sip = await openSipTransport({
    host: "127.0.0.1",
    port: 0,
    product: "test",
    onEvent: (event) => {
      if (!outbound.onSip(event)) switchboard.onSip(event);
    },
  });
  const transfers = { onSip: () => false, start: () => {}, callerEnded: () => {}, onHuman: () => {} };
  const calling = {
    dialling: new Dialling([trunk]),
    ports,
    log,
    sip: () => sip,
    flowTo: async (uri: string) => sip.flowTo(uri),
    hangUpCaller: (callId: string) => switchboard.hangUp(callId),
  };
  const common = { engineId: "e", agent: () => agent, live: () => {}, pool: () => pool as never };
  const publisher = { publish: (report: EngineReport) => void reports.push(report) };
  const referrals = new Referrals(calling);
  const outbound: OutboundCalls = new OutboundCalls({
    ...calling,
    ...common,
    publisher,
    transfers: () => transfers,
    room: () => true,
    rings: (testCallId) => void rings.push(testCallId),
  });
  const switchboard: Switchboard = new Switchboard({
    ...common,
    maxCalls: 10,
    quotas: new Quotas(),
    ports,
    publisher: publisher as never,
    prints: {} as never,
    log,
    command: (command) => sip.command(command),
    trunkOf: () => trunk,
    transfers: () => transfers as never,
    referrals: () => referrals,
  });
  closeAfter(() => sip.close(200));
  mustBeZero("calls", () => calls.size + switchboard.callCount + outbound.callCount);
  mustBeZero("ports", () => ports.takenCount);
  mustBeZero("calls on trunks", () => calling.dialling.callCount);
  mustBeZero("referrals", () => referrals.count);
  mustBeZero("SIP legs and dialogs", () => sip.held.legs + sip.held.dialogs);
  return { sip, uri: `sip:suki@127.0.0.1:${sip.port}`, told, reports, rings, outbound, switchboard, tell, ports };
}

export async function until(what: string, condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !condition(); i++) await Bun.sleep(5);
  if (!condition()) throw new Error(`${what} did not happen`);
}
