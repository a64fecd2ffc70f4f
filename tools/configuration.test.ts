import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { configuration, FILE } from "./configuration.ts";

test("docs/configuration.md is what the schemas say: `bun tools/configuration.ts` writes it anew", () => {
  expect(readFileSync(FILE, "utf8")).toBe(configuration());
});

test("every variable of both schemas is in it", () => {
  const text = configuration();
  for (const name of ["SK_SIP_PORT", "SK_DRAIN_SECONDS", "SK_LOG_LEVEL", "DATABASE_URL", "SK_RATE_BURST", "SK_ONNX"]) {
    expect(text).toContain(name);
  }
});
