import { beforeAll, describe, expect, test } from "bun:test";
import { engines, openSuite, type Suite } from "../testing/suite.ts";

for (const engine of await engines()) {
  describe(`sign-in on ${engine.name}`, () => {
    let suite: Suite;
    beforeAll(async () => {
      suite = await openSuite(engine);
    });

    interface Browser {
      cookie: string;
      csrf: string;
    }
    const signIn = async (body: object) => {
      const response = await suite.fetch(
        new Request("http://localhost/session", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        }),
      );
      const json = (await response.json()) as Record<string, unknown>;
      const set = response.headers.get("set-cookie") ?? "";
      return { response, json, set, browser: { cookie: set.split(";")[0] ?? "", csrf: String(json["csrf_token"]) } };
    };
    const send = (browser: Browser, method: string, path: string, body?: object, headers = {}) =>
      suite.fetch(
        new Request(`http://localhost${path}`, {
          method,
          headers: {
            cookie: browser.cookie,
            "x-csrf-token": browser.csrf,
            "content-type": "application/json",
            ...headers,
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      );
    let person = 0;
    const member = async (role: string) => {
      const login = `${role}${++person}.${suite.workspaceId.slice(-6).toLowerCase()}`;
      const made = await suite.call("POST", "/voice/v1/members", {
        login,
        name: "Asha",
        role,
        password: "a long password",
      });
      expect(made.status).toBe(201);
      expect(made.text).not.toContain("argon");
      return { login, id: String(made.json["id"]) };
    };

    test("with a key: an HttpOnly, SameSite cookie, and the key's scopes", async () => {
      const key = await suite.key(["crm:read", "crm:write"]);
      const { response, json, set, browser } = await signIn({ key });
      expect(response.status).toBe(200);
      expect(set).toMatch(/^sk_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
      expect(json).toMatchObject({ who: { role: null }, scopes: ["crm:read", "crm:write"], livemode: false });
      expect((await send(browser, "GET", "/crm/v1/contacts")).status).toBe(200);
      expect((await send(browser, "GET", "/voice/v1/calls")).status).toBe(403);
    });

    test("whatever changes something needs the session's token; reading does not", async () => {
      const { browser } = await signIn({ key: suite.testKey });
      const { browser: other } = await signIn({ key: suite.testKey });
      const add = (headers: object) => send(browser, "POST", "/crm/v1/contacts", { name: "A" }, headers);
      expect((await add({})).status).toBe(201);
      for (const token of ["", "x", other.csrf]) {
        const refused = await add({ "x-csrf-token": token });
        expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([403, "csrf_failed"]);
      }
      expect((await send(browser, "GET", "/session", undefined, { "x-csrf-token": "" })).status).toBe(200);
      expect((await send(browser, "DELETE", "/session", undefined, { "x-csrf-token": "" })).status).toBe(403);
      expect((await send(browser, "DELETE", "/session")).status).toBe(204);
      expect((await send(browser, "GET", "/crm/v1/contacts")).status).toBe(401);
    });

    test("roles: owner everything, agent works with callers, developer integrates; nobody gives more than they have", async () => {
      const may = async (role: string) => {
        const { login } = await member(role);
        const { browser } = await signIn({ login: login.toUpperCase(), password: "a long password" });
        const status = async (path: string) => (await send(browser, "GET", path)).status;
        const paths = [
          "/voice/v1/calls",
          "/crm/v1/contacts",
          "/voice/v1/webhooks",
          "/voice/v1/keys",
          "/voice/v1/audit",
        ];
        return Promise.all(paths.map(status));
      };
      expect(await may("owner")).toEqual([200, 200, 200, 200, 200]);
      expect(await may("agent")).toEqual([200, 200, 403, 403, 403]);
      expect(await may("developer")).toEqual([200, 200, 200, 403, 200]);
      const few = `Bearer ${await suite.key(["keys:write", "calls:read"])}`;
      const asked = { login: "mallory", name: "M", role: "owner", password: "a long password" };
      expect((await suite.call("POST", "/voice/v1/members", asked, { authorization: few })).status).toBe(422);
    });

    test("a wrong password, a login that is nobody's and a disabled member are refused alike", async () => {
      const { login, id } = await member("agent");
      const refusals = [
        await signIn({ login, password: "not it at all" }),
        await signIn({ login: "nobody", password: "a long password" }),
      ];
      const { browser } = await signIn({ login, password: "a long password" });
      await suite.call("PATCH", `/voice/v1/members/${id}`, { disabled: true });
      refusals.push(await signIn({ login, password: "a long password" }));
      for (const { response, json } of refusals) {
        expect(response.status).toBe(401);
        expect(json["detail"]).toBe("This name and password do not fit together.");
      }
      expect((await send(browser, "GET", "/session")).status).toBe(401);
    });

    test("a new password ends the sessions of the old one", async () => {
      const { login, id } = await member("owner");
      const { browser } = await signIn({ login, password: "a long password" });
      expect((await send(browser, "GET", "/session")).status).toBe(200);
      await suite.call("PATCH", `/voice/v1/members/${id}`, { password: "another password" });
      expect((await send(browser, "GET", "/session")).status).toBe(401);
      suite.clock.nowMs += 60_000;
      expect((await signIn({ login, password: "another password" })).response.status).toBe(200);
    });

    test("guessing is limited: five tries, then 429 with the time to wait", async () => {
      suite.clock.nowMs += 3600_000;
      const guess = () => signIn({ login: "owner", password: "guess guess" });
      const statuses: number[] = [];
      for (let i = 0; i < 5; i++) statuses.push((await guess()).response.status);
      expect(statuses).toEqual([401, 401, 401, 401, 401]);
      const limited = await guess();
      expect(limited.response.status).toBe(429);
      expect(limited.json).toMatchObject({ code: "too_many_tries" });
      expect(limited.response.headers.get("retry-after")).toBe("12");
      suite.clock.nowMs += 12_000;
      expect((await guess()).response.status).toBe(401);
      suite.clock.nowMs += 3600_000;
    });

    test("ends after 12 h without a request, after 7 days in any case, and with its key", async () => {
      const idle = await signIn({ key: suite.testKey });
      suite.clock.nowMs += 12 * 3600_000;
      expect((await send(idle.browser, "GET", "/session")).status).toBe(401);
      const long = await signIn({ key: suite.testKey });
      for (let hours = 0; hours < 7 * 24 - 6; hours += 6) {
        suite.clock.nowMs += 6 * 3600_000;
        expect((await send(long.browser, "GET", "/session")).status).toBe(200);
      }
      suite.clock.nowMs += 6 * 3600_000;
      expect((await send(long.browser, "GET", "/session")).status).toBe(401);

      const made = await suite.call("POST", "/voice/v1/keys", { name: "k", scopes: ["crm:read"] });
      const { browser } = await signIn({ key: String(made.json["key"]) });
      expect((await send(browser, "GET", "/crm/v1/contacts")).status).toBe(200);
      await suite.call("POST", `/voice/v1/keys/${made.json["id"]}/revoke`);
      suite.clock.nowMs += 5001;
      expect((await send(browser, "GET", "/crm/v1/contacts")).status).toBe(401);
    });
  });
}
