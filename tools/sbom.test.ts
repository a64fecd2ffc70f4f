import { expect, test } from "bun:test";
import { bill, installed } from "./sbom.ts";

const PERMISSIVE = new Set([
  "MIT",
  "MIT OR Apache-2.0",
  "(MIT OR CC0-1.0)",
  "Apache-2.0",
  "(Apache-2.0 AND BSD-3-Clause)",
  "ISC",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BSD-4-Clause",
  "BlueOak-1.0.0",
  "OFL-1.1",
  "Unlicense",
  "0BSD",
  "CC0-1.0",
]);
/** Tools of the tests, in no image: MPL-2.0, the inspector, which is MIT becoming Apache-2.0, and one of s3rver's that says MIT only in its Readme. */
const TESTS_ONLY = [
  /^axe-core$/,
  /^lightningcss/,
  /^mediabunny$/,
  /^humanize-number$/,
  /^@modelcontextprotocol\/inspector$/,
];

test("everything installed has a permissive licence", () => {
  const components = installed();
  expect(components.length).toBeGreaterThan(200);
  const others = components.filter(
    ({ name, licence }) => !PERMISSIVE.has(licence) && !TESTS_ONLY.some((pattern) => pattern.test(name)),
  );
  expect(others).toEqual([]);
});

test("the bill of materials names each by its package URL", () => {
  const text = JSON.stringify(bill([{ name: "@a/b", version: "1.2.3", licence: "SEE LICENSE IN LICENSE" }]));
  expect(text).toContain('"purl":"pkg:npm/%40a/b@1.2.3"');
  expect(text).toContain('{"license":{"name":"SEE LICENSE IN LICENSE"}}');
  expect(text).toContain('"specVersion":"1.6"');
});
