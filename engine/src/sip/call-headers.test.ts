import { describe, expect, test } from "bun:test";
import { invite, parsed } from "../../test/sip/harness.ts";
import { readCallHeaders } from "./call-headers.ts";

function read(...headers: string[]) {
  const message = parsed(Buffer.from(invite({ headers })));
  if (message.kind !== "request") throw new Error("not a request");
  return readCallHeaders(message);
}

describe("call headers", () => {
  test("nothing said is nothing known", () => {
    expect(read()).toEqual({
      assertedIdentity: undefined,
      isPrivate: false,
      diversions: [],
      history: [],
      verdict: undefined,
      extensions: [],
    });
  });

  test("asserted identity, privacy, diversions in order, history, extensions", () => {
    const headers = read(
      "P-Asserted-Identity: <tel:+15550100>, <sip:+15550100@carrier.test>",
      "Privacy: id;critical",
      "Diversion: <sip:a@x>;reason=no-answer, <sip:b@x>",
      "Diversion: <sip:c@x>",
      "History-Info: <sip:h1@x>;index=1, <sip:h2@x>;index=1.1",
      `X-Ref: ${"r".repeat(2000)}`,
      ...Array.from({ length: 50 }, (_, n) => `X-N${n}: ${n}`),
    );
    expect(headers).toMatchObject({
      assertedIdentity: "sip:+15550100@carrier.test",
      isPrivate: true,
      diversions: ["sip:a@x", "sip:b@x", "sip:c@x"],
      history: ["sip:h1@x", "sip:h2@x"],
    });
    expect(headers.extensions.length).toBe(32);
    expect(headers.extensions[0]).toEqual({ name: "x-ref", value: "r".repeat(1024) });
  });

  for (const [lines, verdict] of [
    [["P-Asserted-Identity: <sip:+1@h;verstat=TN-Validation-Passed>"], "A"],
    [["P-Asserted-Identity: <sip:+1;verstat=TN-Validation-Passed@h>"], "A"],
    [["P-Asserted-Identity: <sip:+1@h>;verstat=TN-Validation-Passed-B"], "B"],
    [["P-Asserted-Identity: <sip:+1@h>;verstat=TN-Validation-Failed-C"], "failed"],
    [["P-Asserted-Identity: <tel:+1;verstat=TN-Validation-Passed>", "P-Attestation-Indicator: C"], "C"],
    [["P-Asserted-Identity: <sip:+1@h>;verstat=No-TN-Validation"], "none"],
    [["X-Twilio-VerStat: TN-Validation-Passed-C"], "C"],
    [["P-Attestation-Indicator: A"], undefined],
  ] as const) {
    test(`${lines.join(" / ")} is ${verdict}`, () => expect(read(...lines).verdict).toBe(verdict));
  }
});
