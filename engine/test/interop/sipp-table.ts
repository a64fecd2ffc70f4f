import { answer, bye, call, pause, receive, receiveRequest, scenario, send } from "./sipp-scenario.ts";

/** What sipp plays against `engine/test/sip/uas.ts`; the user part says how that server behaves. */
export interface SippCase {
  readonly feature: string;
  /** User part of the Request-URI. */
  readonly user: string;
  readonly steps: readonly string[];
  readonly transport?: "u1" | "t1";
  readonly calls?: number;
  /** Packets lost at sipp, per cent. */
  readonly lossPercent?: number;
  /** Takes minutes: only in the long run. */
  readonly isLong?: boolean;
}

const hold = [
  send({ method: "INVITE", cseq: 2, sdp: "sendonly", inDialog: true, retransmit: true }),
  receive(100, { optional: true }),
  receive(200),
  send({ method: "ACK", cseq: 2, inDialog: true }),
];
const resume = [
  send({ method: "INVITE", cseq: 3, sdp: "sendrecv", inDialog: true, retransmit: true }),
  receive(100, { optional: true }),
  receive(200),
  send({ method: "ACK", cseq: 3, inDialog: true }),
];
const ringing = [
  send({ method: "INVITE", sdp: "sendrecv", retransmit: true }),
  receive(100, { optional: true }),
  receive(180),
];

