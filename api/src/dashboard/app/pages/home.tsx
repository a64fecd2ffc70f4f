import { ArrowRight, Check, PhoneCall, Sparkles } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { Agent } from "../../../contract/agent.ts";
import type { Appointment } from "../../../contract/calendar.ts";
import type { Call } from "../../../contract/calls.ts";
import type { Insights, Member, SampleData } from "../../../contract/dashboard.ts";
import type { Ticket } from "../../../contract/tickets.ts";
import type { Webhook } from "../../../contract/webhooks.ts";
import { useDial } from "../dial/dial.ts";
import { call as ask } from "../lib/api.ts";
import { useFormat } from "../lib/format.ts";
import { useT } from "../lib/i18n.tsx";
import { useLive } from "../lib/live.ts";
import { type Page, useDo, useGet } from "../lib/query.ts";
import { useCan } from "../lib/session.tsx";
import { Badge, Button, Card, Empty, Figure, PageHead, Skeleton } from "../ui/basic.tsx";
import { callerOf, OutcomeBadge } from "../ui/call-bits.tsx";

function Step({ done, title, text, action }: { done: boolean; title: string; text: string; action: ReactNode }) {
  return (
    <li className={done ? "step step-done" : "step"}>
      <span className="step-mark" aria-hidden>
        {done ? <Check size={14} /> : null}
      </span>
      <div className="grow">
        <p className="strong">{title}</p>
        <p className="small muted">{text}</p>
      </div>
      {done ? null : action}
    </li>
  );
}

/** What to do next, until it is done. */
function FirstSteps({ calls }: { calls: readonly Call[] }) {
  const t = useT();
  const can = useCan();
  const dial = useDial();
  const webhooks = useGet<Page<Webhook>>(can("webhooks:read") ? "/voice/v1/webhooks?limit=1" : null);
  const members = useGet<Page<Member>>(can("keys:write") ? "/voice/v1/members?limit=1" : null);
  const agent = useGet<Agent>("/voice/v1/agent");
  const sample = useGet<SampleData>("/voice/v1/sample-data");
  const touches = ["/voice/", "/crm/", "/calendar/", "/tickets/"];
  const add = useDo(() => ask<SampleData>("POST", "/voice/v1/sample-data"), { touches, done: t("home.sample_added") });
  const remove = useDo(() => ask<SampleData>("DELETE", "/voice/v1/sample-data"), {
    touches,
    done: t("home.sample_removed"),
  });
  const called = calls.length > (sample.data?.calls ?? 0) || (agent.data?.demo?.calls_used ?? 0) > 0;
  const steps = [
    {
      id: "call",
      done: called,
      may: can("calls:write"),
      action: (
        <Button small kind="primary" onClick={dial.open}>
          {t("dial.call_her")}
        </Button>
      ),
    },
    {
      id: "webhook",
      done: (webhooks.data?.data.length ?? 0) > 0,
      may: can("webhooks:write"),
      action: (
        <Link className="button button-small" href="/developers/webhooks">
          {t("home.step.webhook.action")}
        </Link>
      ),
    },
    {
      id: "knowledge",
      done: (agent.data?.knowledge_version ?? 1) > 1,
      may: can("agent:write"),
      action: (
        <Link className="button button-small" href="/knowledge">
          {t("home.step.knowledge.action")}
        </Link>
      ),
    },
    {
      id: "team",
      done: (members.data?.data.length ?? 0) > 0,
      may: can("keys:write"),
      action: (
        <Link className="button button-small" href="/settings/team">
          {t("home.step.team.action")}
        </Link>
      ),
    },
  ] as const;
  const open = steps.filter((step) => step.may);
  if (agent.data === undefined || sample.data === undefined) return null;
  const finished = open.every((step) => step.done);
  return (
    <>
      {sample.data.present ? (
        <div className="callout">
          <span>{t("home.sample_present", { n: sample.data.calls })}</span>
          {can("agent:write") ? (
            <Button small busy={remove.isPending} onClick={() => remove.mutate(undefined)}>
              {t("home.sample_remove")}
            </Button>
          ) : null}
        </div>
      ) : null}
      {finished ? null : (
        <Card title={t("home.first_steps")} flush>
          <ul className="steps">
            {open.map((step) => (
              <Step
                key={step.id}
                done={step.done}
                title={t(`home.step.${step.id}`)}
                text={t(`home.step.${step.id}.text`)}
                action={step.action}
              />
            ))}
          </ul>
          {!sample.data.present && can("agent:write") ? (
            <div className="list-line step-sample">
              <Sparkles size={16} aria-hidden />
              <span className="grow small muted">{t("home.sample_offer")}</span>
              <Button small busy={add.isPending} onClick={() => add.mutate(undefined)}>
                {t("home.sample_add")}
              </Button>
            </div>
          ) : null}
        </Card>
      )}
    </>
  );
}

