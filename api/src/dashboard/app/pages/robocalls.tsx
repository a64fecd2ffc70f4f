import { ShieldBan } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import type { Call, Transcript } from "../../../contract/calls.ts";
import type { Insights, Waveform } from "../../../contract/dashboard.ts";
import { TranscriptView, usePlayer, Waves } from "../call/player.tsx";
import { call as ask } from "../lib/api.ts";
import { useFormat } from "../lib/format.ts";
import { useT } from "../lib/i18n.tsx";
import { type Page, useDo, useGet, usePages } from "../lib/query.ts";
import { useCan } from "../lib/session.tsx";
import { Badge, Button, Card, Empty, Figure, PageHead, Skeleton } from "../ui/basic.tsx";
import { callerOf } from "../ui/call-bits.tsx";
import { Confirm } from "../ui/overlay.tsx";

/** What a person at the phone costs in India's small towns, in rupees an hour; the savings say that they are an estimate. */
const RUPEES_AN_HOUR = 120;
/** Somebody picks up, listens, understands, hangs up and finds back to their work. */
const INTERRUPTION_MS = 90_000;

function Evidence({ call }: { call: Call }) {
  const t = useT();
  const player = usePlayer(call.recording === null ? null : `/voice/v1/calls/${call.id}/recording`);
  const shape = useGet<Waveform>(call.recording === null ? null : `/voice/v1/calls/${call.id}/waveform?points=400`);
  const transcript = useGet<Transcript>(call.transcript === null ? null : `/voice/v1/calls/${call.id}/transcript`);
  return (
    <div className="evidence">
      {shape.data === undefined ? null : <Waves shape={shape.data} player={player} />}
      {call.recording === null ? <p className="card-note small muted">{t("call.no_recording")}</p> : null}
      {transcript.data === undefined ? (
        <Skeleton rows={2} />
      ) : (
        <TranscriptView lines={transcript.data.lines} player={player} />
      )}
    </div>
  );
}

function Stopped({ call }: { call: Call }) {
  const t = useT();
  const format = useFormat();
  const can = useCan();
  const [open, setOpen] = useState(false);
  const release = useDo(() => ask<Call>("POST", `/voice/v1/quarantine/${call.id}/release`), {
    touches: ["/voice/v1/calls", "/voice/v1/quarantine", "/voice/v1/insights"],
    done: t("robocalls.released"),
  });
  const signals = call.quarantine?.signals ?? [];
  return (
    <li className="stopped">
      <div className="stopped-head">
        <button type="button" className="stopped-open" aria-expanded={open} onClick={() => setOpen(!open)}>
          <span className="strong one-line">{callerOf(call, t("caller.withheld"))}</span>
          <span className="small muted numbers">
            {format.when(call.started_at)} · {format.duration(call.duration_ms)}
          </span>
        </button>
        <span className="row wrap grow">
          {signals.length === 0 ? <Badge>{t("robocalls.no_signals")}</Badge> : null}
          {signals.map((signal) => (
            <Badge key={signal} tone="bad">
              {signal}
            </Badge>
          ))}
        </span>
        {call.verdict_score === null ? null : (
          <span className="small muted numbers">
            {t("robocalls.sure", { share: format.percent(call.verdict_score) })}
          </span>
        )}
        {can("calls:write") ? (
          <Confirm
            trigger={
              <Button small busy={release.isPending}>
                {t("robocalls.release")}
              </Button>
            }
            title={t("robocalls.release_title")}
            text={t("robocalls.release_text")}
            action={t("robocalls.release")}
            onConfirm={() => release.mutate(undefined)}
          />
        ) : null}
      </div>
      {open ? <Evidence call={call} /> : null}
    </li>
  );
}

function FalseAlarms({ released, stopped }: { released: readonly Call[]; stopped: number }) {
  const t = useT();
  const format = useFormat();
  const counts = new Map<string, number>();
  for (const call of released)
    for (const signal of call.quarantine?.signals ?? []) counts.set(signal, (counts.get(signal) ?? 0) + 1);
  const worst = [...counts].sort((a, b) => b[1] - a[1]);
  return (
    <Card title={t("robocalls.false_alarms")}>
      {released.length === 0 ? (
        <p className="small muted">{t("robocalls.no_false_alarms")}</p>
      ) : (
        <div className="stack-small small">
          <p>
            {t("robocalls.false_share", {
              n: released.length,
              share: format.percent(released.length / Math.max(1, released.length + stopped)),
            })}
          </p>
          {worst.length === 0 ? null : (
            <ul className="stack-small">
              {worst.map(([signal, n]) => (
                <li key={signal} className="row between">
                  {signal} <span className="numbers">{n}×</span>
                </li>
              ))}
            </ul>
          )}
          {released.map((call) => (
            <Link key={call.id} href={`/calls/${call.id}`}>
              {callerOf(call, t("caller.withheld"))}, {format.when(call.started_at)}
            </Link>
          ))}
        </div>
      )}
    </Card>
  );
}

export default function RobocallsPage() {
  const t = useT();
  const format = useFormat();
  const stopped = usePages<Call>("/voice/v1/quarantine", { everyMs: 15_000 });
  const released = useGet<Page<Call>>("/voice/v1/calls?released=true&limit=50");
  const insights = useGet<Insights>("/voice/v1/insights?days=30");
  const robocalls = insights.data?.total.robocalls;
  const savedMs = (robocalls ?? 0) * INTERRUPTION_MS;
  const money = format.money((savedMs / 3600_000) * RUPEES_AN_HOUR, "INR");
  return (
    <>
      <PageHead title={t("nav.robocalls")} hint={t("robocalls.hint")} />
      <div className="stack">
        <div className="figures">
          <Figure label={t("robocalls.stopped_30")} value={robocalls === undefined ? "–" : format.number(robocalls)} />
          <Figure
            label={t("robocalls.share")}
            value={
              insights.data === undefined
                ? "–"
                : format.percent((robocalls ?? 0) / Math.max(1, insights.data.total.calls + (robocalls ?? 0)))
            }
          />
          <Figure
            label={t("robocalls.saved")}
            value={
              robocalls === undefined ? "–" : t("robocalls.minutes", { n: format.number(Math.round(savedMs / 60_000)) })
            }
            hint={robocalls === undefined ? undefined : t("robocalls.saved_hint", { money })}
          />
          <Figure
            label={t("robocalls.false_alarms")}
            value={released.data === undefined ? "–" : format.number(released.data.data.length)}
          />
        </div>
        <div className="grid-main">
          <Card title={t("robocalls.kept")} flush>
            {stopped.isLoading ? <Skeleton rows={5} /> : null}
            {stopped.isSuccess && stopped.items.length === 0 ? (
              <Empty icon={ShieldBan} title={t("robocalls.none")}>
                {t("robocalls.none_text")}
              </Empty>
            ) : null}
            <ul>
              {stopped.items.map((call) => (
                <Stopped key={call.id} call={call} />
              ))}
            </ul>
            {stopped.hasNextPage ? (
              <div className="card-note">
                <Button small onClick={() => void stopped.fetchNextPage()}>
                  {t("action.more")}
                </Button>
              </div>
            ) : null}
          </Card>
          <FalseAlarms released={released.data?.data ?? []} stopped={stopped.items.length} />
        </div>
      </div>
    </>
  );
}
