import { expect, test } from "bun:test";
import { fdatasyncSync, readFileSync } from "node:fs";
import { PGlite } from "@electric-sql/pglite";
import { btree_gist } from "@electric-sql/pglite/contrib/btree_gist";
import { pgliteTemplate, temporaryFolder } from "../testing/suite.ts";
import { DurableFs, durableStartParams } from "./durable-fs.ts";

test("every commit is on the disk before it is acknowledged; a checkpoint syncs what it speaks of", async () => {
  let syncs = 0;
  const sync = (descriptor: number) => {
    syncs++;
    fdatasyncSync(descriptor);
  };
  const db = await PGlite.create({
    fs: new DurableFs(temporaryFolder("durable"), sync),
    startParams: durableStartParams(),
    extensions: { btree_gist },
    loadDataDir: new Blob([readFileSync(await pgliteTemplate())]),
  });
  expect((await db.query("show fsync")).rows).toEqual([{ fsync: "on" }]);
  await db.exec("create table t (id int primary key)");
  for (let id = 0; id < 10; id++) {
    const before = syncs;
    await db.query("insert into t values ($1)", [id]);
    expect(syncs).toBeGreaterThan(before);
  }
  const reading = syncs;
  await db.query("select * from t");
  expect(syncs).toBe(reading);
  await db.exec("checkpoint");
  expect(syncs).toBeGreaterThan(reading + 1);
  await db.close();
}, 20_000);
