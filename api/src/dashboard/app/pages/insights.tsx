import { ChartNoAxesColumn } from "lucide-react";
import { useState } from "react";
import type { Insights } from "../../../contract/dashboard.ts";
import { addDays, dayOf } from "../lib/days.ts";
import { useFormat } from "../lib/format.ts";
import type { Key } from "../lib/i18n.tsx";
import { useT } from "../lib/i18n.tsx";
import { useLive } from "../lib/live.ts";
import { useGet } from "../lib/query.ts";
import { WEEKDAYS } from "../lib/words.ts";
import { PARTS } from "../live/captions.tsx";
import { Badge, Card, Empty, Figure, PageHead, Skeleton } from "../ui/basic.tsx";
import { outcomeKey } from "../ui/call-bits.tsx";
import { BandChart, HeatMap, Shares, StackedBars } from "../ui/charts.tsx";

type Day = Insights["days"][number];

/** Every day of the range, the empty ones too. */
function everyDay(insights: Insights): (Partial<Day> & { day: string })[] {
  const known = new Map(insights.days.map((one) => [one.day, one]));
  const days = [];
  const last = dayOf(insights.to, insights.time_zone);
  for (let day = dayOf(insights.from, insights.time_zone); day <= last; day = addDays(day, 1))
    days.push(known.get(day) ?? { day });
  return days;
}

function Engines() {
  const t = useT();
  const format = useFormat();
  const engines = useLive((live) => live.engines);
  return (
    <Card title={t("insights.engines")} flush>
      {engines.length === 0 ? <p className="card-note small muted">{t("live.no_engine")}</p> : null}
      {engines.map((engine) => (
        <div key={engine.engine_id} className="list-line">
          <span className="grow">
            <span className="strong block">{engine.engine_id}</span>
            <span className="small muted">
              {t("live.engines", { calls: engine.calls, max: engine.max_calls })} ·{" "}
              {format.percent(engine.calls / engine.max_calls)}
            </span>
          </span>
          <Badge tone="good" dot>
            {t("insights.connected")}
          </Badge>
        </div>
      ))}
    </Card>
  );
}

