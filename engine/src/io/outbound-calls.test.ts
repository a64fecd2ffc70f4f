import { describe, expect, test } from "bun:test";
import type { CallOverrides } from "@sk-voice/api/contract/index.ts";
import { leakGuard } from "../../test/leaks.ts";
import { openDesk, until } from "../../test/phone/desk.ts";
import { TestPhone } from "../../test/phone/test-phone.ts";

/** Calls that she places, to telephones on real sockets. */

const guard = leakGuard();
const TO = "+914422334455";
const TEST_CALL = "tcl_01JD0000000000000000000001";

async function place(onIncoming: Parameters<typeof TestPhone.open>[1], to = TO, options: CallOverrides | null = null) {
  const phone = await TestPhone.open(600, onIncoming);
  guard.closeAfter(() => phone.close());
  const outbound = { proxy: `sip:127.0.0.1:${phone.sipPort}`, from: "+914440001234", allowedPrefixes: ["+91"] };
  const limits = { maxCalls: 1, maxCallsPerHour: 10, maxCallMinutes: 120 };
  const desk = await openDesk(guard, { outbound: { ...outbound, ...limits } });
  desk.outbound.place({ to, testCallId: TEST_CALL, options });
  return { phone, desk };
}

describe("a call she places", () => {
  test("rings, is answered and talked in, and ends with the other side's BYE", async () => {
    const { phone, desk } = await place("answer");
    await until("the greeting", () => desk.told.some(({ type }) => type === "start"));
    expect(desk.rings).toEqual([TEST_CALL]);
    const start = desk.told.find((message) => message.type === "start");
    expect(start).toMatchObject({
      info: { direction: "outbound", testCallId: TEST_CALL, from: TO, to: "+914440001234" },
      terms: { remote: { port: phone.rtpPort } },
    });
    expect(phone.events[0]).toMatchObject({ kind: "incoming", request: { uri: expect.stringContaining(TO) } });
    phone.hangUp();
    await until("the end", () => desk.outbound.callCount === 0);
    expect(desk.told.at(-1)).toMatchObject({ type: "stop", by: "caller" });
    expect(desk.reports).toEqual([]);
  });

  test("has the voice, languages and greeting that were asked for it alone", async () => {
    const own = { voice: "rms", languages: ["ta-IN"], greeting: "Vanakkam. This is a trial.", model: "gpt-5" };
    const { desk } = await place("answer", TO, own);
    await until("the greeting", () => desk.told.some(({ type }) => type === "start"));
    expect(desk.told.find((message) => message.type === "start")).toMatchObject({
      info: { voice: "rms", language: "ta-IN", options: own, greeting: expect.arrayContaining(["This is a trial."]) },
    });
  });

  test("ends with her BYE", async () => {
    const { phone, desk } = await place("answer");
    await until("the greeting", () => desk.told.some(({ type }) => type === "start"));
    const start = desk.told.find((message) => message.type === "start");
    desk.tell({ type: "hang-up", callId: start?.info.callId ?? "" });
    await until("the BYE", () => phone.events.some((event) => event.kind === "ended" && event.cause === "bye"));
    await until("the end", () => desk.outbound.callCount === 0);
  });

  test.each([
    ["busy", 486, { reason: "busy", sip_status: 486 }],
    ["no longer in use", 404, { reason: "unreachable", sip_status: 404 }],
    ["declining", 603, { reason: "declined", sip_status: 603 }],
  ] as const)("to somebody %s is reported as failed", async (_what, status, failure) => {
    const { desk } = await place(status);
    await until("the report", () => desk.reports.length > 0);
    expect(desk.reports).toMatchObject([{ type: "call.failed", to: TO, test_call_id: TEST_CALL, failure }]);
  });

  test("that rings is cancelled when she is told to hang up", async () => {
    const { phone, desk } = await place("ring");
    await until("the ring", () => desk.rings.length > 0);
    desk.outbound.hangUpAll();
    await until("the CANCEL", () => phone.events.some((event) => event.kind === "ended"));
    expect(desk.reports).toMatchObject([{ failure: { reason: "cancelled", sip_status: null } }]);
  });

  test("to a number no prefix names is never dialled", async () => {
    const { phone, desk } = await place("answer", "+19005550100");
    expect(desk.reports).toMatchObject([{ failure: { reason: "forbidden", sip_status: null } }]);
    expect(phone.events).toEqual([]);
  });
});
