import { afterAll, describe, expect, test } from "bun:test";
import { CompactSign, importPKCS8 } from "jose";
import { invite, parsed } from "../../../test/sip/harness.ts";
import { type Signer, TestPki } from "../../../test/stir/pki.ts";
import type { SipRequest } from "../message.ts";
import { readCertificates } from "./chain.ts";
import { StirVerifier } from "./verify.ts";

/** PASSporTs signed with keys of this run; the failures of RFC 8224 section 6.2.2 told apart. */

const hasOpenssl = Bun.which("openssl") !== null;
if (!hasOpenssl) console.log("Skipped: STIR tests, which need openssl for certificates (apt-get install openssl).");

const URL = "https://cert.example/shaken.pem";
/** After the certificates below begin to be valid, however slow the machine. */
const NOW_MS = Date.now() + 3_600_000;
const pki = hasOpenssl ? new TestPki() : undefined;
const other = hasOpenssl ? new TestPki() : undefined;
const good = pki?.signer("good");
afterAll(() => {
  pki?.close();
  other?.close();
});

interface Case {
  readonly header?: object;
  readonly claims?: object;
  readonly signer?: Signer;
  /** What lies at x5u; default the signer's certificate. */
  readonly pem?: string | Error;
  /** Changes the Identity header's text. */
  readonly tamper?: (identity: string) => string;
  readonly callId?: string;
  readonly extra?: string[];
}

async function identity({ header, claims, signer = good! }: Case): Promise<string> {
  const payload = {
    attest: "A",
    dest: { tn: ["914422334455"] },
    iat: Math.floor(NOW_MS / 1000) - 5,
    orig: { tn: "12015550123" },
    origid: "123e4567-e89b-12d3-a456-426655440000",
    ...claims,
  };
  const protectedHeader = { alg: "ES256", ppt: "shaken", typ: "passport", x5u: URL, ...header };
  const key = await importPKCS8(signer.key, "ES256");
  const jws = new CompactSign(new TextEncoder().encode(JSON.stringify(payload)));
  return `${await jws.setProtectedHeader(protectedHeader).sign(key)};info=<${URL}>;alg=ES256;ppt=shaken`;
}

function call(identityHeader: string, { callId = "call-1", extra = [] }: Case = {}): SipRequest {
  const text = invite({
    uri: "sip:+914422334455@198.51.100.9",
    callId,
    headers: [...(identityHeader === "" ? [] : [`Identity: ${identityHeader}`]), ...extra],
  }).replace("<sip:peer@example.com>", "<sip:+12015550123@example.com>");
  const message = parsed(new TextEncoder().encode(text));
  if (message.kind !== "request") throw new Error("no request");
  return message;
}

const trusting = () =>
  new StirVerifier({
    roots: readCertificates(pki!.root),
    fetchCertificate: async () => good!.pem,
    nowMs: () => NOW_MS,
  });

async function check(options: Case): Promise<string> {
  const pem = options.pem ?? options.signer?.pem ?? good!.pem;
  const verifier = new StirVerifier({
    roots: readCertificates(pki!.root),
    fetchCertificate: async () => {
      if (pem instanceof Error) throw pem;
      return pem;
    },
    nowMs: () => NOW_MS,
  });
  const text = await identity(options);
  const verdict = await verifier.verify(call((options.tamper ?? String)(text), options));
  return verdict.status === "failed" ? verdict.fault : verdict.status === "verified" ? verdict.attest : verdict.status;
}

describe.skipIf(!hasOpenssl)("SHAKEN", () => {
  for (const attest of ["A", "B", "C"]) {
    test(`attestation ${attest} is verified`, async () => expect(await check({ claims: { attest } })).toBe(attest));
  }

  const cases: [string, () => Case, string][] = [
    ["P-Asserted-Identity counts before From", () => ({ extra: ["P-Asserted-Identity: <tel:+1-999>"] }), "invalid"],
    [
      "a diverted call names the number it was diverted from",
      () => ({
        claims: { dest: { tn: ["18005550000"] } },
        extra: ["Diversion: <sip:+18005550000@carrier.example>;reason=unconditional"],
      }),
      "A",
    ],
    ["another caller", () => ({ claims: { orig: { tn: "12015559999" } } }), "invalid"],
    ["another callee", () => ({ claims: { dest: { tn: ["15550000000"] } } }), "invalid"],
    ["two minutes old", () => ({ claims: { iat: Math.floor(NOW_MS / 1000) - 120 } }), "stale"],
    ["from the future", () => ({ claims: { iat: Math.floor(NOW_MS / 1000) + 120 } }), "stale"],
    ["attestation D", () => ({ claims: { attest: "D" } }), "invalid"],
    ["no origid", () => ({ claims: { origid: undefined } }), "invalid"],
    ["another ppt in the token", () => ({ header: { ppt: "div" } }), "invalid"],
    ["no type", () => ({ header: { typ: undefined } }), "invalid"],
    ["x5u other than info", () => ({ header: { x5u: "https://cert.example/other.pem" } }), "invalid"],
    ["signed with another key", () => ({ signer: pki!.signer("other-key"), pem: good!.pem }), "invalid"],
    [
      "one byte changed",
      () => ({ tamper: (text) => text.replace(/\.(.)/, (_, c) => `.${c === "e" ? "f" : "e"}`) }),
      "invalid",
    ],
    ["no signature", () => ({ tamper: (text) => text.replace(/\.[^.;]+;/, ".;") }), "invalid"],
    ["no info", () => ({ tamper: (text) => text.replace(/;info=<[^>]*>/, "") }), "invalid"],
    [
      "the certificate cannot be fetched",
      () => ({ pem: new Error("the certificate's server answers 404") }),
      "bad-info",
    ],
    ["no certificate there", () => ({ pem: "hello" }), "unsupported-credential"],
    [
      "a broken one there",
      () => ({ pem: good!.pem.replace(/[A-Z]{4}/, "AAAA").replace("MII", "MIX") }),
      "unsupported-credential",
    ],
    ["of a root that is not trusted", () => ({ signer: other!.signer("foreign") }), "unsupported-credential"],
    [
      "not for telephone numbers",
      () => ({ signer: pki!.signer("web", { extensions: "basicConstraints=CA:FALSE" }) }),
      "unsupported-credential",
    ],
    ["expired", () => ({ signer: pki!.signer("expired", { notAfter: "-1" }) }), "unsupported-credential"],
  ];
  for (const [what, options, verdict] of cases) {
    test(`${what}: ${verdict}`, async () => expect(await check(options())).toBe(verdict));
  }

  test("no Identity, or one of another kind: none", async () => {
    expect((await trusting().verify(call(""))).status).toBe("none");
    const rph = (await identity({})).replace("ppt=shaken", "ppt=rph");
    expect((await trusting().verify(call(rph))).status).toBe("none");
  });

  test("the same PASSporT in another call is a replay, in the same call not", async () => {
    const verifier = trusting();
    const text = await identity({});
    const statuses = [];
    for (const callId of ["a", "a", "b"]) {
      const verdict = await verifier.verify(call(text, { callId }));
      statuses.push(verdict.status === "failed" ? verdict.fault : verdict.status);
    }
    expect(statuses).toEqual(["verified", "verified", "replayed"]);
  });
});
