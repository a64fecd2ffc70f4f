/** Figures over whole days of the business's time zone, computed by the database. Robocalls are counted apart and in nothing else. */
import { type SQL, sql } from "drizzle-orm";
import type { Insights } from "../contract/dashboard.ts";
import { calls } from "../db/schema.ts";
import { agentRow } from "../voice/agent.ts";
import { mine, type Work } from "../work.ts";

interface Scope {
  /** Condition of the rows. */
  where: SQL;
  /** Local time of a call's start. */
  local: SQL;
}

const robocall = sql`(${calls.verdict} = 'robocall')`;
const human = sql`(${calls.verdict} is distinct from 'robocall')`;
const answered = sql`(${human} and ${calls.outcome} is not null and ${calls.outcome} <> 'abandoned')`;
const abandoned = sql`(${human} and ${calls.outcome} = 'abandoned')`;
const turn = (part: string) => sql.raw(`(turn->>'${part}')::float8`);
const counted = sql`count(*) filter (where ${human})::int as calls, count(*) filter (where ${robocall})::int as robocalls,
  count(*) filter (where ${answered})::int as answered, count(*) filter (where ${abandoned})::int as abandoned`;

type Counts = { calls: number; robocalls: number; answered: number; abandoned: number };

async function totals(work: Work, { where }: Scope) {
  const [row] = await work.tx.execute<Counts & { talk_ms: number }>(sql`
    select ${counted}, coalesce(sum(${calls.durationMs}) filter (where ${human}), 0)::float8 as talk_ms
    from ${calls} where ${where}`);
  return row ?? { calls: 0, robocalls: 0, answered: 0, abandoned: 0, talk_ms: 0 };
}

async function byDay(work: Work, { where, local }: Scope) {
  const rows = await work.tx.execute<Counts & { day: string; packets_received: number; packets_lost: number }>(sql`
    select to_char(${local}, 'YYYY-MM-DD') as day, ${counted},
      coalesce(sum((${calls.media}->>'packets_received')::int), 0)::float8 as packets_received,
      coalesce(sum((${calls.media}->>'packets_lost')::int), 0)::float8 as packets_lost
    from ${calls} where ${where} group by 1 order by 1`);
  const speeds = await work.tx.execute<{ day: string; p50_ms: number; p95_ms: number }>(sql`
    select to_char(${local}, 'YYYY-MM-DD') as day,
      percentile_cont(0.5) within group (order by ${turn("response_ms")}) as p50_ms,
      percentile_cont(0.95) within group (order by ${turn("response_ms")}) as p95_ms
    from ${calls}, jsonb_array_elements(${calls.turns}) turn
    where ${where} and jsonb_typeof(${calls.turns}) = 'array' and turn->>'response_ms' is not null group by 1`);
  const speedOf = new Map(speeds.map((row) => [row.day, row]));
  return rows.map((row) => {
    const speed = speedOf.get(row.day);
    return { ...row, p50_ms: speed?.p50_ms ?? null, p95_ms: speed?.p95_ms ?? null };
  });
}

const PARTS = ["endpointing_ms", "stt_ms", "llm_ms", "tts_ms", "engine_ms"] as const;
type Speed = Record<"p50" | "p95" | "p99" | (typeof PARTS)[number], number | null> & { turns: number };

async function speed(work: Work, { where }: Scope) {
  const response = turn("response_ms");
  const medians = PARTS.map(
    (part) => sql`percentile_cont(0.5) within group (order by ${turn(part)}) as ${sql.identifier(part)}`,
  );
  const [row] = await work.tx.execute<Speed>(sql`
    select count(*)::int as turns, percentile_cont(0.5) within group (order by ${response}) as p50,
      percentile_cont(0.95) within group (order by ${response}) as p95,
      percentile_cont(0.99) within group (order by ${response}) as p99, ${sql.join(medians, sql`, `)}
    from ${calls}, jsonb_array_elements(${calls.turns}) turn
    where ${where} and jsonb_typeof(${calls.turns}) = 'array' and turn->>'response_ms' is not null`);
  const { turns = 0, p50 = null, p95 = null, p99 = null } = row ?? {};
  const parts = Object.fromEntries(PARTS.map((part) => [part, row?.[part] ?? null])) as Insights["parts"];
  return { response: { turns, p50_ms: p50, p95_ms: p95, p99_ms: p99 }, parts };
}

async function byHour(work: Work, { where, local }: Scope) {
  return work.tx.execute<{ weekday: number; hour: number; calls: number }>(sql`
    select (extract(isodow from ${local})::int - 1) as weekday, extract(hour from ${local})::int as hour, count(*)::int as calls
    from ${calls} where ${where} and ${human} group by 1, 2 order by 1, 2`);
}

async function shares(work: Work, { where }: Scope, column: SQL) {
  return work.tx.execute<{ value: string; calls: number }>(sql`
    select ${column} as value, count(*)::int as calls from ${calls}
    where ${where} and ${human} and ${column} is not null group by 1 order by 2 desc, 1`);
}

/** Midnight of the first of so many days in a time zone, as the database's calendar has it. */
async function since(work: Work, timeZone: string, days: number): Promise<Date> {
  const now = new Date(work.nowMs).toISOString();
  const [row] = await work.tx.execute<{ at: string }>(sql`
    select extract(epoch from (date_trunc('day', ${now}::timestamptz at time zone ${timeZone})
      - make_interval(days => ${days - 1}::int)) at time zone ${timeZone})::text as at`);
  return new Date(Number(row?.at ?? 0) * 1000);
}

export async function insights(work: Work, days: number): Promise<Insights> {
  const { timeZone } = await agentRow(work);
  const from = await since(work, timeZone, days);
  const scope: Scope = {
    where: mine(work, calls, sql`${calls.startedAt} >= ${from.toISOString()}::timestamptz`),
    local: sql`(${calls.startedAt} at time zone ${sql.raw(`'${timeZone.replaceAll("'", "''")}'`)})`,
  };
  const total = await totals(work, scope);
  const { response, parts } = await speed(work, scope);
  return {
    time_zone: timeZone,
    from: from.toISOString(),
    to: new Date(work.nowMs).toISOString(),
    total,
    response,
    days: await byDay(work, scope),
    hours: [...(await byHour(work, scope))],
    outcomes: (await shares(work, scope, sql`${calls.outcome}`)).map(({ value, calls }) => ({ outcome: value, calls })),
    sentiments: (await shares(work, scope, sql`${calls.sentimentLabel}`)).map(({ value, calls }) => ({
      label: value,
      calls,
    })),
    languages: (await shares(work, scope, sql`${calls.language}`)).map(({ value, calls }) => ({
      language: value,
      calls,
    })),
    parts,
  };
}
