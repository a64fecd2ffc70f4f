/**
 * Everybody wants the same few slots at once: the database is the referee, and whoever loses is told the next opening in the same breath.
 * `SK_BOOKINGS=1000 bun test api/test/bookings.test.ts` for a thousand requests on fifty slots.
 */
import { expect, test } from "bun:test";
import { newContact, serviceId, slots } from "../src/testing/fixtures.ts";
import { engines, openSuite } from "../src/testing/suite.ts";

/** On PostgreSQL, where they really run at once; PGlite has one connection and gets a tenth. */
const REQUESTS = Number(process.env["SK_BOOKINGS"] ?? 200);
const SIZES = {
  postgres: { requests: REQUESTS, slots: REQUESTS / 20 },
  pglite: { requests: REQUESTS / 10, slots: REQUESTS / 200 },
};

for (const engine of await engines()) {
  const size = SIZES[engine.name];
  test(`${size.requests} bookings at once on ${size.slots} slots on ${engine.name}: one winner each, no loser without a next slot`, async () => {
    const suite = await openSuite(engine);
    const service = await serviceId(suite);
    const wanted = (await slots(suite, service, "2026-11-24T00:00:00Z", "2026-12-05T00:00:00Z")).slice(0, size.slots);
    expect(wanted).toHaveLength(size.slots);
    const contact = await newContact(suite);
    const answers = await Promise.all(
      Array.from({ length: size.requests }, async (_, i) => {
        const slot_id = wanted[i % size.slots]?.id;
        const body = { slot_id, contact_id: contact, service };
        return { slot_id, ...(await suite.call("POST", "/calendar/v1/appointments", body)) };
      }),
    );
    const won = answers.filter((answer) => answer.status === 201);
    const lost = answers.filter((answer) => answer.status === 409 && answer.json.code === "slot_taken");
    expect({ won: won.length, lost: lost.length }).toEqual({ won: size.slots, lost: size.requests - size.slots });
    expect(new Set(won.map((answer) => answer.slot_id)).size).toBe(size.slots);
    expect(lost.filter((answer) => answer.json["next_slot"] === null)).toEqual([]);
    const kept = [];
    for (let cursor: unknown = ""; cursor !== null; ) {
      const page = await suite.call(
        "GET",
        `/calendar/v1/appointments?limit=100${cursor === "" ? "" : `&cursor=${cursor}`}`,
      );
      kept.push(...(page.json.data ?? []));
      cursor = page.json["next_cursor"];
    }
    expect(new Set(kept.map((one) => `${one["resource"]} ${one["starts_at"]}`)).size).toBe(size.slots);
    expect(kept).toHaveLength(size.slots);
  }, 60_000);
}
