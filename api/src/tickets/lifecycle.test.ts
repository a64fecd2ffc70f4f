import { beforeAll, describe, expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import { TICKET_STATUS } from "../contract/tickets.ts";
import { callId, newContact, phone, startedReport } from "../testing/fixtures.ts";
import { engines, openSuite, type Suite } from "../testing/suite.ts";
import { breachOverdueTickets } from "./sla.ts";
import { TICKET_TRANSITIONS } from "./status.ts";

for (const engine of await engines()) {
  describe(`a ticket's life on ${engine.name}`, () => {
    let suite: Suite;
    let contact_id: string;
    beforeAll(async () => {
      suite = await openSuite(engine);
      contact_id = await newContact(suite);
    });
    const open = async (more: object = {}) =>
      (await suite.call("POST", "/tickets/v1/tickets", { contact_id, subject: "x", ...more })).json;
    const move = (id: unknown, to: string, note?: string) =>
      suite.call("POST", `/tickets/v1/tickets/${id}/transitions`, { to, ...(note === undefined ? {} : { note }) });
    const events = async (type: string) =>
      (await suite.call("GET", `/voice/v1/events?type=${type}&limit=100`)).json.data ?? [];

    test("every move of the table and no other", async () => {
      const ways = { open: [], in_progress: ["in_progress"], waiting: ["waiting"], resolved: ["resolved"] };
      const paths: Record<string, string[]> = {
        ...ways,
        closed: ["resolved", "closed"],
        reopened: ["resolved", "reopened"],
      };
      for (const from of TICKET_STATUS) {
        for (const to of TICKET_STATUS) {
          const { id } = await open();
          for (const step of paths[from] ?? []) expect((await move(id, step)).status).toBe(200);
          const answer = await move(id, to);
          const allowed = TICKET_TRANSITIONS[from].includes(to);
          expect({ from, to, status: answer.status }).toEqual({ from, to, status: allowed ? 200 : 409 });
          if (!allowed)
            expect(answer.json).toMatchObject({ code: "transition_refused", from, allowed: TICKET_TRANSITIONS[from] });
        }
      }
    }, 30_000);

    test("20 at once: one moves it", async () => {
      const { id } = await open();
      const answers = await Promise.all(Array.from({ length: 20 }, () => move(id, "in_progress")));
      expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
      const moved = (await events("ticket.status_changed")).filter((event) =>
        JSON.stringify(event).includes(String(id)),
      );
      expect(moved).toMatchObject([{ data: { from: "open", to: "in_progress" } }]);
    });

    test("the thread is append-only; what is internal fires nothing", async () => {
      const { id } = await open();
      const path = `/tickets/v1/tickets/${id}/messages`;
      const first = await suite.call("POST", path, { body: "We will call you." });
      expect(first).toMatchObject({ status: 201, json: { ticket_id: id, internal: false } });
      await suite.call("POST", path, { body: "Difficult.", internal: true });
      await move(id, "waiting", "waits for the lab");
      const list = await suite.call("GET", path);
      expect(list.json.data?.map((message) => [message["body"], message["internal"]])).toEqual([
        ["waits for the lab", true],
        ["Difficult.", true],
        ["We will call you.", false],
      ]);
      const said = (await events("ticket.message_added")).filter((event) => JSON.stringify(event).includes(String(id)));
      expect(said).toHaveLength(1);
      const attack = suite.db.transaction((tx) =>
        tx.execute(sql`update ticket_messages set body = 'x' where ticket_id = ${String(id)}`),
      );
      expect(
        await attack.then(
          () => "done",
          () => "refused",
        ),
      ).toBe("refused");
    });

    test("evidence is a reference to a call that exists, the same one once", async () => {
      const { id } = await open();
      const call = callId();
      await suite.call("POST", "/voice/v1/engine/reports", startedReport(call, phone()));
      const path = `/tickets/v1/tickets/${id}/evidence`;
      for (const kind of ["recording", "transcript", "recording"]) {
        expect((await suite.call("POST", path, { kind, call_id: call })).status).toBe(201);
      }
      expect((await suite.call("GET", path)).json.data).toMatchObject([
        { kind: "recording", url: `http://localhost:3000/voice/v1/calls/${call}/recording` },
        { kind: "transcript", url: `http://localhost:3000/voice/v1/calls/${call}/transcript` },
      ]);
      expect(await suite.call("POST", path, { kind: "call", call_id: callId() })).toMatchObject({
        status: 422,
        json: { errors: [{ pointer: "/call_id" }] },
      });
    });

    test("late tickets are said once, by urgency; resolved ones are not late", async () => {
      const own = await openSuite(engine);
      const sla = { high_minutes: 60, normal_minutes: 600, low_minutes: 6000 };
      await own.call("PATCH", "/voice/v1/agent", { sla });
      const contact = await newContact(own);
      const make = async (urgency: string) =>
        (await own.call("POST", "/tickets/v1/tickets", { contact_id: contact, subject: "x", urgency })).json;
      const [high, done, low] = [await make("high"), await make("high"), await make("low")];
      expect(Date.parse(String(high["due_at"])) - own.clock.nowMs).toBe(3600_000);
      await own.call("POST", `/tickets/v1/tickets/${done["id"]}/transitions`, { to: "resolved" });
      own.clock.nowMs += 3600_001;
      await breachOverdueTickets(own.deps);
      await breachOverdueTickets(own.deps);
      const late = (await own.call("GET", "/voice/v1/events?type=ticket.sla_breached")).json.data ?? [];
      expect(late).toMatchObject([{ data: { ticket: { id: high["id"] } } }]);
      const untouched = await own.call("GET", `/tickets/v1/tickets/${low["id"]}`);
      expect(untouched.json["breached_at"]).toBeNull();
    });
  });
}