function Today() {
  const t = useT();
  const format = useFormat();
  const insights = useGet<Insights>("/voice/v1/insights?days=1", { everyMs: 15_000 });
  const running = useLive((live) => live.calls.size);
  const { total, response } = insights.data ?? {};
  const share = total === undefined || total.calls === 0 ? null : total.answered / total.calls;
  return (
    <div className="figures">
      <Figure
        label={t("home.on_line")}
        value={format.number(running)}
        {...(running > 0 ? { tone: "good" as const } : {})}
      />
      <Figure label={t("home.calls_today")} value={total === undefined ? "–" : format.number(total.calls)} />
      <Figure label={t("home.answered")} value={share === null ? "–" : format.percent(share)} />
      <Figure label={t("home.p50")} value={format.ms(response?.p50_ms)} />
      <Figure label={t("home.robocalls")} value={total === undefined ? "–" : format.number(total.robocalls)} />
    </div>
  );
}

function Latest({ calls, loading }: { calls: readonly Call[]; loading: boolean }) {
  const t = useT();
  const format = useFormat();
  const dial = useDial();
  return (
    <Card
      title={t("home.latest")}
      actions={
        <Link href="/calls" className="small">
          {t("home.all_calls")}
        </Link>
      }
      flush
    >
      {loading ? <Skeleton rows={4} /> : null}
      {!loading && calls.length === 0 ? (
        <Empty
          icon={PhoneCall}
          title={t("calls.none")}
          action={
            <Button kind="primary" onClick={dial.open}>
              {t("dial.call_her")}
            </Button>
          }
        >
          {t("calls.none_text")}
        </Empty>
      ) : null}
      {calls.slice(0, 7).map((call) => (
        <Link key={call.id} href={`/calls/${call.id}`} className="list-line plain-link">
          <span className="grow">
            <span className="strong one-line block">{callerOf(call, t("caller.withheld"))}</span>
            <span className="small muted one-line block">{call.summary ?? ""}</span>
          </span>
          <OutcomeBadge {...call} />
          <time className="small muted numbers when" dateTime={call.started_at}>
            {format.when(call.started_at)}
          </time>
        </Link>
      ))}
    </Card>
  );
}

function Next() {
  const t = useT();
  const format = useFormat();
  const can = useCan();
  const booked = useGet<Page<Appointment>>(can("calendar:read") ? "/calendar/v1/appointments?limit=100" : null);
  const now = new Date().toISOString();
  const next = (booked.data?.data ?? [])
    .filter((one) => one.starts_at > now && (one.status === "booked" || one.status === "rescheduled"))
    .sort((a, b) => (a.starts_at < b.starts_at ? -1 : 1))
    .slice(0, 4);
  if (!can("calendar:read")) return null;
  return (
    <Card
      title={t("home.next")}
      actions={
        <Link href="/calendar" className="small">
          {t("nav.calendar")}
        </Link>
      }
      flush
    >
      {next.length === 0 ? <p className="card-note small muted">{t("home.no_next")}</p> : null}
      {next.map((one) => (
        <Link key={one.id} href={`/calendar?appointment=${one.id}`} className="list-line plain-link">
          <span className="grow">
            <span className="strong block">{one.service.name}</span>
            <span className="small muted">{one.resource}</span>
          </span>
          <span className="small numbers">
            {format.day(one.starts_at, one.time_zone)}, {format.time(one.starts_at, one.time_zone)}
          </span>
        </Link>
      ))}
    </Card>
  );
}

function OpenTickets() {
  const t = useT();
  const can = useCan();
  const format = useFormat();
  const tickets = useGet<Page<Ticket>>(can("tickets:read") ? "/tickets/v1/tickets?status=open&limit=4" : null);
  if (!can("tickets:read")) return null;
  return (
    <Card
      title={t("home.tickets")}
      actions={
        <Link href="/tickets" className="small">
          {t("nav.tickets")}
        </Link>
      }
      flush
    >
      {tickets.data?.data.length === 0 ? <p className="card-note small muted">{t("home.no_tickets")}</p> : null}
      {tickets.data?.data.map((one) => (
        <Link key={one.id} href={`/tickets/${one.id}`} className="list-line plain-link">
          <span className="grow one-line strong">{one.subject}</span>
          {one.urgency === "high" ? <Badge tone="bad">{t("urgency.high")}</Badge> : null}
          <span className="small muted numbers">{format.when(one.created_at)}</span>
        </Link>
      ))}
    </Card>
  );
}

export default function HomePage() {
  const t = useT();
  const calls = useGet<Page<Call>>("/voice/v1/calls?limit=100", { everyMs: 10_000 });
  const list = calls.data?.data ?? [];
  const running = useLive((live) => live.calls.size);
  return (
    <>
      <PageHead
        title={t("home.title")}
        actions={
          running === 0 ? undefined : (
            <Link href="/live" className="button">
              {t("home.watch", { n: running })}
              <ArrowRight size={16} aria-hidden />
            </Link>
          )
        }
      />
      <div className="stack">
        {calls.data === undefined ? null : <FirstSteps calls={list} />}
        <Today />
        <div className="grid-main">
          <Latest calls={list} loading={calls.isLoading} />
          <div className="stack">
            <Next />
            <OpenTickets />
          </div>
        </div>
      </div>
    </>
  );
}