export const SIPP_CASES: readonly SippCase[] = [
  { feature: "call over UDP", user: "suki", steps: [...call(), ...bye(2)], calls: 100 },
  { feature: "call over TCP", user: "suki", steps: [...call(), ...bye(2)], transport: "t1", calls: 100 },
  { feature: "the callee hangs up", user: "bye", steps: [...call(), receiveRequest("BYE"), answer("200 OK")] },
  {
    feature: "retransmission storm: 25 % of packets lost",
    user: "suki",
    steps: [...call(), ...bye(2)],
    calls: 20,
    lossPercent: 25,
    isLong: true,
  },
  {
    feature: "the same INVITE six times at once",
    user: "suki",
    steps: [
      ...Array.from({ length: 6 }, () => send({ method: "INVITE", sdp: "sendrecv", sameBranch: true })),
      receive(100, { optional: true }),
      receive(180, { optional: true }),
      receive(200),
      send({ method: "ACK", inDialog: true }),
      pause(100),
      ...bye(2),
    ],
  },
  {
    feature: "late ACK: after 3 s",
    user: "suki",
    steps: [...call().slice(0, -1), pause(3000), send({ method: "ACK", inDialog: true }), pause(100), ...bye(2)],
  },
  {
    feature: "CANCEL while ringing",
    user: "ring",
    steps: [
      ...ringing,
      pause(50),
      send({ method: "CANCEL", sameBranch: true }),
      receive(200),
      receive(487),
      send({ method: "ACK", inDialog: true, sameBranch: true }),
    ],
  },
  {
    feature: "refused",
    user: "busy",
    steps: [
      send({ method: "INVITE", sdp: "sendrecv", retransmit: true }),
      receive(100, { optional: true }),
      receive(486),
      send({ method: "ACK", inDialog: true, sameBranch: true }),
    ],
  },
  { feature: "hold and resume", user: "suki", steps: [...call(), ...hold, pause(300), ...resume, ...bye(4)] },
  {
    feature: "hold for 90 s",
    user: "suki",
    steps: [...call(), ...hold, pause(90_000), ...resume, ...bye(4)],
    isLong: true,
  },
  {
    feature: "glare: both sides re-INVITE",
    user: "glare",
    steps: [
      ...call(),
      receiveRequest("INVITE"),
      answer("491 Request Pending"),
      receiveRequest("ACK"),
      receiveRequest("INVITE"),
      answer("200 OK", "sendrecv"),
      receiveRequest("ACK"),
      ...bye(2),
    ],
  },
  {
    feature: "late offer",
    user: "suki",
    steps: [
      send({ method: "INVITE", retransmit: true }),
      receive(100, { optional: true }),
      receive(180, { optional: true }),
      receive(200),
      send({ method: "ACK", inDialog: true, sdp: "sendrecv" }),
      pause(100),
      ...bye(2),
    ],
  },
  {
    feature: "100rel: 183 with SDP and PRACK",
    user: "early",
    steps: [
      send({ method: "INVITE", sdp: "sendrecv", headers: ["Supported: 100rel"], retransmit: true }),
      receive(100, { optional: true }),
      receive(183),
      send({ method: "PRACK", cseq: 2, inDialog: true, headers: ["RAck: 1 1 INVITE"], retransmit: true }),
      receive(200),
      receive(200),
      send({ method: "ACK", inDialog: true }),
      ...bye(3),
    ],
  },
  {
    feature: "UPDATE without SDP",
    user: "suki",
    steps: [...call(), send({ method: "UPDATE", cseq: 2, inDialog: true, retransmit: true }), receive(200), ...bye(3)],
  },
  {
    feature: "session timer too short: 422",
    user: "suki",
    steps: [
      send({
        method: "INVITE",
        sdp: "sendrecv",
        headers: ["Supported: timer", "Session-Expires: 60"],
        retransmit: true,
      }),
      receive(422),
      send({ method: "ACK", inDialog: true, sameBranch: true }),
    ],
  },
  {
    feature: "session expiry: BYE after 60 of 90 s",
    user: "suki",
    steps: [
      ...call(["Supported: timer", "Session-Expires: 90;refresher=uac"]),
      receiveRequest("BYE"),
      answer("200 OK"),
    ],
    isLong: true,
  },
  {
    feature: "session refresh by us: UPDATE after 45 of 90 s",
    user: "suki",
    steps: [
      ...call(["Supported: timer", "Allow: UPDATE", "Session-Expires: 90;refresher=uas"]),
      receiveRequest("UPDATE"),
      answer("200 OK"),
      ...bye(2),
    ],
    isLong: true,
  },
  {
    feature: "vanished peer: BYE after 32 s without ACK",
    user: "suki",
    steps: [...call().slice(0, -1), pause(31_000), receiveRequest("BYE"), answer("200 OK")],
    isLong: true,
  },
  {
    feature: "REFER of ours, NOTIFY of theirs",
    user: "refer",
    steps: [
      ...call(),
      receiveRequest("REFER"),
      answer("202 Accepted"),
      send({
        method: "NOTIFY",
        cseq: 2,
        inDialog: true,
        retransmit: true,
        headers: ["Event: refer", "Subscription-State: terminated;reason=noresource"],
      }),
      receive(200),
      receiveRequest("BYE"),
      answer("200 OK"),
    ],
  },
  {
    feature: "REFER of theirs, NOTIFY of ours",
    user: "suki",
    steps: [
      ...call(),
      send({
        method: "REFER",
        cseq: 2,
        inDialog: true,
        retransmit: true,
        headers: ["Refer-To: <sip:agent@192.0.2.7>"],
      }),
      receive(202),
      receiveRequest("NOTIFY"),
      answer("200 OK"),
      receiveRequest("NOTIFY"),
      answer("200 OK"),
      ...bye(3),
    ],
  },
  {
    feature: "unknown extension required: 420",
    user: "suki",
    steps: [
      send({ method: "INVITE", sdp: "sendrecv", headers: ["Require: nonsense"], retransmit: true }),
      receive(420),
      send({ method: "ACK", inDialog: true, sameBranch: true }),
    ],
  },
  { feature: "OPTIONS", user: "suki", steps: [send({ method: "OPTIONS", retransmit: true }), receive(200)], calls: 50 },
];

export function xmlOf({ feature, steps }: SippCase): string {
  return scenario(feature, steps);
}
