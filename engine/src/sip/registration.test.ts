import { describe, expect, test } from "bun:test";
import { countingTokens, parsed, parsedResponse } from "../../test/sip/harness.ts";
import { DigestChallenger } from "./digest.ts";
import type { HeaderField, SipRequest } from "./message.ts";
import { Registration, type RegistrationOutput } from "./registration.ts";

const CREDENTIALS = { username: "suki", password: "pw" };
const CONTACT = "sip:suki@198.51.100.9:5060";

function setUp(password = "pw") {
  const core = new Registration({
    registrar: "sip:reg.test",
    address: "sip:suki@reg.test",
    contact: CONTACT,
    credentials: { username: "suki", password },
    token: countingTokens("t").token,
  });
  const challenger = new DigestChallenger({ realm: "reg", credentials: [CREDENTIALS], secret: "s" });
  core.handle(0, { kind: "start" });
  return { core, challenger };
}

function drain(core: Registration): RegistrationOutput[] {
  const outputs: RegistrationOutput[] = [];
  for (let output = core.poll(); output !== undefined; output = core.poll()) outputs.push(output);
  return outputs;
}

function asRequest(output: RegistrationOutput | undefined): SipRequest {
  if (output?.kind !== "request") throw new Error(`no request but ${output?.kind}`);
  const lines = output.headers.map(({ name, value }) => `${name}: ${value}`);
  const text = [`REGISTER ${output.uri} SIP/2.0`, "Via: SIP/2.0/UDP h;branch=z9hG4bK1", ...lines, "", ""].join("\r\n");
  const message = parsed(Buffer.from(text));
  if (message.kind !== "request") throw new Error("not a request");
  return message;
}

function answer(core: Registration, now: number, status: number, headers: readonly HeaderField[] = []): void {
  const head = [
    `SIP/2.0 ${status} x`,
    "Via: SIP/2.0/UDP h;branch=z9hG4bK1",
    "From: <sip:a@h>;tag=1",
    "To: <sip:a@h>;tag=2",
  ];
  const lines = [
    ...head,
    "Call-ID: c",
    "CSeq: 1 REGISTER",
    ...headers.map(({ name, value }) => `${name}: ${value}`),
    "",
    "",
  ];
  core.handle(now, { kind: "response", response: parsedResponse(lines.join("\r\n")) });
}

/** A registrar that challenges, and answers what passes with `ok`. */
function serve(
  { core, challenger }: ReturnType<typeof setUp>,
  now: number,
  ok: readonly HeaderField[] = [],
): RegistrationOutput[] {
  for (let outputs = drain(core); ; outputs = drain(core)) {
    if (outputs[0]?.kind !== "request") return outputs;
    const verdict = challenger.check(now, asRequest(outputs[0]));
    if (verdict === "ok") answer(core, now, 200, ok);
    else answer(core, now, 401, challenger.challenge(now, verdict === "stale"));
  }
}

describe("a registration", () => {
  test("answers the challenge, refreshes at 85 % of what was granted with the same nonce, leaves with 0", () => {
    const all = setUp();
    const contact = { name: "contact", value: `<sip:other@h>;expires=9, <${CONTACT}>;expires=100` };
    expect(serve(all, 0, [contact])).toEqual([{ kind: "registered", expiresS: 100 }]);
    expect(all.core.deadline()).toBe(85_000);
    all.core.handle(85_000, { kind: "tick" });
    const [refresh] = drain(all.core);
    expect(all.challenger.check(85_000, asRequest(refresh))).toBe("ok");
    answer(all.core, 85_000, 200, [{ name: "expires", value: "60" }]);
    expect(drain(all.core)).toEqual([{ kind: "registered", expiresS: 60 }]);
    all.core.handle(90_000, { kind: "stop" });
    const leaving = asRequest(drain(all.core)[0]);
    expect(leaving.headers.find(({ name }) => name === "expires")?.value).toBe("0");
    expect(leaving.cseq.number).toBe(4);
    answer(all.core, 90_000, 200);
    expect([all.core.state, all.core.deadline()]).toEqual(["idle", Number.POSITIVE_INFINITY]);
  });

  test("asks for longer when told 423", () => {
    const { core } = setUp();
    drain(core);
    answer(core, 0, 423, [{ name: "min-expires", value: "1800" }]);
    expect(asRequest(drain(core)[0]).headers).toContainEqual({ name: "expires", value: "1800" });
    answer(core, 0, 423, [{ name: "min-expires", value: "999999" }]);
    expect(drain(core)).toEqual([{ kind: "failed", status: 423, retryAfterMs: 2000 }]);
  });

  test("backs off 2, 4, 8 s, up to 5 minutes, and obeys Retry-After", () => {
    const { core } = setUp();
    const pauses: number[] = [];
    let now = 0;
    for (let i = 0; i < 10; i++) {
      drain(core);
      core.handle(now, { kind: "response", response: undefined });
      pauses.push(core.deadline() - now);
      now = core.deadline();
      core.handle(now, { kind: "tick" });
    }
    expect(pauses).toEqual([2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000]);
    const other = setUp().core;
    drain(other);
    answer(other, 0, 503, [{ name: "retry-after", value: "30 (busy)" }]);
    expect(drain(other)).toEqual([{ kind: "failed", status: 503, retryAfterMs: 30_000 }]);
  });

  test("with a wrong password asks twice, then only every five minutes", () => {
    const all = setUp("wrong");
    expect(serve(all, 0)).toEqual([{ kind: "failed", status: 401, retryAfterMs: 300_000 }]);
  });

  test("starts again at once when its connection is lost", () => {
    const all = setUp();
    serve(all, 0);
    all.core.handle(10, { kind: "connection-lost" });
    expect(drain(all.core)).toHaveLength(1);
  });

  test("stopped while trying leaves once it is in", () => {
    const { core } = setUp();
    drain(core);
    core.handle(1, { kind: "stop" });
    answer(core, 2, 200);
    expect(asRequest(drain(core)[0]).headers).toContainEqual({ name: "expires", value: "0" });
  });
});
