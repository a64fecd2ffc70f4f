import { parseMessage } from "@sk-voice/engine/sip/parse.ts";
import { measure } from "../src/measure.ts";
import { suite } from "../src/suite.ts";

const SDP = [
  "v=0",
  "o=- 1 1 IN IP4 192.0.2.10",
  "s=-",
  "c=IN IP4 192.0.2.10",
  "t=0 0",
  "m=audio 4000 RTP/AVP 0 8 101",
  "a=rtpmap:101 telephone-event/8000",
  "",
].join("\r\n");

const INVITE = [
  "INVITE sip:suki@192.0.2.1 SIP/2.0",
  "Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKproxy;rport",
  "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKcaller;received=192.0.2.10",
  "Record-Route: <sip:192.0.2.20;lr>",
  "Max-Forwards: 69",
  'From: "Priya" <sip:+919845012345@carrier.example;user=phone>;tag=1928301774',
  "To: <sip:suki@192.0.2.1>",
  "Call-ID: a84b4c76e66710@192.0.2.10",
  "CSeq: 314159 INVITE",
  "Contact: <sip:+919845012345@192.0.2.10:5060>",
  "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS",
  "User-Agent: a carrier",
  "Content-Type: application/sdp",
  `Content-Length: ${SDP.length}`,
  "",
  SDP,
].join("\r\n");
const BYE = `${INVITE.slice(0, INVITE.indexOf("Content-Type")).replaceAll("INVITE", "BYE")}Content-Length: 0\r\n\r\n`;

export default suite({
  name: "sip-parse",
  title: "SIP: bytes to message",
  smoke: { operations: 300, batches: 10 },
  full: { operations: 3000, batches: 60 },
  run: async ({ operations, batches }) =>
    Object.entries({ INVITE, BYE }).flatMap(([name, text]) => {
      const bytes = new TextEncoder().encode(text);
      const parsed = parseMessage(bytes);
      if (parsed instanceof Error) throw parsed;
      return measure({ name, operations, batches, per: "message" }, () => void parseMessage(bytes));
    }),
});
