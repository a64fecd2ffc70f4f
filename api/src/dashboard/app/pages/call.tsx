import { AudioLines, CalendarCheck, MessageSquareText, ShieldBan, Ticket, UserRound, Zap } from "lucide-react";
import type { ReactNode } from "react";
import { Link, useParams } from "wouter";
import type { Call, Transcript } from "../../../contract/calls.ts";
import type { CallEvent, CallQuality, Waveform } from "../../../contract/dashboard.ts";
import { type Player, TranscriptView, usePlayer, Waves } from "../call/player.tsx";
import { Tools } from "../call/tools.tsx";
import { call as ask } from "../lib/api.ts";
import { useFormat } from "../lib/format.ts";
import { useT } from "../lib/i18n.tsx";
import { type Page, useDo, useGet } from "../lib/query.ts";
import { useCan } from "../lib/session.tsx";
import { PARTS, TurnBar, TurnKey } from "../live/captions.tsx";
import { Badge, Button, Card, Empty, Facts, PageHead, Skeleton } from "../ui/basic.tsx";
import { callerOf, Mood, OutcomeBadge } from "../ui/call-bits.tsx";
import { DeliveryBadge } from "../ui/delivery-bits.tsx";

function Recording({ call, player, lines }: { call: Call; player: Player; lines: Transcript["lines"] | undefined }) {
  const t = useT();
  const shape = useGet<Waveform>(call.recording === null ? null : `/voice/v1/calls/${call.id}/waveform?points=600`);
  return (
    <Card title={t("call.transcript")} flush>
      {call.recording === null ? (
        <p className="card-note muted small">{t("call.no_recording")}</p>
      ) : shape.data === undefined ? (
        <Skeleton rows={2} />
      ) : (
        <Waves shape={shape.data} player={player} />
      )}
      {lines === undefined ? null : lines.length === 0 ? (
        <Empty icon={MessageSquareText} title={t("call.nothing_said")} />
      ) : (
        <TranscriptView lines={lines} player={player} />
      )}
    </Card>
  );
}

function Latency({ quality }: { quality: CallQuality }) {
  const t = useT();
  const format = useFormat();
  if (quality.turns.length === 0) return <Empty icon={Zap} title={t("call.no_turns")} />;
  const full = Math.max(800, ...quality.turns.map((turn) => turn.response_ms ?? 0));
  const slowest = quality.turns.reduce((a, b) => ((b.response_ms ?? 0) > (a.response_ms ?? 0) ? b : a));
  const cause = PARTS.reduce((a, b) => ((slowest[b.part] ?? 0) > (slowest[a.part] ?? 0) ? b : a));
  return (
    <div className="stack-small">
      <p className="small muted">
        {t("call.slowest", { n: slowest.turn, ms: format.ms(slowest.response_ms), part: t(cause.label) })}
      </p>
      <div className="turns">
        {quality.turns.map((turn) => (
          <TurnBar key={turn.turn} turn={turn} fullMs={full} />
        ))}
      </div>
      <TurnKey />
    </div>
  );
}

function Line({ media }: { media: NonNullable<CallQuality["media"]> }) {
  const t = useT();
  const format = useFormat();
  const lost =
    media.packets_received + media.packets_lost === 0
      ? 0
      : media.packets_lost / (media.packets_received + media.packets_lost);
  const tone = lost > 0.03 || media.jitter_ms > 40 ? "bad" : lost > 0.01 || media.jitter_ms > 20 ? "warn" : "good";
  const word = { good: "call.line_good", warn: "call.line_fair", bad: "call.line_bad" } as const;
  return (
    <Facts
      items={[
        [
          t("call.line"),
          <Badge key="b" tone={tone}>
            {t(word[tone])}
          </Badge>,
        ],
        [t("call.codec"), media.codec],
        [
          t("call.lost"),
          `${format.number(media.packets_lost)} / ${format.number(media.packets_received + media.packets_lost)} (${(lost * 100).toFixed(1)} %)`,
        ],
        [t("call.jitter"), `${media.jitter_ms.toFixed(1)} ms`],
        ...(media.mos == null ? [] : [[t("call.mos"), media.mos.toFixed(1)] as const]),
        [t("call.sent"), format.number(media.packets_sent)],
      ]}
    />
  );
}

function Events({ callId }: { callId: string }) {
  const t = useT();
  const can = useCan();
  const format = useFormat();
  const events = useGet<Page<CallEvent>>(can("events:read") ? `/voice/v1/calls/${callId}/events` : null, {
    everyMs: 5000,
  });
  if (!can("events:read")) return null;
  return (
    <Card title={t("call.events")} flush>
      {events.data?.data.length === 0 ? <p className="card-note muted small">{t("call.no_events")}</p> : null}
      {events.data?.data.map((event) => (
        <div key={event.id} className="list-line event-line">
          <div className="grow">
            <code>{event.type}</code>
            <div className="muted small numbers">{format.full(event.created_at)}</div>
          </div>
          <div className="row wrap">
            {event.deliveries.length === 0 ? <span className="muted small">{t("call.not_subscribed")}</span> : null}
            {event.deliveries.map((delivery) => (
              <Link key={delivery.id} href={`/developers/deliveries?delivery=${delivery.id}`}>
                <DeliveryBadge {...delivery} />
              </Link>
            ))}
          </div>
        </div>
      ))}
    </Card>
  );
}

