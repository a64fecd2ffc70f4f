import { describe, expect, test } from "bun:test";
import { countingTokens, parsed, parsedResponse, request } from "../../test/sip/harness.ts";
import { DigestChallenger, DigestClient, digest } from "./digest.ts";
import type { SipRequest } from "./message.ts";

const CREDENTIALS = { username: "alice", password: 's3"cret' };

function challengeOf(status: 401 | 407, ...values: string[]) {
  const name = status === 401 ? "WWW-Authenticate" : "Proxy-Authenticate";
  const head = ["SIP/2.0 401 Unauthorized".replace("401", String(status)), "Via: SIP/2.0/UDP h;branch=z9hG4bKx"];
  head.push("From: <sip:a@h>;tag=1", "To: <sip:a@h>;tag=2", "Call-ID: c", "CSeq: 1 REGISTER");
  return parsedResponse([...head, ...values.map((value) => `${name}: ${value}`), "", ""].join("\r\n"));
}

function invite(authorization: string[]): SipRequest {
  const message = parsed(Buffer.from(request("INVITE", { headers: authorization })));
  if (message.kind !== "request") throw new Error("not a request");
  return message;
}

describe("the digest", () => {
  const use = { count: "00000001", cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ" };
  const nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";

  // RFC 7616 section 3.9.1; the secrets are the hashes of "Mufasa:http-auth@example.org:Circle of Life".
  test("agrees with the examples of RFC 7616", () => {
    const text = "Mufasa:http-auth@example.org:Circle of Life";
    const md5 = new Bun.CryptoHasher("md5").update(text).digest("hex");
    const sha256 = new Bun.CryptoHasher("sha256").update(text).digest("hex");
    expect(digest("MD5", md5, nonce, "GET", "/dir/index.html", use)).toBe("8ca523f5e9506fed4657c9700eebdbec");
    expect(digest("SHA-256", sha256, nonce, "GET", "/dir/index.html", use)).toBe(
      "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    );
  });

  // RFC 2617 section 3.5 without qop: HA1 939e7578ed9e3c518a452acee763bce9, HA2 39aff3a2bab6126f332b942af96d3366.
  test("without qop is the one of RFC 2069", () => {
    const ha1 = "939e7578ed9e3c518a452acee763bce9";
    const expected = new Bun.CryptoHasher("md5").update(`${ha1}:n:39aff3a2bab6126f332b942af96d3366`).digest("hex");
    expect(digest("MD5", ha1, "n", "GET", "/dir/index.html", undefined)).toBe(expected);
  });
});

describe("a client", () => {
  test("says nothing before a challenge, prefers SHA-256, counts up while the nonce lasts", () => {
    const client = new DigestClient(CREDENTIALS, countingTokens("c").token);
    expect(client.authorize("INVITE", "sip:x")).toEqual([]);
    const both = challengeOf(
      407,
      'Digest realm="r", nonce="n1", qop="auth"',
      'Digest realm="r",nonce="n2",algorithm=SHA-256,qop="auth,auth-int",opaque="o"',
    );
    expect(client.challenged(both)).toBe(true);
    const [first] = client.authorize("INVITE", "sip:x");
    expect(first?.name).toBe("proxy-authorization");
    expect(first?.value).toContain('nonce="n2"');
    expect(first?.value).toContain('opaque="o"');
    expect(first?.value).toContain("nc=00000001");
    expect(client.authorize("BYE", "sip:x")[0]?.value).toContain("nc=00000002");
  });

  test("gives up on a second challenge, except twice on stale nonces", () => {
    const client = new DigestClient(CREDENTIALS, countingTokens("c").token);
    const again = (nonce: string, stale: string) => {
      const worth = client.challenged(challengeOf(401, `Digest realm="r", nonce="${nonce}"${stale}`));
      if (worth) client.authorize("REGISTER", "sip:r");
      return worth;
    };
    expect([again("1", ""), again("2", ""), again("3", ", stale=true"), again("4", ",stale=TRUE")]).toEqual([
      true,
      false,
      true,
      true,
    ]);
    expect(again("5", ",stale=true")).toBe(false);
    client.succeeded();
    expect(again("6", "")).toBe(true);
  });

  test("does not answer what it cannot: another scheme, algorithm or qop", () => {
    const client = new DigestClient(CREDENTIALS, countingTokens("c").token);
    for (const value of [
      'Basic realm="r"',
      'Digest realm="r",nonce="n",algorithm=MD5-sess',
      'Digest realm="r",nonce="n",qop="auth-int"',
      'Digest nonce="n"',
    ]) {
      expect(client.challenged(challengeOf(401, value))).toBe(false);
    }
  });
});

describe("a challenger", () => {
  const options = { realm: "sk", credentials: [CREDENTIALS], secret: "s", nonceLifeMs: 1000 };

  function answered(challenger: DigestChallenger, pick: 0 | 1, credentials = CREDENTIALS) {
    const client = new DigestClient(credentials, countingTokens("c").token);
    client.challenged(challengeOf(401, challenger.challenge(5000, false)[pick]!.value));
    return {
      client,
      next: () =>
        invite(client.authorize("INVITE", "sip:suki@198.51.100.9").map(({ value }) => `Authorization: ${value}`)),
    };
  }

  for (const [pick, algorithm] of [
    [0, "SHA-256"],
    [1, "MD5"],
  ] as const) {
    test(`takes the right answer by ${algorithm}, again with a higher count, never a replay`, () => {
      const challenger = new DigestChallenger(options);
      const { next } = answered(challenger, pick);
      const first = next();
      expect(challenger.check(5001, first)).toBe("ok");
      expect(challenger.check(5002, next())).toBe("ok");
      expect(challenger.check(5003, first)).toBe("stale");
    });
  }

  test("tells apart no answer, a wrong one, an old nonce and a forged one", () => {
    const challenger = new DigestChallenger(options);
    expect(challenger.check(5000, invite([]))).toBe("challenge");
    expect(challenger.check(5000, answered(challenger, 0, { ...CREDENTIALS, password: "no" }).next())).toBe("wrong");
    expect(challenger.check(5000, answered(challenger, 0, { ...CREDENTIALS, username: "bob" }).next())).toBe("wrong");
    expect(challenger.check(6001, answered(challenger, 0).next())).toBe("stale");
    expect(challenger.check(5000, answered(new DigestChallenger({ ...options, secret: "other" }), 0).next())).toBe(
      "stale",
    );
  });
});
