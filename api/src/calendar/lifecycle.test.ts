import { beforeAll, describe, expect, test } from "bun:test";
import { WEEKDAYS } from "../contract/agent.ts";
import { newContact, serviceId, slots } from "../testing/fixtures.ts";
import { engines, openSuite, type Suite } from "../testing/suite.ts";

for (const engine of await engines()) {
  describe(`appointments on ${engine.name}`, () => {
    let suite: Suite;
    let service: string;
    let contact_id: string;
    beforeAll(async () => {
      suite = await openSuite(engine);
      service = await serviceId(suite);
      contact_id = await newContact(suite);
    });
    const book = (slot_id: string | undefined, of = service) =>
      suite.call("POST", "/calendar/v1/appointments", { slot_id, contact_id, service: of });
    const step = (id: unknown, what: string, body?: object) =>
      suite.call("POST", `/calendar/v1/appointments/${id}/${what}`, body);
    const free = async (from: string, to: string, of = service) =>
      (await slots(suite, of, from, to)).map((slot) => slot.starts_at);
    const eventsOf = async (id: unknown) =>
      ((await suite.call("GET", "/voice/v1/events?limit=100")).json.data ?? [])
        .filter((event) => JSON.stringify(event).includes(String(id)))
        .map((event) => event["type"])
        .reverse();

    test("rescheduled, reminded, cancelled: the same id, its old time free again, an event for each step", async () => {
      const [first, second] = await slots(suite, service, "2026-11-24T04:00:00Z", "2026-11-24T06:00:00Z");
      const { id } = (await book(first?.id)).json;
      const moved = await step(id, "reschedule", { slot_id: second?.id });
      expect(moved).toMatchObject({ status: 200, json: { id, status: "rescheduled", starts_at: second?.starts_at } });
      const released = await suite.call("GET", "/voice/v1/events?type=slot.released");
      expect(released.json.data).toMatchObject([{ data: { slot: { id: first?.id }, reason: "rescheduled" } }]);
      expect(await free("2026-11-24T04:00:00Z", "2026-11-24T05:00:00Z")).toEqual([String(first?.starts_at)]);
      expect((await step(id, "reminder-sent")).json["reminder_sent_at"]).toBeString();
      await step(id, "reminder-sent");
      expect((await step(id, "cancel", { reason: "ill" })).json["status"]).toBe("cancelled");
      for (const what of ["cancel", "no-show", "complete", "reminder-sent"]) {
        const again = await step(id, what, what === "cancel" ? {} : undefined);
        expect(again).toMatchObject({ status: 409, json: { code: "transition_refused" } });
      }
      expect(await eventsOf(id)).toEqual([
        "appointment.booked",
        "appointment.rescheduled",
        "appointment.reminder_sent",
        "appointment.cancelled",
      ]);
      expect(await free("2026-11-24T04:00:00Z", "2026-11-24T05:00:00Z")).toHaveLength(2);
    });

    test("20 at once for one slot, half of them moves: one winner, the losers are told the next and keep what they had", async () => {
      const times = await slots(suite, service, "2026-11-25T04:00:00Z", "2026-11-25T12:30:00Z");
      const own = await Promise.all(times.slice(1, 11).map(async (slot) => (await book(slot.id)).json));
      const goal = times[0]?.id;
      const answers = await Promise.all([
        ...own.map(({ id }) => step(id, "reschedule", { slot_id: goal })),
        ...Array.from({ length: 10 }, () => book(goal)),
      ]);
      expect(answers.filter((answer) => answer.status < 300)).toHaveLength(1);
      for (const lost of answers.filter((answer) => answer.status >= 300)) {
        expect(lost).toMatchObject({ status: 409, json: { code: "slot_taken" } });
        expect(lost.json["next_slot"]).not.toBeNull();
      }
      const kept = await Promise.all(own.map(({ id }) => suite.call("GET", `/calendar/v1/appointments/${id}`)));
      expect(kept.filter((answer) => answer.json["status"] === "booked").length).toBeGreaterThanOrEqual(9);
    });

    test("nobody came: only after it began", async () => {
      const [slot] = await slots(suite, service, "2026-11-23T06:00:00Z", "2026-11-23T07:00:00Z");
      const { id } = (await book(slot?.id)).json;
      expect(await step(id, "no-show")).toMatchObject({ status: 409, json: { code: "not_started" } });
      const before = suite.clock.nowMs;
      suite.clock.nowMs = Date.parse(String(slot?.starts_at)) + 600_000;
      expect((await step(id, "no-show")).json["status"]).toBe("no_show");
      suite.clock.nowMs = before;
      expect(await eventsOf(id)).toEqual(["appointment.booked", "appointment.no_show"]);
    });

    test("resources: own hours, own services, and a removed one takes no bookings", async () => {
      const own = await openSuite(engine);
      const item = await serviceId(own);
      const evening = Object.fromEntries(WEEKDAYS.map((day) => [day, [{ from: "18:00", to: "19:00" }]]));
      const chair = await own.call("POST", "/calendar/v1/resources", { name: "Chair 2", hours: evening });
      expect(chair.status).toBe(201);
      expect(await own.call("POST", "/calendar/v1/resources", { name: "Chair 2" })).toMatchObject({
        status: 409,
        json: { code: "name_taken" },
      });
      const late = () => slots(own, item, "2026-11-24T12:30:00Z", "2026-11-24T14:00:00Z");
      expect(await late()).toMatchObject([{ resource: "Chair 2" }, { resource: "Chair 2" }]);
      const path = `/calendar/v1/resources/${chair.json["id"]}`;
      await own.call("PATCH", path, { service_ids: [await serviceId(own, "Filling")] });
      expect(await late()).toEqual([]);
      await own.call("PATCH", path, { service_ids: null, hours: null });
      const both = await slots(own, item, "2026-11-24T09:30:00Z", "2026-11-24T10:00:00Z");
      const names = both.map((slot) => (slot as unknown as { resource: string }).resource);
      expect(names.sort()).toEqual(["Chair 2", "Dr. Asha"]);
      expect((await own.call("DELETE", path)).status).toBe(204);
      expect((await own.call("GET", path)).status).toBe(404);
      expect(await slots(own, item, "2026-11-24T09:30:00Z", "2026-11-24T10:00:00Z")).toHaveLength(1);
    });

    test("buffers keep neighbours away, holidays close the day", async () => {
      const own = await openSuite(engine);
      const settings = (await own.call("GET", "/voice/v1/agent")).json;
      const services = (settings["services"] as { name: string }[]).map((one) =>
        one.name === "Consultation" ? { ...one, buffer_before_minutes: 0, buffer_after_minutes: 15 } : one,
      );
      const holidays = [{ date: "2026-11-25", name: "Founder's day", hours: [] }];
      expect((await own.call("PATCH", "/voice/v1/agent", { services, holidays })).status).toBe(200);
      const item = await serviceId(own);
      expect(await slots(own, item, "2026-11-25T00:00:00Z", "2026-11-25T18:00:00Z")).toEqual([]);
      const [slot, next] = await slots(own, item, "2026-11-24T04:00:00Z", "2026-11-24T06:00:00Z");
      const contact = await newContact(own);
      const make = (slot_id?: string) =>
        own.call("POST", "/calendar/v1/appointments", { slot_id, contact_id: contact, service: item });
      expect((await make(slot?.id)).status).toBe(201);
      const lost = await make(next?.id);
      expect(lost).toMatchObject({ status: 409, json: { next_slot: { starts_at: "2026-11-24T05:00:00.000Z" } } });
    });

    test("an iCalendar feed: what is booked, without names, until it is revoked", async () => {
      const own = await openSuite(engine);
      const item = await serviceId(own);
      const [slot] = await slots(own, item, "2026-11-24T09:30:00Z", "2026-11-24T10:00:00Z");
      const booked = await own.call("POST", "/calendar/v1/appointments", {
        slot_id: slot?.id,
        contact_id: await newContact(own),
        service: item,
      });
      const feed = await own.call("POST", "/calendar/v1/feeds", {});
      const path = new URL(String(feed.json["url"])).pathname;
      const read = () => own.fetch(new Request(`http://localhost${path}`));
      const answer = await read();
      const text = await answer.text();
      expect(answer.headers.get("content-type")).toBe("text/calendar; charset=utf-8");
      for (const line of ["BEGIN:VCALENDAR", "DTSTART:20261124T093000Z", "SUMMARY:Consultation", "LOCATION:Dr. Asha"]) {
        expect(text).toContain(line);
      }
      expect(text).toContain(`UID:${booked.json["id"]}`);
      expect(text).not.toContain("Priya");
      expect((await own.call("GET", "/calendar/v1/feeds")).text).not.toContain(path);
      await own.call("DELETE", `/calendar/v1/feeds/${feed.json["id"]}`);
      expect((await read()).status).toBe(404);
    });
  });

  if (engine.name === "postgres") {
    test("1,000 bookings at once on 50 slots: 50 winners, 950 told the next slot, none double", async () => {
      const suite = await openSuite(engine);
      const service = await serviceId(suite);
      const contact_id = await newContact(suite);
      const open = await slots(suite, service, "2026-11-24T00:00:00Z", "2026-12-02T00:00:00Z");
      const fifty = open.slice(0, 50);
      const startedMs = performance.now();
      const answers = await Promise.all(
        Array.from({ length: 1000 }, (_, i) =>
          suite.call("POST", "/calendar/v1/appointments", { slot_id: fifty[i % 50]?.id, contact_id, service }),
        ),
      );
      const seconds = (performance.now() - startedMs) / 1000;
      const won = answers.filter((answer) => answer.status === 201);
      const lost = answers.filter((answer) => answer.json.code === "slot_taken");
      console.info(`bookings: ${won.length} won, ${lost.length} told the next slot, ${seconds.toFixed(1)} s`);
      expect(won).toHaveLength(50);
      expect(new Set(won.map((answer) => answer.json["slot_id"])).size).toBe(50);
      expect(lost).toHaveLength(950);
      for (const answer of lost) expect(answer.json["next_slot"]).toMatchObject({ service_id: service });
      const page = (await suite.call("GET", "/calendar/v1/appointments?limit=100")).json.data ?? [];
      expect(page).toHaveLength(50);
    }, 60_000);
  }
}
