import { beforeAll, describe, expect, test } from "bun:test";
import { callId, newContact, serviceId, slots } from "../testing/fixtures.ts";
import { engines, openSuite, type Suite } from "../testing/suite.ts";

for (const engine of await engines()) {
  describe(`calendar on ${engine.name}`, () => {
    let suite: Suite;
    let service: string;
    let contact_id: string;
    beforeAll(async () => {
      suite = await openSuite(engine);
      service = await serviceId(suite);
      contact_id = await newContact(suite);
    });
    const book = (slot_id: string | undefined, more: object = {}) =>
      suite.call("POST", "/calendar/v1/appointments", { slot_id, contact_id, service, ...more });

    test("tomorrow at three pm can be booked; today's past is not offered", async () => {
      const three = await slots(suite, service, "2026-11-24T09:30:00Z", "2026-11-24T10:00:00Z");
      expect(three).toMatchObject([{ starts_at: "2026-11-24T09:30:00.000Z", ends_at: "2026-11-24T10:00:00.000Z" }]);
      const today = await slots(suite, service, "2026-11-23T00:00:00Z", "2026-11-23T18:30:00Z");
      expect(today[0]?.starts_at).toBe("2026-11-23T04:00:00.000Z");
      expect(today.at(-1)?.ends_at).toBe("2026-11-23T12:30:00.000Z");
    });

    test("the same opening always has the same id, and a booking takes it off the list", async () => {
      const [slot] = await slots(suite, service, "2026-11-24T09:30:00Z", "2026-11-24T10:00:00Z");
      const [wider] = await slots(suite, service, "2026-11-24T09:15:00Z", "2026-11-25T10:00:00Z");
      expect(wider?.id).toBe(slot?.id ?? "");
      const call_id = callId();
      const booked = await book(slot?.id, { call_id, note: "first visit" });
      expect(booked).toMatchObject({
        status: 201,
        json: {
          slot_id: slot?.id,
          contact_id,
          call_id,
          service: { id: service, name: "Consultation" },
          status: "booked",
          note: "first visit",
          time_zone: "Asia/Kolkata",
        },
      });
      expect(await slots(suite, service, "2026-11-24T09:30:00Z", "2026-11-24T10:00:00Z")).toEqual([]);
      const found = await suite.call("GET", `/calendar/v1/appointments/${booked.json["id"]}`);
      expect(found.json).toEqual(booked.json);
      const list = await suite.call("GET", `/calendar/v1/appointments?call_id=${call_id}`);
      expect(list.json.data).toEqual([booked.json]);
    });

    test("60 at once for one slot: one winner, 59 are told the next opening, one event", async () => {
      const [slot, next] = await slots(suite, service, "2026-11-26T06:00:00Z", "2026-11-26T08:00:00Z");
      const answers = await Promise.all(Array.from({ length: 60 }, () => book(slot?.id)));
      expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
      const lost = answers.filter((answer) => answer.status === 409);
      expect(lost).toHaveLength(59);
      for (const answer of lost) expect(answer.json).toMatchObject({ code: "slot_taken", next_slot: { id: next?.id } });
      const events = await suite.call("GET", "/voice/v1/events?type=appointment.booked&limit=100");
      const forSlot = (events.json.data ?? []).filter((event) => JSON.stringify(event).includes(String(slot?.id)));
      expect(forSlot).toHaveLength(1);
    });

    test("a longer service that overlaps a booking loses too, whichever services they are", async () => {
      const filling = await serviceId(suite, "Filling");
      const long = await slots(suite, filling, "2026-11-27T06:00:00Z", "2026-11-27T06:30:00Z");
      const short = await slots(suite, service, "2026-11-27T06:30:00Z", "2026-11-27T07:00:00Z");
      const answers = await Promise.all([
        book(short[0]?.id),
        suite.call("POST", "/calendar/v1/appointments", { slot_id: long[0]?.id, contact_id, service: filling }),
      ]);
      expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409]);
    });

    test("a slot id that is none of ours, of another service, or past", async () => {
      expect(await book(`slt_${"0".repeat(26)}`)).toMatchObject({
        status: 422,
        json: { errors: [{ pointer: "/slot_id" }] },
      });
      const [filling] = await slots(
        suite,
        await serviceId(suite, "Filling"),
        "2026-11-28T06:00:00Z",
        "2026-11-28T08:00:00Z",
      );
      expect(await book(filling?.id)).toMatchObject({ status: 422, json: { errors: [{ pointer: "/slot_id" }] } });
      const [soon] = await slots(suite, service, "2026-11-23T04:00:00Z", "2026-11-23T08:00:00Z");
      suite.clock.nowMs += 1;
      const late = await book(soon?.id);
      expect(late).toMatchObject({
        status: 409,
        json: { code: "slot_taken", next_slot: { starts_at: "2026-11-23T04:30:00.000Z" } },
      });
    });

    test("another workspace's slot, contact and service are not there", async () => {
      const other = await openSuite(engine);
      const [slot] = await slots(suite, service, "2026-11-28T06:00:00Z", "2026-11-28T08:00:00Z");
      const answer = await other.call("POST", "/calendar/v1/appointments", { slot_id: slot?.id, contact_id, service });
      expect(answer).toMatchObject({ status: 422, json: { errors: [{ pointer: "/service" }] } });
      const own = await serviceId(other);
      const stranger = await other.call("POST", "/calendar/v1/appointments", {
        slot_id: slot?.id,
        contact_id,
        service: own,
      });
      expect(stranger).toMatchObject({ status: 422, json: { errors: [{ pointer: "/contact_id" }] } });
    });

    test("a range that ends before it begins, or spans a year", async () => {
      for (const to of ["2026-11-23T00:00:00Z", "2027-11-23T00:00:00Z"]) {
        const query = new URLSearchParams({ service_id: service, from: "2026-11-24T00:00:00Z", to });
        const answer = await suite.call("GET", `/calendar/v1/slots?${query}`);
        expect(answer).toMatchObject({ status: 422, json: { errors: [{ location: "query", pointer: "/to" }] } });
      }
    });
  });
}
