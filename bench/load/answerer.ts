/** Signalling alone: the product's SIP stack answers every call with the same SDP, and nothing else happens. For the cps suite. */
import { openSipTransport } from "@sk-voice/engine/io/sip-transport.ts";
import { OfferAnswer } from "@sk-voice/engine/sip/negotiate.ts";

const port = Number(process.env["SK_SIP_PORT"]);
const media = new OfferAnswer({ address: "127.0.0.1", port: 40_000, sessionId: "1" });

const sip = await openSipTransport({
  host: "127.0.0.1",
  port,
  product: "sk-voice-answerer",
  maxLegs: 20_000,
  // 2,000 calls a second for 32 s.
  maxTransactions: 130_000,
  onEvent: (event) => {
    if (event.kind !== "incoming") return;
    const answer = media.answer(event.sdp ?? "");
    if (answer.ok) sip.command({ kind: "answer", leg: event.leg, sdp: answer.sdp });
    else sip.command({ kind: "reject", leg: event.leg, status: answer.status });
  },
});
console.log("ready");
