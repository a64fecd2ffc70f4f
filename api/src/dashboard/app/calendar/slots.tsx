import { useState } from "react";
import type { Agent } from "../../../contract/agent.ts";
import type { Slot } from "../../../contract/calendar.ts";
import { addDays, dayOf, startOfDay } from "../lib/days.ts";
import { useFormat } from "../lib/format.ts";
import { useT } from "../lib/i18n.tsx";
import { type Page, useGet } from "../lib/query.ts";
import { Field, Skeleton } from "../ui/basic.tsx";

/** A day and its free times. */
export function SlotPicker({
  agent,
  serviceId,
  chosen,
  onChoose,
}: {
  agent: Agent;
  serviceId: string;
  chosen: string;
  onChoose: (id: string) => void;
}) {
  const t = useT();
  const format = useFormat();
  const [day, setDay] = useState(() => dayOf(new Date(), agent.time_zone));
  const query = new URLSearchParams({
    service_id: serviceId,
    from: startOfDay(day, agent.time_zone).toISOString(),
    to: startOfDay(addDays(day, 1), agent.time_zone).toISOString(),
    limit: "100",
  });
  const slots = useGet<Page<Slot>>(serviceId === "" ? null : `/calendar/v1/slots?${query}`);
  return (
    <>
      <Field label={t("calendar.day")}>
        {(ids) => (
          <input
            {...ids}
            className="input"
            type="date"
            value={day}
            onChange={(event) => setDay(event.target.value || day)}
          />
        )}
      </Field>
      <fieldset className="free-times">
        <legend className="field-label">{t("calendar.time")}</legend>
        {slots.isLoading ? <Skeleton rows={1} /> : null}
        {slots.data?.data.length === 0 ? <p className="small muted">{t("calendar.nothing_free")}</p> : null}
        {slots.data?.data.map((slot) => (
          <label key={slot.id} className="free-time numbers">
            <input
              type="radio"
              name="slot"
              className="visually-hidden"
              checked={chosen === slot.id}
              onChange={() => onChoose(slot.id)}
            />
            {format.time(slot.starts_at, agent.time_zone)}
          </label>
        ))}
      </fieldset>
    </>
  );
}
