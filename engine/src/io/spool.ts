/**
 * The engine's durable spool (bun:sqlite, one file). Two tables: `drafts`, one row per running call, the outcome as it would be
 * recorded if the engine died now; and `reports`, what the api has yet to take. A restart turns left-over drafts into reports, so
 * a call that was answered is always told of.
 *
 * Reports are written with synchronous=FULL: they survive `kill -9` and power loss once `add` has returned. Drafts change with every turn of every
 * call, so theirs is NORMAL (an fsync costs about 3 ms of the signalling thread): they survive `kill -9`, and power loss but for the last turns.
 */
import { Database } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { EngineReport } from "@sk-voice/api/contract/index.ts";
import type { CallOutcome } from "../call/events.ts";

export interface SpooledReport {
  readonly seq: number;
  readonly report: EngineReport;
  readonly failures: number;
}

export class Spool {
  readonly #db: Database;
  readonly #drafts: Database;

  /** @throws when the folder cannot be written: one sentence, naming it. */
  constructor(path: string) {
    try {
      mkdirSync(dirname(path), { recursive: true });
      this.#db = new Database(path, { create: true });
      this.#db.run("pragma journal_mode = wal");
      this.#drafts = new Database(path);
    } catch (cause) {
      throw new Error(`cannot write the spool ${path}: check that the folder exists and belongs to this user`, {
        cause,
      });
    }
    this.#db.run("pragma synchronous = full");
    this.#drafts.run("pragma synchronous = normal");
    this.#db.run("create table if not exists drafts (call_id text primary key, draft text not null) strict");
    this.#db.run(
      "create table if not exists reports (seq integer primary key autoincrement, call_id text not null, body text not null, " +
        "failures integer not null default 0, refused text, unique (call_id, body)) strict",
    );
  }

  /** The outcome as it stands; replaces the call's earlier draft. */
  draft(outcome: CallOutcome): void {
    this.#drafts
      .query(
        "insert into drafts (call_id, draft) values (?, ?) on conflict (call_id) do update set draft = excluded.draft",
      )
      .run(outcome.call_id, JSON.stringify(outcome));
  }

  /** Queues a report. A `call.completed` or `call.quarantined` ends the call's draft in the same transaction. */
  add(report: EngineReport): void {
    this.#db.transaction(() => {
      this.#insert(report);
      if (report.type === "call.completed" || report.type === "call.quarantined")
        this.#db.query("delete from drafts where call_id = ?").run(report.call_id);
    })();
  }

  /** Turns the drafts of calls that died into reports: of all calls after a restart, or of those named. Returns how many. */
  recover(callIds?: readonly string[]): number {
    return this.#db.transaction(() => {
      const drafts = this.#db.query<{ call_id: string; draft: string }, []>("select call_id, draft from drafts").all();
      const dead = callIds ? drafts.filter(({ call_id }) => callIds.includes(call_id)) : drafts;
      for (const { call_id, draft } of dead) {
        this.#insert(JSON.parse(draft) as CallOutcome);
        this.#db.query("delete from drafts where call_id = ?").run(call_id);
      }
      return dead.length;
    })();
  }

  /** The oldest waiting report of each of at most `limit` calls: reports of one call go out in order. */
  next(limit: number): SpooledReport[] {
    return this.#db
      .query<{ seq: number; body: string; failures: number }, [number]>(
        "select min(seq) as seq, body, failures from reports where refused is null group by call_id order by failures, seq limit ?",
      )
      .all(limit)
      .map(({ seq, body, failures }) => ({ seq, failures, report: JSON.parse(body) as EngineReport }));
  }

  done(seq: number): void {
    this.#db.query("delete from reports where seq = ?").run(seq);
  }

  failed(seq: number): void {
    this.#db.query("update reports set failures = failures + 1 where seq = ?").run(seq);
  }

  /** The api says the report itself is wrong: kept with the reason, no longer sent. */
  refuse(seq: number, reason: string): void {
    this.#db.query("update reports set refused = ? where seq = ?").run(reason, seq);
  }

  counts(): { waiting: number; refused: number; drafts: number } {
    return this.#db
      .query<{ waiting: number; refused: number; drafts: number }, []>(
        "select (select count(*) from reports where refused is null) waiting, " +
          "(select count(*) from reports where refused is not null) refused, (select count(*) from drafts) drafts",
      )
      .get()!;
  }

  close(): void {
    this.#drafts.close();
    this.#db.close();
  }

  #insert(report: EngineReport): void {
    this.#db
      .query("insert into reports (call_id, body) values (?, ?) on conflict do nothing")
      .run(report.call_id, JSON.stringify(report));
  }
}
