import { describe, expect, test } from "bun:test";
import { CertificateStore } from "./certificates.ts";

function storeOf(
  answer: () => Response | Promise<Response>,
  allowedHosts: string[] = [],
  addresses = ["93.184.216.34"],
) {
  const asked: string[] = [];
  const clock = { now: 0 };
  const store = new CertificateStore({
    allowedHosts,
    now: () => clock.now,
    resolve: async () => addresses,
    fetch: async (url) => {
      asked.push(url);
      return answer();
    },
  });
  return { store, asked, clock };
}

const URL = "https://cert.example/a.pem";

describe("certificates by URL", () => {
  test("are fetched once, until max-age has passed", async () => {
    const { store, asked, clock } = storeOf(() => new Response("pem", { headers: { "cache-control": "max-age=60" } }));
    expect(await Promise.all([store.get(URL), store.get(URL)])).toEqual(["pem", "pem"]);
    clock.now = 59_000;
    await store.get(URL);
    expect(asked.length).toBe(1);
    clock.now = 61_000;
    await store.get(URL);
    expect(asked.length).toBe(2);
  });

  test("a failure is remembered for half a minute", async () => {
    const { store, asked, clock } = storeOf(() => new Response("", { status: 404 }));
    for (let i = 0; i < 5; i++) expect(store.get(URL)).rejects.toThrow("404");
    await Bun.sleep(0);
    expect(asked.length).toBe(1);
    clock.now = 31_000;
    expect(store.get(URL)).rejects.toThrow("404");
    await Bun.sleep(0);
    expect(asked.length).toBe(2);
  });

  test("a large one is cut off", () => {
    const { store } = storeOf(() => new Response("x".repeat(100_000)));
    expect(store.get(URL)).rejects.toThrow("too large");
  });

  const refused: [string, string, string[]][] = [
    ["http://cert.example/a.pem", "no https", ["93.184.216.34"]],
    ["https://user:pw@cert.example/a.pem", "login", ["93.184.216.34"]],
    ["https://cert.example:22/a.pem", "odd port", ["93.184.216.34"]],
    ["https://127.0.0.1/a.pem", "private network", []],
    ["https://[::1]/a.pem", "private network", []],
    ["https://[::ffff:10.0.0.1]/a.pem", "private network", []],
    ["https://inside.example/a.pem", "private network", ["93.184.216.34", "10.0.0.7"]],
    ["https://nowhere.example/a.pem", "private network", []],
    ["nonsense", "no https", []],
  ];
  for (const [url, says, addresses] of refused) {
    test(`${url} is not fetched`, async () => {
      const { store, asked } = storeOf(() => new Response("pem"), [], addresses);
      expect(store.get(url)).rejects.toThrow(says);
      await Bun.sleep(0);
      expect(asked).toEqual([]);
    });
  }

  test("with allowedHosts only those", () => {
    const { store } = storeOf(() => new Response("pem"), ["sti.example"]);
    expect(store.get(URL)).rejects.toThrow("allowedHosts");
    expect(store.get("https://sti.example/a.pem")).resolves.toBe("pem");
  });
});
