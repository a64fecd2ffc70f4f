/** A minimal answering server for the interop tests: `bun uas.ts HOST PORT` prints "ready", rings, answers, and never sends media. */
import { openSipTransport, type SipTransport } from "../../src/io/sip-transport.ts";
import { OfferAnswer } from "../../src/sip/negotiate.ts";
import type { CallEvent } from "../../src/sip/user-agent.ts";

const [host = "127.0.0.1", port = "0"] = process.argv.slice(2);
const negotiations = new Map<number, OfferAnswer>();

function answer(leg: number, offer: string | undefined): string | undefined {
  const negotiation = negotiations.get(leg);
  if (offer === undefined) return negotiation?.offer();
  const result = negotiation?.answer(offer);
  return result?.ok ? result.sdp : undefined;
}

function onEvent(transport: SipTransport, event: CallEvent): void {
  const { leg } = event;
  if (event.kind === "incoming") {
    negotiations.set(leg, new OfferAnswer({ address: event.flow.localHost, port: 40_000, sessionId: String(leg) }));
    const sdp = answer(leg, event.sdp);
    transport.command({ kind: "ring", leg });
    transport.command(sdp === undefined ? { kind: "reject", leg, status: 488 } : { kind: "answer", leg, sdp });
  } else if (event.kind === "reinvite") {
    const sdp = answer(leg, event.sdp);
    transport.command(
      sdp === undefined ? { kind: "reject-reinvite", leg, status: 488 } : { kind: "accept-reinvite", leg, sdp },
    );
  } else if (event.kind === "ended") negotiations.delete(leg);
}

const transport: SipTransport = await openSipTransport({
  host,
  port: Number(port),
  product: "sk-voice-test",
  onEvent: (event) => onEvent(transport, event),
});
console.log(`ready ${transport.port}`);
process.on("SIGTERM", async () => {
  await transport.close();
  console.log(JSON.stringify(transport.counters));
  process.exit(0);
});
