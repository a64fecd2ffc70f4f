import { describe, expect, test } from "bun:test";
import { leakGuard } from "../../test/leaks.ts";
import { openDesk, until } from "../../test/phone/desk.ts";
import { TestPhone } from "../../test/phone/test-phone.ts";
import { SALON } from "../receptionist/sim/workspace.ts";

/** Calls that change hands, on real sockets: Replaces (RFC 3891) and REFER from the caller's side (RFC 3515). */

const guard = leakGuard();
const REPLACES_WITH_HEADER = "sip:+914422334455@x.example?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2%0D%0AX-Evil%3A%201";

async function phone(onIncoming: Parameters<typeof TestPhone.open>[1] = "answer"): Promise<TestPhone> {
  const opened = await TestPhone.open(600, onIncoming);
  guard.closeAfter(() => opened.close());
  return opened;
}

const has = (of: TestPhone, kind: string): boolean => of.events.some((event) => event.kind === kind);

/** A call that is up, and the port its sound goes to by now. */
async function called(trunk: Parameters<typeof openDesk>[1] = {}) {
  const desk = await openDesk(guard, trunk);
  const caller = await phone();
  caller.dial(desk.uri);
  await until("the greeting", () => desk.told.some(({ type }) => type === "start"));
  const remotePort = (): number | undefined => {
    const last = desk.told.findLast((message) => message.type === "update" || message.type === "start");
    return last && "terms" in last ? last.terms.remote.port : undefined;
  };
  const stops = (): unknown[] => desk.told.filter(({ type }) => type === "stop");
  return { desk, caller, remotePort, stops };
}

test("above the business's own limit a caller gets 503 with Retry-After, until one has ended", async () => {
  const desk = await openDesk(guard, {}, { ...SALON, limits: { max_calls: 1 } });
  const first = await phone();
  first.dial(desk.uri);
  await until("the greeting", () => desk.told.some(({ type }) => type === "start"));
  const second = await phone();
  second.dial(desk.uri);
  await until("the refusal", () => has(second, "ended"));
  expect(second.events.at(-1)).toMatchObject({ cause: "refused", status: 503, retryAfterS: 5 });
  expect([desk.switchboard.refusedCalls, desk.ports.takenCount]).toEqual([1, 1]);
  first.hangUp();
  await until("the end", () => desk.switchboard.callCount === 0);
  const third = await phone();
  third.dial(desk.uri);
  await until("the answer", () => has(third, "answered"));
  third.hangUp();
  await until("the end", () => desk.switchboard.callCount === 0);
});

/** What the referrer was told. */
function progress(of: TestPhone): (number | string)[] {
  return of.events.flatMap((event): (number | string)[] =>
    event.kind === "refer-result" ? [`REFER ${event.status}`] : event.kind === "refer-progress" ? [event.status] : [],
  );
}

describe("Replaces", () => {
  test("another telephone takes the call over; the first is left, the conversation goes on", async () => {
    const { desk, caller, remotePort, stops } = await called();
    const other = await phone();
    expect(remotePort()).toBe(caller.rtpPort);
    other.dial(desk.uri, [{ name: "replaces", value: caller.replaceable }]);
    await until("the old leg's BYE", () => has(caller, "ended"));
    await until("the new address", () => remotePort() === other.rtpPort);
    expect([desk.switchboard.callCount, desk.ports.takenCount, stops()]).toEqual([1, 1, []]);
    other.hangUp();
    await until("the end", () => desk.switchboard.callCount === 0);
    expect(stops()).toMatchObject([{ by: "caller" }]);
  });

  test("of a dialog that is not ours is refused, and changes nothing", async () => {
    const { desk, caller, remotePort } = await called();
    const other = await phone();
    other.dial(desk.uri, [{ name: "replaces", value: "nobody;to-tag=a;from-tag=b" }]);
    await until("the refusal", () => has(other, "ended"));
    expect(other.events.at(-1)).toMatchObject({ cause: "refused", status: 481 });
    expect(remotePort()).toBe(caller.rtpPort);
    caller.hangUp();
    await until("the end", () => desk.switchboard.callCount === 0);
  });
});

describe("REFER of the caller", () => {
  const outbound = (proxyPort: number) => ({
    proxy: `sip:127.0.0.1:${proxyPort}`,
    from: "suki",
    allowedPrefixes: ["+91"],
    maxCalls: 10,
    maxCallsPerHour: 60,
    maxCallMinutes: 120,
  });
  const refer = (of: TestPhone, target: string) => of.command({ kind: "refer", leg: of.leg, target });

  test("is followed where the trunk allows it, told by NOTIFY, and the call goes on with the other", async () => {
    const target = await phone();
    const { desk, caller, remotePort, stops } = await called({
      referrals: "follow",
      outbound: outbound(target.sipPort),
    });
    refer(caller, "sip:+914422334455@carrier.example");
    await until("the new address", () => remotePort() === target.rtpPort);
    await until("the referrer's BYE", () => has(caller, "ended"));
    expect(progress(caller)).toEqual(["REFER 202", 100, 180, 200]);
    expect([desk.switchboard.callCount, desk.ports.takenCount, stops()]).toEqual([1, 1, []]);
    target.hangUp();
    await until("the end", () => desk.switchboard.callCount === 0);
  });

  test("goes on although the referrer leaves at once; she ends it when nobody takes it", async () => {
    const target = await phone(486);
    const { desk, caller, stops } = await called({ referrals: "follow", outbound: outbound(target.sipPort) });
    refer(caller, "sip:+914422334455@carrier.example");
    await until("the 202", () => progress(caller).length > 0);
    caller.hangUp();
    await until("the end", () => desk.switchboard.callCount === 0);
    expect(stops()).toHaveLength(1);
  });

  test("of somebody busy is told, and the caller stays hers", async () => {
    const target = await phone(486);
    const { desk, caller, remotePort } = await called({ referrals: "follow", outbound: outbound(target.sipPort) });
    refer(caller, "sip:+914422334455@carrier.example");
    await until("the NOTIFY", () => progress(caller).includes(486));
    expect([desk.switchboard.callCount, remotePort()]).toEqual([1, caller.rtpPort]);
    caller.hangUp();
    await until("the end", () => desk.switchboard.callCount === 0);
  });

  test.each([
    ["603 where the trunk does not allow it", {}, "sip:+914422334455@x.example", 603],
    ["403 to a number no prefix names", { referrals: "follow" }, "sip:+19005550100@x.example", 403],
    ["403 to an address no prefix names", { referrals: "follow" }, "sip:agent@192.0.2.9", 403],
    ["400 with a Replaces that hides a header", { referrals: "follow" }, REPLACES_WITH_HEADER, 400],
  ] as const)("gets %s", async (_what, trunk, to, status) => {
    const { desk, caller } = await called({ ...trunk, outbound: outbound(9) });
    refer(caller, to);
    await until("the answer", () => progress(caller).length > 0);
    expect(progress(caller)).toEqual([`REFER ${status}`]);
    caller.hangUp();
    await until("the end", () => desk.switchboard.callCount === 0);
  });
});
