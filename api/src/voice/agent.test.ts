import { beforeAll, describe, expect, test } from "bun:test";
import { engines, openSuite, type Suite } from "../testing/suite.ts";

interface Entry {
  id: string;
  questions: string[];
  answer: string;
}

for (const engine of await engines()) {
  describe(`agent on ${engine.name}`, () => {
    let suite: Suite;
    beforeAll(async () => {
      suite = await openSuite(engine);
    });
    const agent = async () => (await suite.call("GET", "/voice/v1/agent")).json;

    test("the demo business is open every day and has something to say", async () => {
      const settings = await agent();
      expect(settings).toMatchObject({
        workspace_id: suite.workspaceId,
        time_zone: "Asia/Kolkata",
        country: "IN",
        knowledge_version: 1,
      });
      for (const stretches of Object.values(settings["hours"] as object))
        expect(stretches).toEqual([{ from: "09:00", to: "18:00" }]);
      expect((settings["knowledge"] as Entry[]).length).toBeGreaterThanOrEqual(8);
      expect(JSON.stringify(settings["greeting"])).toContain("AI assistant");
    });

    test("settings change; knowledge stays at its version when it is not touched", async () => {
      const answer = await suite.call("PATCH", "/voice/v1/agent", {
        greeting: "Vanakkam, this is Suki, an AI assistant.",
      });
      expect(answer).toMatchObject({
        status: 200,
        json: { greeting: "Vanakkam, this is Suki, an AI assistant.", knowledge_version: 1 },
      });
      const zone = await suite.call("PATCH", "/voice/v1/agent", { time_zone: "Asia/Nowhere" });
      expect(zone).toMatchObject({ status: 422, json: { errors: [{ pointer: "/time_zone" }] } });
    });

    test("changed knowledge is a new version and one event that says what changed", async () => {
      const before = (await agent())["knowledge"] as Entry[];
      const [first, second, ...rest] = before;
      const changed = { ...first, answer: "We are open all night." };
      const added = { questions: ["Do you have wheelchair access?"], answer: "Yes, by the side door." };
      const answer = await suite.call("PATCH", "/voice/v1/agent", {
        knowledge: [changed, ...rest, added],
        via: "dashboard",
      });
      expect(answer.json["knowledge_version"]).toBe(2);
      const events = await suite.call("GET", "/voice/v1/events?type=knowledge.updated");
      expect(events.json.data).toMatchObject([
        {
          data: {
            knowledge: { version: 2 },
            via: "dashboard",
            changes: [
              { change: "changed", entry: { id: first?.id } },
              { change: "added", entry: added },
              { change: "removed", entry: { id: second?.id } },
            ],
          },
        },
      ]);
      const same = await suite.call("PATCH", "/voice/v1/agent", { knowledge: answer.json["knowledge"] });
      expect(same.json["knowledge_version"]).toBe(2);
    });

    test("20 owners at once make 20 versions", async () => {
      const knowledge = (await agent())["knowledge"] as Entry[];
      const version = Number((await agent())["knowledge_version"]);
      const change = (i: number) =>
        suite.call("PATCH", "/voice/v1/agent", {
          knowledge: [...knowledge, { questions: [`q${i}`], answer: `a${i}` }],
        });
      const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => change(i)));
      const versions = answers.map((answer) => Number(answer.json["knowledge_version"])).sort((a, b) => a - b);
      expect(versions).toEqual(Array.from({ length: 20 }, (_, i) => version + 1 + i));
    });

    test("a number has a voice, a language and a model of its own; two profiles of one number are refused", async () => {
      const options = {
        model: "gpt-4.1",
        instructions: "Offer the spring discount.",
        tools: ["answer_from_knowledge", "take_message"],
        limits: { max_calls: 20, max_calls_per_day: 500 },
        profiles: [
          {
            number: "+914442001234",
            voice: "rms",
            languages: ["ta-IN"],
            greeting: "Vanakkam.",
            limits: { max_calls: 5 },
          },
        ],
      };
      expect((await suite.call("PATCH", "/voice/v1/agent", options)).json).toMatchObject(options);
      const later = await suite.call("PATCH", "/voice/v1/agent", { model: "gpt-4.1-mini" });
      expect(later.json).toMatchObject({ ...options, model: "gpt-4.1-mini" });
      const twice = { profiles: [options.profiles[0], { number: "+914442001234", model: "x" }] };
      const bad = await suite.call("PATCH", "/voice/v1/agent", twice);
      expect(bad).toMatchObject({ status: 422, json: { errors: [{ pointer: "/profiles/1/number" }] } });
      await suite.call("PATCH", "/voice/v1/agent", { profiles: [], limits: {} });
      expect(await agent()).toMatchObject({ profiles: [], limits: {} });
    });

    test("services keep their ids; an unknown id is named", async () => {
      const services = (await agent())["services"] as { id: string; name: string }[];
      const [first, ...rest] = services;
      const braces = { name: "Braces", aliases: [], duration_minutes: 45, price: null };
      const answer = await suite.call("PATCH", "/voice/v1/agent", {
        services: [...rest, { ...first, name: "Visit" }, braces],
      });
      const names = (answer.json["services"] as { name: string }[]).map((service) => service.name);
      expect(names).toEqual([...rest.map((service) => service.name), "Visit", "Braces"]);
      const bad = await suite.call("PATCH", "/voice/v1/agent", {
        services: [{ ...braces, id: `itm_${"0".repeat(26)}` }],
      });
      expect(bad).toMatchObject({ status: 422, json: { errors: [{ pointer: "/services/0/id" }] } });
      expect((await agent())["services"]).toEqual(answer.json["services"]);
    });
  });
}
