import { describe, expect, test } from "bun:test";
import { callId, newContact } from "../testing/fixtures.ts";
import { engines, openSuite } from "../testing/suite.ts";

for (const engine of await engines()) {
  describe(`tickets on ${engine.name}`, () => {
    test("open, read, list by contact and by call", async () => {
      const suite = await openSuite(engine);
      const contact_id = await newContact(suite);
      const call_id = callId();
      const input = { contact_id, subject: "Please call back", source: "voice", call_id };
      const ticket = await suite.call("POST", "/tickets/v1/tickets", input);
      expect(ticket).toMatchObject({ status: 201, json: { ...input, status: "open", urgency: "normal", body: null } });
      expect((await suite.call("GET", `/tickets/v1/tickets/${ticket.json["id"]}`)).json).toEqual(ticket.json);
      for (const query of [`contact_id=${contact_id}`, `call_id=${call_id}`]) {
        expect((await suite.call("GET", `/tickets/v1/tickets?${query}`)).json.data).toEqual([ticket.json]);
      }
      expect((await suite.call("GET", `/tickets/v1/tickets?call_id=${callId()}`)).json.data).toEqual([]);
      expect((await suite.call("GET", `/tickets/v1/tickets/tkt_${"0".repeat(26)}`)).status).toBe(404);
    });

    test("a contact that does not exist is named", async () => {
      const suite = await openSuite(engine);
      const answer = await suite.call("POST", "/tickets/v1/tickets", {
        contact_id: `ctc_${"0".repeat(26)}`,
        subject: "x",
      });
      expect(answer).toMatchObject({ status: 422, json: { errors: [{ pointer: "/contact_id" }] } });
    });
  });
}
