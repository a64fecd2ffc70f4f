import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AllowList } from "../sip/cidr.ts";
import { readSignalling } from "./trunk-file.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sk-trunks-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string, env: Record<string, string> = {}) {
  const file = join(folder, "trunks.yaml");
  writeFileSync(file, text);
  return readSignalling(file, 10, env);
}

const TRUNK = `
trunks:
  - name: carrier
    allow: [203.0.113.0/24]
`;

describe("SK_TRUNKS", () => {
  test("without a file this machine and private networks may call", () => {
    const { trunks, tls } = readSignalling("", 7, {});
    const allow = new AllowList(trunks[0]!.allow);
    expect(["127.0.0.1", "192.168.1.9", "::1"].every((address) => allow.has(address))).toBe(true);
    expect(["8.8.8.8", "172.32.0.1", "2001:db8::1"].some((address) => allow.has(address))).toBe(false);
    expect([trunks[0]!.maxCalls, tls]).toEqual([7, undefined]);
  });

  test("YAML with defaults", () => {
    expect(read(TRUNK).trunks[0]).toMatchObject({
      name: "carrier",
      codecs: ["PCMU", "PCMA", "G722", "opus"],
      maxCalls: 100,
    });
  });

  test("JSON is YAML too, and passwords come from the environment", () => {
    const register = { registrar: "sip:reg.example", username: "u", password: "env:SECRET" };
    const text = JSON.stringify({ trunks: [{ name: "a", allow: ["::1"], register }] });
    expect(read(text, { SECRET: "pw" }).trunks[0]!.register?.password).toBe("pw");
    expect(() => read(text)).toThrow("SECRET, which is not set");
  });

  test("TLS files are read beside the trunk file", () => {
    writeFileSync(join(folder, "c.pem"), "certificate");
    writeFileSync(join(folder, "k.pem"), "key");
    const tls = "tls: { port: 5061, certificate: c.pem, key: k.pem }";
    expect(read(`${TRUNK}\n${tls}`).tls).toMatchObject({ certificate: "certificate", key: "key", verifyServers: true });
    expect(() => read(`${TRUNK}\n${tls.replace("c.pem", "missing.pem")}`)).toThrow("missing.pem cannot be read");
  });

  test("a trunk that is called over TLS makes us a TLS client that verifies", () => {
    const outbound = "outbound: { proxy: 'sip:c.example;transport=tls', from: '+1', allowedPrefixes: ['+1'] }";
    expect(read(`${TRUNK}    ${outbound}`).tls).toEqual({ port: -1, verifyServers: true });
  });

  const faults: readonly (readonly [string, string, string])[] = [
    ["an unknown field", `${TRUNK}    allows: []`, "allows"],
    ["no address", "trunks: [{ name: a, allow: [example.com] }]", "trunks.0.allow.0: an IP address"],
    ["no trunks", "trunks: []", "trunks"],
    ["two of one name", "trunks: [{ name: a, allow: [::1] }, { name: a, allow: [::1] }]", "trunk names must differ"],
    [
      "no prefix to dial",
      `${TRUNK}    outbound: { proxy: 'sip:c', from: '1', allowedPrefixes: [] }`,
      "allowedPrefixes",
    ],
    ["no YAML", "trunks: [", "is no YAML"],
    ["nothing", "", "the file"],
  ];
  for (const [what, text, says] of faults)
    test(`${what} is refused by name`, () => expect(() => read(text)).toThrow(says));
});
