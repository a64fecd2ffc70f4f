/** Builds sipp scenarios from steps, so that each reads as the ladder it is. */

export interface RequestStep {
  readonly method: string;
  readonly cseq?: number;
  readonly headers?: readonly string[];
  /** "sendrecv", "sendonly", ...: with an SDP of that direction. */
  readonly sdp?: string;
  /** Copied from the last answer's To: in-dialog requests. */
  readonly inDialog?: boolean;
  /** The branch of the INVITE: CANCEL, and the ACK of a refusal. */
  readonly sameBranch?: boolean;
  /** Along the Record-Route of the 200, which was taken with `receive(200, { route: true })`. */
  readonly routed?: boolean;
  /** Repeats as UDP clients do. */
  readonly retransmit?: boolean;
}

const SDP = (direction: string) =>
  [
    "v=0",
    "o=sipp 1 [cseq] IN IP[local_ip_type] [local_ip]",
    "s=-",
    "c=IN IP[media_ip_type] [media_ip]",
    "t=0 0",
    "m=audio [media_port] RTP/AVP 0 8 101",
    "a=rtpmap:101 telephone-event/8000",
    `a=${direction}`,
  ].join("\n");

export function send(step: RequestStep): string {
  const {
    method,
    cseq = 1,
    headers = [],
    sdp,
    inDialog = false,
    sameBranch = false,
    retransmit = false,
    routed = false,
  } = step;
  const isOfInvite = sameBranch || (method === "INVITE" && cseq === 1);
  const branch = isOfInvite ? "z9hG4bK-[pid]-[call_number]-invite" : "[branch]";
  const lines = [
    routed ? `${method} [next_url] SIP/2.0` : `${method} sip:[service]@[remote_ip]:[remote_port] SIP/2.0`,
    `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=${branch}`,
    "From: sipp <sip:sipp@[local_ip]:[local_port]>;tag=[pid]SIPpTag[call_number]",
    inDialog
      ? "To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]"
      : "To: <sip:[service]@[remote_ip]:[remote_port]>",
    "Call-ID: [call_id]",
    `CSeq: ${cseq} ${method}`,
    "Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>",
    "Max-Forwards: 70",
    ...(routed ? ["[routes]"] : []),
    ...headers,
    ...(sdp === undefined ? [] : ["Content-Type: application/sdp"]),
    "Content-Length: [len]",
    "",
    ...(sdp === undefined ? [] : [SDP(sdp)]),
  ];
  return `<send${retransmit ? ' retrans="500"' : ""}><![CDATA[\n${lines.join("\n")}\n\n]]></send>`;
}

export function receive(
  status: number,
  options: { readonly optional?: boolean; readonly route?: boolean } = {},
): string {
  const optional = options.optional === true ? ' optional="true"' : "";
  return `<recv response="${status}"${optional}${options.route === true ? ' rrs="true"' : ""}></recv>`;
}

export function receiveRequest(method: string): string {
  return `<recv request="${method}"></recv>`;
}

/** The answer to the request just received. */
export function answer(status: string, sdp?: string): string {
  const type = sdp === undefined ? "" : "Content-Type: application/sdp\n";
  const lines = `SIP/2.0 ${status}
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>
${type}Content-Length: [len]

${sdp === undefined ? "" : SDP(sdp)}
`;
  return `<send><![CDATA[\n${lines}\n]]></send>`;
}

export function pause(ms: number): string {
  return `<pause milliseconds="${ms}"/>`;
}

export function scenario(name: string, steps: readonly string[]): string {
  return `<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="${name}">\n${steps.join("\n")}\n</scenario>\n`;
}

/** INVITE to ACK, with the 1xx that may come. */
export function call(headers: readonly string[] = [], sdp = "sendrecv", routed = false): string[] {
  return [
    send({ method: "INVITE", headers, sdp, retransmit: true }),
    receive(100, { optional: true }),
    receive(180, { optional: true }),
    receive(183, { optional: true }),
    receive(200, { route: routed }),
    send({ method: "ACK", inDialog: true, routed }),
  ];
}

export function bye(cseq: number, routed = false): string[] {
  return [send({ method: "BYE", cseq, inDialog: true, retransmit: true, routed }), receive(200)];
}
