import { expect, test } from "bun:test";
import { judge, retryDelayMs } from "./retry.ts";

test("retries double from a quarter of a second to half a minute", () => {
  expect([1, 2, 3, 4, 8, 1000].map(retryDelayMs)).toEqual([250, 500, 1000, 2000, 30_000, 30_000]);
});

test("only an answer about the report itself gives it up", () => {
  expect([200, 201, 204].map(judge)).toEqual(["done", "done", "done"]);
  expect([401, 403, 404, 408, 409, 429, 500, 503].map(judge)).toEqual(Array(8).fill("retry"));
  expect([400, 413, 422].map(judge)).toEqual(["refused", "refused", "refused"]);
});