function Parts({ parts }: Pick<Insights, "parts">) {
  const t = useT();
  const format = useFormat();
  const sum = PARTS.reduce((all, { part }) => all + (parts[part] ?? 0), 0);
  let left = 0;
  return (
    <div className="stack-small">
      <svg className="parts-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden>
        {PARTS.map(({ part }, index) => {
          const width = sum === 0 ? 0 : ((parts[part] ?? 0) / sum) * 100;
          const x = left;
          left += width;
          return <rect key={part} x={x} width={width} height="10" className={`part-${index + 1}`} />;
        })}
      </svg>
      <ul className="parts-list">
        {PARTS.map(({ part, label }, index) => (
          <li key={part} className="row">
            <span className={`key-dot part-${index + 1}`} aria-hidden />
            <span className="grow">{t(label)}</span>
            <span className="numbers">{format.ms(parts[part])}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Plots({ insights }: { insights: Insights }) {
  const t = useT();
  const format = useFormat();
  const days = everyDay(insights);
  const name = (day: string) => format.day(`${day}T12:00:00Z`, "UTC").replace(/^\S+\s/, "");
  const weekdays = WEEKDAYS.map((day) => t(`day.${day}.short`));
  const busiest = [...insights.hours].sort((a, b) => b.calls - a.calls)[0];
  return (
    <div className="grid-main">
      <Card title={t("insights.by_day")}>
        <StackedBars
          label={t("insights.by_day_label", { n: insights.total.calls, robocalls: insights.total.robocalls })}
          data={days.map((one) => ({
            name: name(one.day),
            parts: [
              { value: one.answered ?? 0, className: "fill-accent", label: t("insights.answered") },
              {
                value: (one.calls ?? 0) - (one.answered ?? 0),
                className: "fill-warn",
                label: t("insights.not_answered"),
              },
              { value: one.robocalls ?? 0, className: "fill-muted", label: t("outcome.robocall") },
            ],
          }))}
        />
        <ul className="key">
          <li>
            <span className="key-dot fill-accent" />
            {t("insights.answered")}
          </li>
          <li>
            <span className="key-dot fill-warn" />
            {t("insights.not_answered")}
          </li>
          <li>
            <span className="key-dot fill-muted" />
            {t("outcome.robocall")}
          </li>
        </ul>
      </Card>
      <Card title={t("insights.outcomes")}>
        <Shares
          label={t("insights.outcomes")}
          data={insights.outcomes.map((one) => ({ name: t(outcomeKey(one.outcome)), value: one.calls }))}
        />
      </Card>
      <Card title={t("insights.speed")}>
        <BandChart
          label={t("insights.speed_label", {
            p50: format.ms(insights.response.p50_ms),
            p95: format.ms(insights.response.p95_ms),
          })}
          tick={(value) => `${Math.round(value)}`}
          data={days.map((one) => ({ name: name(one.day), low: one.p50_ms ?? null, high: one.p95_ms ?? null }))}
        />
        <ul className="key">
          <li>
            <span className="key-dot fill-median" />
            p50, ms
          </li>
          <li>
            <span className="key-dot fill-band" />
            {t("insights.to_p95")}
          </li>
        </ul>
      </Card>
      <Card title={t("insights.parts")}>
        <Parts parts={insights.parts} />
      </Card>
      <Card title={t("insights.hours")}>
        {busiest === undefined ? null : (
          <p className="small muted chart-lead">
            {t("insights.busiest", {
              day: t(`day.${WEEKDAYS[busiest.weekday] ?? "monday"}`),
              hour: `${busiest.hour}:00–${busiest.hour + 1}:00`,
              n: busiest.calls,
            })}
          </p>
        )}
        <HeatMap
          label={t("insights.hours")}
          rows={weekdays}
          cells={insights.hours}
          say={(row, hour, calls) => `${row} ${hour}:00, ${t("insights.n_calls", { n: calls })}`}
        />
      </Card>
      <div className="stack">
        <Card title={t("calls.mood")}>
          <Shares
            label={t("calls.mood")}
            data={insights.sentiments.map((one) => ({ name: t(`mood.${one.label}` as Key), value: one.calls }))}
          />
        </Card>
        <Engines />
      </div>
    </div>
  );
}

export default function InsightsPage() {
  const t = useT();
  const format = useFormat();
  const [days, setDays] = useState(14);
  const insights = useGet<Insights>(`/voice/v1/insights?days=${days}`, { everyMs: 60_000, keep: true });
  const data = insights.data;
  const received = data?.days.reduce((sum, one) => sum + one.packets_received, 0) ?? 0;
  const lost = data?.days.reduce((sum, one) => sum + one.packets_lost, 0) ?? 0;
  return (
    <>
      <PageHead
        title={t("nav.insights")}
        hint={data === undefined ? undefined : t("insights.hint", { zone: data.time_zone })}
        actions={
          <select
            className="select select-auto"
            aria-label={t("insights.range")}
            value={days}
            onChange={(event) => setDays(Number(event.target.value))}
          >
            {[7, 14, 30, 90].map((one) => (
              <option key={one} value={one}>
                {t("insights.last_days", { n: one })}
              </option>
            ))}
          </select>
        }
      />
      {data === undefined ? (
        <Skeleton rows={8} />
      ) : (
        <div className="stack">
          <div className="figures">
            <Figure label={t("calls.title")} value={format.number(data.total.calls)} />
            <Figure
              label={t("insights.answer_rate")}
              value={data.total.calls === 0 ? "–" : format.percent(data.total.answered / data.total.calls)}
            />
            <Figure label={t("insights.p50")} value={format.ms(data.response.p50_ms)} />
            <Figure
              label={t("insights.p95")}
              value={format.ms(data.response.p95_ms)}
              hint={t("insights.turns", { n: format.number(data.response.turns) })}
            />
            <Figure label={t("insights.talk")} value={format.duration(data.total.talk_ms)} />
            <Figure
              label={t("insights.lost")}
              value={received + lost === 0 ? "–" : `${((lost / (received + lost)) * 100).toFixed(2)} %`}
            />
          </div>
          {data.total.calls + data.total.robocalls === 0 ? (
            <div className="card">
              <Empty icon={ChartNoAxesColumn} title={t("insights.none")}>
                {t("insights.none_text")}
              </Empty>
            </div>
          ) : (
            <Plots insights={data} />
          )}
        </div>
      )}
    </>
  );
}
