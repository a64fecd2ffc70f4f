/** The messages of RFC 5118 section 4: IPv6 in SIP. Names are ours; the number is the section. */

const lines = (...all: string[]) => [...all, "", ""].join("\r\n");

const register = (uri: string, number: number) =>
  lines(
    `REGISTER ${uri} SIP/2.0`,
    "To: sip:user@example.com",
    "From: sip:user@example.com;tag=81x2",
    "Via: SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111",
    `Call-ID: SSG9559905523997077@hlau_4100_${number}`,
    "Max-Forwards: 70",
    'Contact: "Caller" <sip:caller@[2001:db8::1]>',
    "CSeq: 98176 REGISTER",
    "Content-Length: 0",
  );

const bye = (...vias: string[]) =>
  lines(
    "BYE sip:[2001:db8::10] SIP/2.0",
    "To: sip:user@example.com;tag=bd76ya",
    "From: sip:user@example.com;tag=81x2",
    ...vias.map((via) => `Via: ${via}`),
    "Call-ID: SSG9559905523997077@hlau_4100",
    "Max-Forwards: 70",
    "CSeq: 321 BYE",
    "Content-Length: 0",
  );

function call(uri: string, via: string, contact: string, sdp: readonly string[]): string {
  const body = [...sdp, ""].join("\r\n");
  return [
    `INVITE ${uri} SIP/2.0`,
    `To: ${uri}`,
    "From: sip:user@example.com;tag=81x2",
    `Via: SIP/2.0/UDP ${via};branch=z9hG4bKas3-111`,
    "Call-ID: SSG9559905523997077@hlau_4100",
    `Contact: "Caller" <${contact}>`,
    "CSeq: 8612 INVITE",
    "Max-Forwards: 70",
    "Content-Type: application/sdp",
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

const audio = (address: string) => [
  "v=0",
  `o=assistant 971731711378798081 0 IN IP6 ${address}`,
  "s=Live video feed for today's meeting",
  `c=IN IP6 ${address}`,
  "t=3338481189 3370017201",
  "m=audio 6000 RTP/AVP 2 0",
  "a=rtpmap:2 G726-32/8000",
];

const options = (host: string) =>
  lines(
    `OPTIONS sip:user@${host} SIP/2.0`,
    "To: sip:user@example.com",
    "From: sip:user@example.com;tag=810x2",
    "Via: SIP/2.0/UDP lab1.east.example.com;branch=z9hG4bKas3-111",
    "Call-ID: G9559905523997077@hlau_4100",
    "CSeq: 689 OPTIONS",
    "Max-Forwards: 70",
    "Content-Length: 0",
  );

export const RFC_5118: Readonly<Record<string, string>> = {
  "4.1 a reference in brackets": register("sip:[2001:db8::10]", 1),
  "4.2 an address without brackets": register("sip:2001:db8::10", 2),
  "4.3 a port inside the brackets": register("sip:[2001:db8::10:5070]", 3),
  "4.4 a port after the brackets": register("sip:[2001:db8::10]:5070", 4),
  "4.5 received in brackets": bye("SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3-111"),
  "4.5 received without brackets": bye("SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3"),
  "4.6 IPv6 in SDP": call(
    "sip:user@[2001:db8::10]",
    "[2001:db8::20]",
    "sip:caller@[2001:db8::20]",
    audio("2001:db8::20"),
  ),
  "4.7 several Vias of both families": bye(
    "SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-111",
    "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144",
    "SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bK451jj;received=192.0.2.200",
  ),
  "4.8 addresses of both families in SDP": call(
    "sip:user@[2001:db8::10]",
    "[2001:db8::9:1]",
    "sip:caller@[2001:db8::9:1]",
    [
      "v=0",
      "o=bob 280744730 28977631 IN IP4 host.example.com",
      "s=",
      "t=0 0",
      "m=audio 22334 RTP/AVP 0",
      "c=IN IP4 192.0.2.1",
      "m=video 6024 RTP/AVP 107",
      "c=IN IP6 2001:db8::1",
      "a=rtpmap:107 H263-1998/90000",
    ],
  ),
  "4.9 IPv4-mapped addresses": call(
    "sip:user@example.com",
    "[::ffff:192.0.2.10]:19823",
    "sip:caller@[::ffff:192.0.2.10]",
    audio("::ffff:192.0.2.2"),
  ),
  "4.10 two colons": options("[2001:db8::192.0.2.1]"),
  "4.10 three colons": options("[2001:db8:::192.0.2.1]"),
};
