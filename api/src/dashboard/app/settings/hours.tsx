import { Plus, X } from "lucide-react";
import type { Agent, Holiday, Hours } from "../../../contract/agent.ts";
import { useT } from "../lib/i18n.tsx";
import { WEEKDAYS } from "../lib/words.ts";
import { Button, Field, IconButton, nth } from "../ui/basic.tsx";
import { DraftCard } from "./draft.tsx";

type Day = keyof Hours;

function DayRow({ day, hours, set }: { day: Day; hours: Hours; set: (hours: Hours) => void }) {
  const t = useT();
  const spans = hours[day];
  const change = (next: Hours[Day]) => set({ ...hours, [day]: next });
  return (
    <fieldset className="day-row">
      <legend className="visually-hidden">{t(`day.${day}`)}</legend>
      <span className="day-name" aria-hidden>
        {t(`day.${day}`)}
      </span>
      <div className="row wrap grow">
        {spans.length === 0 ? <span className="muted small">{t("settings.closed")}</span> : null}
        {spans.map((span, index) => (
          <span key={nth(index)} className="row span">
            <input
              className="input time"
              type="time"
              required
              aria-label={t("settings.from")}
              value={span.from}
              onChange={(event) =>
                change(spans.map((one, i) => (i === index ? { ...one, from: event.target.value } : one)))
              }
            />
            –
            <input
              className="input time"
              type="time"
              required
              aria-label={t("settings.to")}
              value={span.to}
              onChange={(event) =>
                change(spans.map((one, i) => (i === index ? { ...one, to: event.target.value } : one)))
              }
            />
            <IconButton
              icon={X}
              label={t("action.remove")}
              onClick={() => change(spans.filter((_, i) => i !== index))}
            />
          </span>
        ))}
      </div>
      <IconButton
        icon={Plus}
        label={`${t("action.add")}: ${t(`day.${day}`)}`}
        onClick={() =>
          change([...spans, spans.length === 0 ? { from: "09:00", to: "18:00" } : { from: "19:00", to: "20:00" }])
        }
      />
    </fieldset>
  );
}

export function HoursSettings({ agent }: { agent: Agent }) {
  const t = useT();
  return (
    <div className="stack">
      <DraftCard
        title={t("settings.hours")}
        initial={{ hours: agent.hours, time_zone: agent.time_zone }}
        toUpdate={(value) => value}
      >
        {({ value, set, wrong }) => (
          <>
            <div>
              {WEEKDAYS.map((day) => (
                <DayRow key={day} day={day} hours={value.hours} set={(hours) => set({ hours })} />
              ))}
            </div>
            <Field label={t("settings.zone")} error={wrong("/time_zone")}>
              {(ids) => (
                <input
                  {...ids}
                  className="input"
                  value={value.time_zone}
                  onChange={(event) => set({ time_zone: event.target.value })}
                />
              )}
            </Field>
          </>
        )}
      </DraftCard>
      <DraftCard
        title={t("settings.holidays")}
        hint={t("settings.holidays_hint")}
        initial={{ holidays: agent.holidays as readonly Holiday[] }}
        toUpdate={({ holidays }) => ({ holidays: [...holidays] })}
      >
        {({ value, set }) => (
          <>
            {value.holidays.map((holiday, index) => {
              const change = (more: Partial<Holiday>) =>
                set({ holidays: value.holidays.map((one, i) => (i === index ? { ...one, ...more } : one)) });
              return (
                <div key={nth(index)} className="row">
                  <input
                    className="input date"
                    type="date"
                    required
                    aria-label={t("calendar.day")}
                    value={holiday.date}
                    onChange={(event) => change({ date: event.target.value })}
                  />
                  <input
                    className="input"
                    required
                    aria-label={t("contacts.name")}
                    value={holiday.name}
                    onChange={(event) => change({ name: event.target.value })}
                  />
                  <IconButton
                    icon={X}
                    label={t("action.remove")}
                    onClick={() => set({ holidays: value.holidays.filter((_, i) => i !== index) })}
                  />
                </div>
              );
            })}
            <div>
              <Button
                small
                icon={Plus}
                onClick={() =>
                  set({
                    holidays: [...value.holidays, { date: new Date().toISOString().slice(0, 10), name: "", hours: [] }],
                  })
                }
              >
                {t("settings.add_holiday")}
              </Button>
            </div>
          </>
        )}
      </DraftCard>
    </div>
  );
}
