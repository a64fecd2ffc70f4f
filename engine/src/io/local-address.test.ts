import { expect, test } from "bun:test";
import { networkInterfaces } from "node:os";
import { localAddressToward } from "./local-address.ts";

test("loopback for loopback, an address of this machine for anything else", () => {
  expect(localAddressToward("127.0.0.5")).toBe("127.0.0.1");
  expect(localAddressToward("::1")).toBe("::1");
  const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((each) => each.address));
  expect([...own, "127.0.0.1"]).toContain(localAddressToward("203.0.113.7"));
  for (const list of Object.values(networkInterfaces())) {
    for (const each of list ?? []) if (each.family === "IPv4") expect(own).toContain(localAddressToward(each.address));
  }
});
