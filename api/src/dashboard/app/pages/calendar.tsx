import { CalendarDays, ChevronLeft, ChevronRight, Plus } from "lucide-react";
import { useState } from "react";
import { useSearchParams } from "wouter";
import type { Agent } from "../../../contract/agent.ts";
import type { Appointment } from "../../../contract/calendar.ts";
import { AppointmentPanel } from "../calendar/appointment.tsx";
import { BookDialog } from "../calendar/book.tsx";
import { addDays, dayOf, minuteOf, mondayOf, weekdayOf } from "../lib/days.ts";
import { useFormat } from "../lib/format.ts";
import { useT } from "../lib/i18n.tsx";
import { useGet, usePages } from "../lib/query.ts";
import { useCan } from "../lib/session.tsx";
import { WEEKDAYS } from "../lib/words.ts";
import { Button, Empty, IconButton, PageHead, Skeleton } from "../ui/basic.tsx";

const HOUR_PX = 44;
const PX_A_MINUTE = HOUR_PX / 60;

/** Appointments side by side when they overlap: each in the first lane that is free. */
function lanesOf(list: readonly Appointment[]): { one: Appointment; lane: number; lanes: number }[] {
  const ends: string[] = [];
  const placed = list.map((one) => {
    const free = ends.findIndex((end) => end <= one.starts_at);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = one.ends_at;
    return { one, lane };
  });
  return placed.map((entry) => ({ ...entry, lanes: ends.length }));
}

/** The hours to show: the business's, widened to what is booked. */
function shownHours(agent: Agent, list: readonly Appointment[]): [number, number] {
  const open = WEEKDAYS.flatMap((day) =>
    agent.hours[day].flatMap(({ from, to }) => [
      Number(from.slice(0, 2)),
      Math.ceil(Number(to.slice(0, 2)) + Number(to.slice(3)) / 60),
    ]),
  );
  const booked = list.flatMap((one) => {
    const start = minuteOf(one.starts_at, agent.time_zone);
    return [
      Math.floor(start / 60),
      Math.min(24, Math.ceil((start + (Date.parse(one.ends_at) - Date.parse(one.starts_at)) / 60_000) / 60)),
    ];
  });
  const all = [...open, ...booked];
  return all.length === 0 ? [9, 18] : [Math.min(...all), Math.max(...all)];
}

interface WeekProps {
  agent: Agent;
  days: readonly string[];
  list: readonly Appointment[];
  onOpen: (id: string) => void;
}

function Week({ agent, days, list, onOpen }: WeekProps) {
  const t = useT();
  const format = useFormat();
  const [from, to] = shownHours(agent, list);
  const today = dayOf(new Date(), agent.time_zone);
  const height = (to - from) * HOUR_PX;
  return (
    <div className="card week-scroll">
      <section className="week" aria-label={t("nav.calendar")}>
        <div className="week-hours" aria-hidden>
          {Array.from({ length: to - from }, (_, index) => from + index).map((hour) => (
            <span key={hour} className="numbers" style={{ top: (hour - from) * HOUR_PX + 30 }}>
              {String(hour).padStart(2, "0")}:00
            </span>
          ))}
        </div>
        {days.map((day) => {
          const here = list.filter((one) => dayOf(one.starts_at, agent.time_zone) === day);
          const closed =
            agent.hours[WEEKDAYS[weekdayOf(day)] ?? "monday"].length === 0 ||
            agent.holidays.some((one) => one.date === day && one.hours.length === 0);
          return (
            <section key={day} className="week-day">
              <h2 className={day === today ? "week-name week-today" : "week-name"}>
                {format.day(`${day}T12:00:00Z`, "UTC")}
              </h2>
              <div className={closed ? "week-grid week-closed" : "week-grid"} style={{ height }}>
                {lanesOf(here).map(({ one, lane, lanes }) => {
                  const top = (minuteOf(one.starts_at, agent.time_zone) - from * 60) * PX_A_MINUTE;
                  const tall = ((Date.parse(one.ends_at) - Date.parse(one.starts_at)) / 60_000) * PX_A_MINUTE;
                  return (
                    <button
                      key={one.id}
                      type="button"
                      className={`slot slot-${one.status}`}
                      style={{
                        top,
                        height: Math.max(20, tall - 2),
                        left: `${(lane / lanes) * 100}%`,
                        width: `calc(${100 / lanes}% - 3px)`,
                      }}
                      onClick={() => onOpen(one.id)}
                    >
                      <span className="numbers">{format.time(one.starts_at, agent.time_zone)}</span> {one.service.name}
                    </button>
                  );
                })}
              </div>
            </section>
          );
        })}
      </section>
    </div>
  );
}

