import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { PhoneCall, Search } from "lucide-react";
import { useDeferredValue, useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import type { Call } from "../../../contract/calls.ts";
import { useDial } from "../dial/dial.ts";
import { useFormat } from "../lib/format.ts";
import { useT } from "../lib/i18n.tsx";
import { usePages } from "../lib/query.ts";
import { OUTCOMES, SENTIMENT_LABELS } from "../lib/words.ts";
import { Button, Empty, PageHead, Skeleton } from "../ui/basic.tsx";
import { callerOf, Mood, OutcomeBadge, partyOf } from "../ui/call-bits.tsx";

const ROW_PX = 53;

function Row({ call }: { call: Call }) {
  const t = useT();
  const format = useFormat();
  const caller = callerOf(call, t("caller.withheld"));
  const party = partyOf(call);
  return (
    <Link href={`/calls/${call.id}`} className="call-row">
      <span className="call-who">
        <span className="strong one-line">{caller}</span>
        <span className="muted small one-line numbers">
          {party !== null && party !== caller ? party : (call.transport ?? "")}
        </span>
      </span>
      <span className="call-what one-line">
        {call.summary === null || call.summary === "" ? <span className="muted">–</span> : call.summary}
      </span>
      <span className="call-outcome">
        <OutcomeBadge {...call} />
      </span>
      <span className="call-mood">
        <Mood {...call} />
      </span>
      <span className="call-language muted">{call.language ?? "–"}</span>
      <span className="call-number numbers">{format.duration(call.duration_ms)}</span>
      <span className="call-number call-p50 numbers">{format.ms(call.response_p50_ms)}</span>
      <span className="call-when muted numbers">
        <time dateTime={call.started_at} title={format.full(call.started_at)}>
          {format.when(call.started_at)}
        </time>
      </span>
    </Link>
  );
}

function List({ path }: { path: string }) {
  const t = useT();
  const calls = usePages<Call>(path, { limit: 100 });
  const { items, hasNextPage, isFetchingNextPage, fetchNextPage } = calls;
  const place = useRef<HTMLUListElement>(null);
  const [top, setTop] = useState(0);
  useEffect(() => setTop(place.current?.offsetTop ?? 0), []);
  const rows = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => ROW_PX,
    overscan: 12,
    scrollMargin: top,
  });
  const shown = rows.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && last > items.length - AHEAD) void fetchNextPage();
  }, [last, items.length, hasNextPage, isFetchingNextPage, fetchNextPage]);
  return (
    <div className="card">
      <div aria-busy={calls.isLoading}>
        <div className="call-row call-head" aria-hidden>
          <span>{t("calls.caller")}</span>
          <span className="call-what">{t("calls.summary")}</span>
          <span className="call-outcome">{t("calls.outcome")}</span>
          <span className="call-mood">{t("calls.mood")}</span>
          <span className="call-language">{t("calls.language")}</span>
          <span className="call-number">{t("calls.duration")}</span>
          <span className="call-number call-p50">{t("calls.p50")}</span>
          <span className="call-when">{t("calls.when")}</span>
        </div>
        <ul ref={place} className="virtual" aria-label={t("calls.title")} style={{ height: rows.getTotalSize() }}>
          {shown.map(({ index, key, start }) => {
            const call = items[index];
            return call === undefined ? null : (
              <li key={key} className="virtual-row" style={{ transform: `translateY(${start - top}px)` }}>
                <Row call={call} />
              </li>
            );
          })}
        </ul>
      </div>
      {calls.isLoading ? <Skeleton rows={8} /> : null}
      {calls.isSuccess && items.length === 0 ? <NoCalls filtered={path.includes("=")} /> : null}
      {calls.isError ? <Empty icon={PhoneCall} title={calls.error.message} /> : null}
    </div>
  );
}

function NoCalls({ filtered }: { filtered: boolean }) {
  const t = useT();
  const dial = useDial();
  if (filtered) return <Empty icon={Search} title={t("calls.none_found")} />;
  return (
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
  );
}

/** Rows from the end at which more are asked for: a fast scroll passes a hundred in half a second. */
const AHEAD = 150;

export default function CallsPage() {
  const t = useT();
  const [text, setText] = useState("");
  const [outcome, setOutcome] = useState("");
  const [sentiment, setSentiment] = useState("");
  const q = useDeferredValue(text.trim());
  const query = new URLSearchParams();
  if (q !== "") query.set("q", q);
  if (outcome !== "") query.set("outcome", outcome);
  if (sentiment !== "") query.set("sentiment", sentiment);
  const path = query.size === 0 ? "/voice/v1/calls" : `/voice/v1/calls?${query}`;
  return (
    <>
      <PageHead title={t("calls.title")} />
      <search className="filters page-filters">
        <div className="search">
          <Search size={16} aria-hidden />
          <input
            className="input"
            type="search"
            aria-label={t("calls.search")}
            placeholder={t("calls.search")}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
        <select
          className="select"
          aria-label={t("calls.outcome")}
          value={outcome}
          onChange={(event) => setOutcome(event.target.value)}
        >
          <option value="">{t("calls.every_outcome")}</option>
          {OUTCOMES.map((one) => (
            <option key={one} value={one}>
              {t(`outcome.${one}`)}
            </option>
          ))}
        </select>
        <select
          className="select"
          aria-label={t("calls.mood")}
          value={sentiment}
          onChange={(event) => setSentiment(event.target.value)}
        >
          <option value="">{t("calls.every_mood")}</option>
          {SENTIMENT_LABELS.map((one) => (
            <option key={one} value={one}>
              {t(`mood.${one}`)}
            </option>
          ))}
        </select>
      </search>
      <List key={path} path={path} />
    </>
  );
}
