/**
 * An answering server for the interop tests: `bun uas.ts HOST PORT` prints "ready PORT", never sends media, and behaves as the user part
 * of the Request-URI says: `ring` only rings, `busy` refuses, `early` sends 183 first, `bye` hangs up, `glare` re-INVITEs and `refer` refers
 * as soon as the call is up; anything else rings and answers. On SIGTERM it prints what is left as JSON.
 */
import { openSipTransport, type SipTransport } from "../../src/io/sip-transport.ts";
import { OfferAnswer } from "../../src/sip/negotiate.ts";
import { parseUri } from "../../src/sip/uri.ts";
import type { CallEvent, LegId } from "../../src/sip/user-agent.ts";

interface Call {
  readonly user: string;
  readonly media: OfferAnswer;
}

const [host = "127.0.0.1", port = "0"] = process.argv.slice(2);
const calls = new Map<LegId, Call>();

function onIncoming(transport: SipTransport, event: Extract<CallEvent, { kind: "incoming" }>): void {
  const { leg } = event;
  const user = parseUri(event.request.uri)?.user ?? "";
  const media = new OfferAnswer({ address: event.flow.localHost, port: 40_000, sessionId: String(leg) });
  calls.set(leg, { user, media });
  if (user === "busy") return transport.command({ kind: "reject", leg, status: 486 });
  const sdp = describe(media, event.sdp);
  if (sdp === undefined) return transport.command({ kind: "reject", leg, status: 488 });
  transport.command(user === "early" ? { kind: "progress", leg, sdp } : { kind: "ring", leg });
  if (user !== "ring") transport.command({ kind: "answer", leg, sdp });
}

function describe(media: OfferAnswer, offer: string | undefined): string | undefined {
  if (offer === undefined) return media.offer();
  const result = media.answer(offer);
  return result.ok ? result.sdp : undefined;
}

function onEvent(transport: SipTransport, event: CallEvent): void {
  const { leg } = event;
  const call = calls.get(leg);
  switch (event.kind) {
    case "incoming":
      return onIncoming(transport, event);
    case "acked":
      if (call?.user === "bye") transport.command({ kind: "hangup", leg });
      if (call?.user === "glare") transport.command({ kind: "reinvite", leg, sdp: call.media.offer() });
      if (call?.user === "refer") transport.command({ kind: "refer", leg, target: "sip:agent@192.0.2.7" });
      return;
    case "reinvite": {
      const sdp = call && describe(call.media, event.sdp);
      return transport.command(
        sdp === undefined ? { kind: "reject-reinvite", leg, status: 488 } : { kind: "accept-reinvite", leg, sdp },
      );
    }
    case "refer":
      transport.command({ kind: "accept-refer", leg });
      return transport.command({ kind: "notify-refer", leg, status: 200 });
    case "refer-progress":
      if (event.isOver) transport.command({ kind: "hangup", leg });
      return;
    case "ended":
      calls.delete(leg);
  }
}

const transport: SipTransport = await openSipTransport({
  host,
  port: Number(port),
  product: "sk-voice-test",
  onEvent: (event) => onEvent(transport, event),
});
console.log(`ready ${transport.port}`);
process.on("SIGTERM", async () => {
  const { legs, dialogs } = transport.held;
  const { connectionCount } = transport;
  await transport.close();
  console.log(JSON.stringify({ legs, dialogs, connectionCount, calls: calls.size, ...transport.counters }));
  process.exit(0);
});