function Created({ created }: Pick<Call, "created">) {
  const t = useT();
  const links: [string, ReactNode, ReactNode][] = [
    ...(created.contact_id === null
      ? []
      : [
          [`/contacts/${created.contact_id}`, <UserRound key="i" size={16} />, t("created.contact")] as [
            string,
            ReactNode,
            ReactNode,
          ],
        ]),
    ...created.appointment_ids.map((id): [string, ReactNode, ReactNode] => [
      `/calendar?appointment=${id}`,
      <CalendarCheck key="i" size={16} />,
      t("created.appointment"),
    ]),
    ...created.ticket_ids.map((id): [string, ReactNode, ReactNode] => [
      `/tickets/${id}`,
      <Ticket key="i" size={16} />,
      t("created.ticket"),
    ]),
  ];
  if (links.length === 0) return null;
  return (
    <Card title={t("call.created")} flush>
      {links.map(([to, icon, name]) => (
        <Link key={to} href={to} className="list-line">
          {icon}
          {name}
        </Link>
      ))}
    </Card>
  );
}

function Quarantine({ call }: { call: Call }) {
  const t = useT();
  const can = useCan();
  const release = useDo(() => ask<Call>("POST", `/voice/v1/quarantine/${call.id}/release`), {
    touches: ["/voice/v1/calls", "/voice/v1/quarantine"],
    done: t("robocalls.released"),
  });
  if (call.quarantine == null) return null;
  return (
    <div className="callout">
      <span className="row">
        <ShieldBan size={16} aria-hidden />
        {call.quarantine.released_at === null
          ? t("call.quarantined", { why: call.quarantine.signals.join(", ") || t("robocalls.no_signals") })
          : t("call.was_released")}
      </span>
      {call.quarantine.released_at === null && can("calls:write") ? (
        <Button small busy={release.isPending} onClick={() => release.mutate(undefined)}>
          {t("robocalls.release")}
        </Button>
      ) : null}
    </div>
  );
}

function Details({ call }: { call: Call }) {
  const t = useT();
  const format = useFormat();
  return (
    <Facts
      items={[
        [t("calls.when"), format.full(call.started_at)],
        [t("calls.duration"), format.duration(call.duration_ms)],
        [t("calls.outcome"), <OutcomeBadge key="o" {...call} />],
        [t("calls.mood"), <Mood key="m" {...call} />],
        [t("calls.language"), call.language ?? "–"],
        [t("calls.p50"), format.ms(call.response_p50_ms)],
        [t("call.ended_by"), call.ended_by === null ? "–" : t(`ended_by.${call.ended_by}`)],
        [t("call.to"), call.to],
        [t("call.id"), <code key="i">{call.id}</code>],
      ]}
    />
  );
}

function Loaded({ call }: { call: Call }) {
  const t = useT();
  const player = usePlayer(call.recording === null ? null : `/voice/v1/calls/${call.id}/recording`);
  const transcript = useGet<Transcript>(call.transcript === null ? null : `/voice/v1/calls/${call.id}/transcript`);
  const quality = useGet<CallQuality>(`/voice/v1/calls/${call.id}/quality`);
  const caller = callerOf(call, t("caller.withheld"));
  return (
    <>
      <PageHead
        back={{ to: "/calls", label: t("calls.title") }}
        title={caller}
        hint={call.summary ?? undefined}
        actions={
          call.recording === null ? undefined : (
            <a className="button" href={`/voice/v1/calls/${call.id}/recording`} download={`${call.id}.wav`}>
              <AudioLines size={16} aria-hidden />
              {t("call.download")}
            </a>
          )
        }
      />
      <div className="stack">
        <Quarantine call={call} />
        <div className="grid-main">
          <div className="stack">
            <Recording
              call={call}
              player={player}
              lines={transcript.data?.lines ?? (call.transcript === null ? [] : undefined)}
            />
            <Tools callId={call.id} player={player} />
            <Card title={t("call.latency")}>
              {quality.data === undefined ? <Skeleton /> : <Latency quality={quality.data} />}
            </Card>
          </div>
          <div className="stack">
            <Card title={t("call.details")}>
              <Details call={call} />
            </Card>
            <Created created={call.created} />
            <Events callId={call.id} />
            {quality.data?.media == null ? null : (
              <Card title={t("call.quality")}>
                <Line media={quality.data.media} />
              </Card>
            )}
          </div>
        </div>
      </div>
    </>
  );
}

export default function CallPage() {
  const { id } = useParams<{ id: string }>();
  const t = useT();
  const call = useGet<Call>(`/voice/v1/calls/${id}`, { everyMs: 5000 });
  if (call.data !== undefined) return <Loaded key={call.data.recording?.id ?? "none"} call={call.data} />;
  if (call.isError)
    return (
      <Empty
        icon={AudioLines}
        title={call.error.message}
        action={
          <Link href="/calls" className="button">
            {t("calls.title")}
          </Link>
        }
      />
    );
  return <Skeleton rows={8} />;
}