/** A phone reads a list better than a grid. */
function Agenda({ agent, days, list, onOpen }: WeekProps) {
  const t = useT();
  const format = useFormat();
  const busy = days.filter((day) => list.some((one) => dayOf(one.starts_at, agent.time_zone) === day));
  return (
    <div className="card agenda">
      {busy.length === 0 ? <Empty icon={CalendarDays} title={t("calendar.none")} /> : null}
      {busy.map((day) => (
        <section key={day}>
          <h2 className="agenda-day">{format.day(`${day}T12:00:00Z`, "UTC")}</h2>
          {list
            .filter((one) => dayOf(one.starts_at, agent.time_zone) === day)
            .map((one) => (
              <button key={one.id} type="button" className="list-line agenda-line" onClick={() => onOpen(one.id)}>
                <span className="numbers">{format.time(one.starts_at, agent.time_zone)}</span>
                <span className="grow strong">{one.service.name}</span>
                <span className="small muted">{one.resource}</span>
              </button>
            ))}
        </section>
      ))}
    </div>
  );
}

function Loaded({ agent }: { agent: Agent }) {
  const t = useT();
  const format = useFormat();
  const can = useCan();
  const [monday, setMonday] = useState(() => mondayOf(dayOf(new Date(), agent.time_zone)));
  const [booking, setBooking] = useState(false);
  const [search, setSearch] = useSearchParams();
  const open = search.get("appointment");
  const days = Array.from({ length: 7 }, (_, index) => addDays(monday, index));
  const appointments = usePages<Appointment>("/calendar/v1/appointments", { limit: 100, everyMs: 10_000 });
  const { hasNextPage, isFetchingNextPage, fetchNextPage, items } = appointments;
  // The api lists by booking, not by day: the weeks around now are within its first pages.
  if (hasNextPage && !isFetchingNextPage && items.length < 500) void fetchNextPage();
  const list = items
    .filter((one) => one.status !== "cancelled" && days.includes(dayOf(one.starts_at, agent.time_zone)))
    .sort((a, b) => (a.starts_at < b.starts_at ? -1 : 1));
  const choose = (id: string | null) => setSearch(id === null ? {} : { appointment: id });
  return (
    <>
      <PageHead
        title={t("nav.calendar")}
        hint={t("calendar.hint", { zone: agent.time_zone })}
        actions={
          <>
            <Button small onClick={() => setMonday(mondayOf(dayOf(new Date(), agent.time_zone)))}>
              {t("calendar.today")}
            </Button>
            <IconButton
              icon={ChevronLeft}
              label={t("calendar.before")}
              onClick={() => setMonday(addDays(monday, -7))}
            />
            <span className="numbers small strong">
              {format.day(`${monday}T12:00:00Z`, "UTC")} – {format.day(`${days[6]}T12:00:00Z`, "UTC")}
            </span>
            <IconButton icon={ChevronRight} label={t("calendar.after")} onClick={() => setMonday(addDays(monday, 7))} />
            {can("calendar:write") ? (
              <Button kind="primary" small icon={Plus} onClick={() => setBooking(true)}>
                {t("calendar.book")}
              </Button>
            ) : null}
          </>
        }
      />
      <Week agent={agent} days={days} list={list} onOpen={choose} />
      <Agenda agent={agent} days={days} list={list} onOpen={choose} />
      {open === null ? null : <AppointmentPanel id={open} agent={agent} onClose={() => choose(null)} />}
      {booking ? <BookDialog agent={agent} onClose={() => setBooking(false)} /> : null}
    </>
  );
}

export default function CalendarPage() {
  const agent = useGet<Agent>("/voice/v1/agent");
  return agent.data === undefined ? <Skeleton rows={8} /> : <Loaded agent={agent.data} />;
}
