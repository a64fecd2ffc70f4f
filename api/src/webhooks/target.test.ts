import { describe, expect, test } from "bun:test";
import { hostname } from "node:os";
import { sendOverHttp } from "./deliver.ts";
import { isPublicAddress, refuseTarget } from "./target.ts";

const live = { livemode: true, localDevelopment: false };
const stranger = { livemode: false, localDevelopment: false };
const local = { livemode: false, localDevelopment: true };

describe("addresses", () => {
  const inside =
    "0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1 192.168.1.1 " +
    "198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 64:ff9b::7f00:1 " +
    "fc00::1 fd00:ec2::254 fe80::1 ff02::1 2001::1 2001:db8::1 2002:7f00:1:: 3fff::1 nonsense";
  test.each(inside.split(" "))("%s is not public", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
  test.each("8.8.8.8 1.1.1.1 172.32.0.1 100.128.0.1 2606:4700::1111 2a00:1450:4001::1".split(" "))(
    "%s is public",
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});

describe("URLs", () => {
  const refused =
    "https://127.0.0.1/ https://2130706433/ https://0x7f.1/ https://0177.0.0.1/ https://127.1/ https://[::1]/ https://[::ffff:7f00:1]/ " +
    "https://localhost/ https://localhost./ https://a.localhost/ https://169.254.169.254/latest https://user:pass@example.com/ ftp://example.com/ nonsense";
  test.each(refused.split(" "))("%s is refused", (url) => {
    expect(refuseTarget(url, stranger)).toBeString();
  });
  test("https for live; http and loopback for local development", () => {
    expect(refuseTarget("https://example.com/hook", live)).toBeUndefined();
    expect(refuseTarget("http://example.com/hook", live)).toBeString();
    expect(refuseTarget("http://example.com/hook", stranger)).toBeUndefined();
    expect(refuseTarget("http://127.0.0.1:9/hook", local)).toBeUndefined();
    expect(refuseTarget("http://127.0.0.1:9/hook", { livemode: true, localDevelopment: true })).toBeString();
  });
});

test("a name that resolves to this machine is refused when connecting, whatever was checked before", async () => {
  let hits = 0;
  const server = Bun.serve({
    port: 0,
    hostname: "0.0.0.0",
    fetch: () => {
      hits++;
      return new Response("secret");
    },
  });
  try {
    const attempt = { url: `http://${hostname()}:${server.port}/`, headers: {}, body: "{}" };
    const result = await sendOverHttp({ ...attempt, policy: stranger });
    expect(result.status).toBeNull();
    expect(result.error).toMatch(/not public|ENOTFOUND|EAI_AGAIN/);
    expect(hits).toBe(0);
  } finally {
    await server.stop(true);
  }
});
