import { describe, expect, test } from "bun:test";
import { parseNameAddr, writeNameAddr } from "./name-addr.ts";
import { parseHostPort, parseUri, writeSipUri } from "./uri.ts";
import { noteSource, parseVia } from "./via.ts";
import { writeRequest } from "./write.ts";

describe("parseUri", () => {
  test.each([
    ["sip:suki@192.0.2.1:5062;transport=tcp", { scheme: "sip", user: "suki", host: "192.0.2.1", port: 5062 }],
    [
      "SIPS:+15550100;phone-context=x:pw@[2001:db8::1]",
      { scheme: "sips", user: "+15550100;phone-context=x", host: "2001:db8::1" },
    ],
    ["sip:192.0.2.1", { user: "", host: "192.0.2.1", port: undefined }],
    ["sip:%61lice@example.com?subject=x", { user: "alice", host: "example.com" }],
    ["tel:+1-555-0100;ext=5", { scheme: "tel", user: "+1-555-0100", host: "" }],
  ])("reads %s", (text, expected) => expect(parseUri(text)).toMatchObject(expected));

  test.each([
    "sip:",
    "sip:@host",
    "sip:a@",
    "sip:a@b:0",
    "sip:a@b:99999",
    "sip:a b@c",
    "mailto:a@b",
    "sip:%zz@b",
    "tel:abc!",
    "",
  ])("refuses %p", (text) => expect(parseUri(text)).toBeUndefined());
});

test("URIs are written with brackets for IPv6 and escapes in the user", () => {
  expect(writeSipUri("a b@c", "2001:db8::1", 5060, "udp")).toBe("sip:a%20b%40c@[2001:db8::1]:5060");
  expect(writeSipUri("+1555", "192.0.2.1", 5060, "tcp")).toBe("sip:+1555@192.0.2.1:5060;transport=tcp");
  expect(parseHostPort("[::1]:7")).toEqual({ host: "::1", port: 7 });
});

describe("parseNameAddr", () => {
  test.each([
    ['"A \\"B\\"" <sip:a@b;lr>;tag=1', 'A "B"', "sip:a@b;lr", "1"],
    ["Ann Example <sip:a@b>;tag=2", "Ann Example", "sip:a@b", "2"],
    ["sip:a@b;tag=3", "", "sip:a@b", "3"],
  ])("reads %s", (text, displayName, uri, tag) => {
    const address = parseNameAddr(text);
    expect(address).toMatchObject({ displayName, uri });
    expect(address?.params.get("tag")).toBe(tag);
    expect(parseNameAddr(writeNameAddr(address!))).toEqual(address!);
  });

  test.each(["", "<sip:a@b", '"x <sip:a@b>', "a@b", "<sip:a@b>rubbish", "sip:a,b@c;tag=1", "<sip:a@b>;tag=1;tag=2"])(
    "refuses %p",
    (text) => expect(parseNameAddr(text)).toBeUndefined(),
  );
});

test("a forged received parameter is replaced", () => {
  const via = parseVia("SIP/2.0/UDP 10.0.0.1;received=6.6.6.6;branch=z9hG4bKx;rport")!;
  expect(noteSource(via, "192.0.2.1", 99).text).toBe(
    "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx;rport=99;received=192.0.2.1",
  );
});

test("a line end in a value cannot start a header", () => {
  const bytes = writeRequest("BYE", "sip:a@b\r\nX: 1", { headers: [{ name: "x-a", value: "1\r\nX-B: 2" }], body: "" });
  expect(new TextDecoder().decode(bytes)).toBe(
    "BYE sip:a@b X: 1 SIP/2.0\r\nX-A: 1 X-B: 2\r\nContent-Length: 0\r\n\r\n",
  );
});

test("a parameter that is written twice alike is one, as baresip sends it; unlike ones are an error", () => {
  expect(parseUri("sip:a@192.0.2.1;transport=tcp;transport=tcp")?.params.get("transport")).toBe("tcp");
  expect(parseUri("sip:a@192.0.2.1;transport=tcp;transport=udp")).toBeUndefined();
});
