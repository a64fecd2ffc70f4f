import { describe, expect, test } from "bun:test";
import { newContact } from "./testing/fixtures.ts";
import { engines, openSuite } from "./testing/suite.ts";

for (const engine of await engines()) {
  describe(`pages on ${engine.name}`, () => {
    test("rows inserted while reading neither repeat nor push out a row that was there", async () => {
      const suite = await openSuite(engine);
      const before: string[] = [];
      for (let i = 0; i < 11; i++) before.push(await newContact(suite));
      const seen: string[] = [];
      let cursor: unknown = null;
      do {
        const query: string = cursor === null ? "" : `&cursor=${encodeURIComponent(String(cursor))}`;
        const page = await suite.call("GET", `/crm/v1/contacts?limit=3${query}`);
        seen.push(...(page.json.data ?? []).map((row) => String(row["id"])));
        cursor = page.json["next_cursor"];
        await newContact(suite);
      } while (cursor !== null);
      expect(seen).toEqual([...before].reverse());
    });

    test("a page that ends with the last row has no next one", async () => {
      const suite = await openSuite(engine);
      for (let i = 0; i < 4; i++) await newContact(suite);
      const page = await suite.call("GET", "/crm/v1/contacts?limit=4");
      expect(page.json.data).toHaveLength(4);
      expect(page.json["next_cursor"]).toBeNull();
    });
  });
}
