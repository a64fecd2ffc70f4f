import { describe, expect, test } from "bun:test";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, readConfig } from "./config.ts";
import { loadSecrets } from "./secrets.ts";
import { temporaryFolder } from "./testing/suite.ts";

describe("configuration", () => {
  test("defaults", () => {
    expect(readConfig({})).toMatchObject({
      port: 3000,
      host: "127.0.0.1",
      databaseUrl: undefined,
      publicUrl: "http://localhost:3000",
      localDevelopment: true,
    });
    expect(readConfig({ HOST: "0.0.0.0", PORT: "" })).toMatchObject({ port: 3000, localDevelopment: false });
  });

  test("what is wrong is named, its value is not", () => {
    const secret = "hunter2hunter2";
    const read = () => readConfig({ PORT: "x", SK_ENGINE_KEY: secret, DATABASE_URL: `mysql://${secret}@h` });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(/PORT.*DATABASE_URL.*SK_ENGINE_KEY/);
    expect(read).not.toThrow(new RegExp(secret));
  });
});

describe("secrets", () => {
  const fresh = () => readConfig({ SK_DATA_DIR: temporaryFolder("secrets") });

  test("made once, kept, readable by the owner only", () => {
    const config = fresh();
    const first = loadSecrets(config);
    expect(loadSecrets(config)).toEqual(first);
    expect(JSON.parse(readFileSync(first.keysFile, "utf8"))).toEqual({
      engine_key: first.engineKey,
      test_key: first.testKey,
    });
    for (const file of ["keys.json", "pepper"])
      expect(statSync(join(config.dataDirectory, file)).mode & 0o777).toBe(0o600);
  });

  test("keys given by the environment win", () => {
    const engineKey = `sk_test_${"e".repeat(24)}`;
    expect(loadSecrets({ ...fresh(), engineKey }).engineKey).toBe(engineKey);
  });

  test("a broken keys file and a folder that cannot be made are one sentence each", () => {
    const config = fresh();
    writeFileSync(join(config.dataDirectory, "keys.json"), "{}");
    expect(() => loadSecrets(config)).toThrow(/keys\.json does not hold/);
    expect(() => loadSecrets({ ...config, dataDirectory: "/proc/none" })).toThrow(/Cannot write to/);
  });
});
