import { expect, test } from "bun:test";
import type { SipRequest } from "../sip/message.ts";
import { parseNameAddr } from "../sip/name-addr.ts";
import { callerNumber } from "./caller-number.ts";

const invite = (from: string, ...asserted: string[]) =>
  ({
    from: parseNameAddr(from),
    headers: asserted.map((value) => ({ name: "p-asserted-identity", value })),
  }) as unknown as SipRequest;

const cases: readonly (readonly [string, readonly string[], string | null, string | null])[] = [
  ['"Priya" <sip:+919845012345@carrier.example>;tag=1', [], "+919845012345", "Priya"],
  ["<sip:09845012345@carrier.example>;tag=1", [], "+919845012345", null],
  ["<tel:+1-201-555-0123>;tag=1", [], "+12015550123", null],
  ["<sip:alice@example.com>;tag=1", [], null, null],
  ['"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1', [], null, null],
  [
    '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1',
    ["<sip:+919845012345@carrier.example>"],
    "+919845012345",
    null,
  ],
  ["<sip:%2B919845012345@carrier.example>;tag=1", [], "+919845012345", null],
  ["<sip:%ZZ@carrier.example>;tag=1", [], null, null],
];

for (const [from, asserted, number, display] of cases) {
  test(`${from} ${asserted.join()} → ${number ?? "withheld"}`, () => {
    expect(callerNumber(invite(from, ...asserted), "IN", true)).toEqual({ number, display });
  });
}

test("P-Asserted-Identity of a trunk that is not trusted counts for nothing", () => {
  const request = invite("<sip:+919845012345@carrier.example>;tag=1", "<sip:+12015550123@carrier.example>");
  expect(callerNumber(request, "IN", false).number).toBe("+919845012345");
});

test("a caller who asks for privacy is withheld", () => {
  const request = invite("<sip:+919845012345@carrier.example>;tag=1");
  const headers = [...request.headers, { name: "privacy", value: "id" }];
  expect(callerNumber({ ...request, headers }, "IN", true)).toEqual({ number: null, display: null });
});
