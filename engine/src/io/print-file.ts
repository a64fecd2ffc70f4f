/** The recordings of robocalls on disk (bun:sqlite), so that a restart does not forget them. The media threads hold them in memory. */
import { Database } from "bun:sqlite";
import type { Print } from "@sk-voice/models/robocall/fingerprint-store.ts";
import { MAX_PRINTS } from "@sk-voice/models/robocall/fingerprint-store.ts";
import { epochMs } from "./clock.ts";

interface Row {
  readonly id: string;
  readonly expires_ms: number;
  readonly words: Uint8Array;
  readonly valid: Uint8Array;
}

export class PrintFile {
  readonly #db: Database;

  constructor(path: string) {
    this.#db = new Database(path, { create: true });
    this.#db.run("pragma journal_mode = wal");
    this.#db.run(
      "create table if not exists prints (id text primary key, expires_ms integer not null, words blob not null, valid blob not null) strict",
    );
  }

  /** Those that have not expired, oldest first. */
  all(): Print[] {
    this.#db.query("delete from prints where expires_ms <= ?").run(epochMs());
    return this.#db
      .query<Row, []>("select id, expires_ms, words, valid from prints order by expires_ms")
      .all()
      .map(({ id, expires_ms, words, valid }) => ({
        id,
        expiresEpochMs: expires_ms,
        // Copied: a blob's bytes need not lie on a boundary of two.
        words: new Uint16Array(words.slice().buffer),
        valid: valid.slice(),
      }));
  }

  add({ id, expiresEpochMs, words, valid }: Print): void {
    const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
    this.#db.query("insert or replace into prints values (?, ?, ?, ?)").run(id, expiresEpochMs, bytes, valid);
    this.#db
      .query("delete from prints where id not in (select id from prints order by expires_ms desc limit ?)")
      .run(MAX_PRINTS);
  }

  forget(ids: readonly string[]): void {
    const forget = this.#db.query("delete from prints where id = ?");
    for (const id of ids) forget.run(id);
  }

  close(): void {
    this.#db.close();
  }
}
