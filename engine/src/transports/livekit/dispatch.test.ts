import { expect, test } from "bun:test";
import fc from "fast-check";
import { dispatchOf, joinOf } from "./dispatch.ts";
import { callerOf, isTaken, lineOf, type RoomParticipant } from "./participant.ts";

const person = (identity: string, kind: RoomParticipant["kind"] = "standard", attributes = {}): RoomParticipant => ({
  identity,
  name: "",
  kind,
  attributes,
});
const india = () => "IN";
const webhook = (event: string, participant?: object, room = "call-1") =>
  dispatchOf(JSON.stringify({ event, room: { sid: "RM_1", name: room }, participant, id: "EV_1" }), "call-");

test("webhooks send her to callers, not to recorders, agents, herself or other rooms", () => {
  expect(webhook("room_started")).toEqual({ room: "call-1", participant: undefined });
  expect(webhook("participant_joined", { identity: "sip_1", kind: "SIP" })).toEqual({
    room: "call-1",
    participant: "sip_1",
  });
  expect(webhook("participant_joined", { identity: "asha" })).toEqual({ room: "call-1", participant: "asha" });
  for (const kind of ["EGRESS", "INGRESS", "AGENT", 2])
    expect(webhook("participant_joined", { identity: "x", kind })).toBe("nothing");
  expect(webhook("participant_joined", { identity: "sk-voice-engine-1" })).toBe("nothing");
  expect(webhook("participant_left", { identity: "asha" })).toBe("nothing");
  expect(webhook("room_started", undefined, "board")).toBe("nothing");
});

test("nonsense is none of LiveKit's and never throws", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => dispatchOf(text, "") === undefined));
  expect(joinOf('{"room":"a","participant":"b"}')).toEqual({ room: "a", participant: "b" });
  expect(joinOf('{"room":""}')).toBeUndefined();
  expect(joinOf('{"room":"a","admin":true}')).toBeUndefined();
});

test("the caller is who was named, else who telephones, else a person; an engine in the room has it", () => {
  const all = [person("egress", "other"), person("asha"), person("sip_1", "sip")];
  expect(callerOf(all, undefined)?.identity).toBe("sip_1");
  expect(callerOf(all, "asha")?.identity).toBe("asha");
  expect(callerOf(all, "gone")).toBeUndefined();
  expect(callerOf(all.slice(0, 1), undefined)).toBeUndefined();
  expect(isTaken(all)).toBe(false);
  expect(isTaken([...all, person("sk-voice-engine-2", "agent")])).toBe(true);
});

test("a SIP participant's attributes are the call's parties and its metadata", () => {
  const caller = person("sip_1", "sip", {
    "sip.phoneNumber": "+919876543210",
    "sip.trunkPhoneNumber": "+914400000000",
    "sip.trunkID": "ST_1",
    "sip.callID": "SCL_1",
    "sip.h.X-Account": "42",
    "sip.h.x-livekit-room": "forged",
    "sip.h.authorization": "secret",
  });
  const line = lineOf({ ...caller, name: "Asha" }, "call-1", india);
  expect(line).toMatchObject({ from: "+919876543210", fromDisplay: "Asha", to: "+914400000000" });
  expect(line.carrier?.trunk).toBe("ST_1");
  expect(line.carrier?.headers.extensions).toEqual([
    { name: "x-livekit-room", value: "call-1" },
    { name: "x-livekit-call-id", value: "SCL_1" },
    { name: "x-account", value: "42" },
  ]);
  const national = lineOf(person("s", "sip", { "sip.phoneNumber": "098765 43210" }), "call-1", india);
  expect(national).toMatchObject({ from: "+919876543210", fromDisplay: null, to: "call-1" });
});

test("nobody else's attributes count: a browser cannot claim a number", () => {
  const claims = { "sip.phoneNumber": "+919876543210", "sip.trunkPhoneNumber": "+914400000000" };
  expect(lineOf(person("asha", "standard", claims), "call-1", india)).toEqual({
    from: null,
    fromDisplay: null,
    to: "call-1",
  });
});
