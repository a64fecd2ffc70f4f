import { useState } from "react";
import { Link } from "wouter";
import type { Agent } from "../../../contract/agent.ts";
import type { Appointment } from "../../../contract/calendar.ts";
import type { Contact } from "../../../contract/crm.ts";
import { call as ask } from "../lib/api.ts";
import { useFormat } from "../lib/format.ts";
import { useT } from "../lib/i18n.tsx";
import { useDo, useGet } from "../lib/query.ts";
import { useCan } from "../lib/session.tsx";
import { Badge, Button, Facts, Skeleton } from "../ui/basic.tsx";
import { Confirm, Modal } from "../ui/overlay.tsx";
import { SlotPicker } from "./slots.tsx";

const TONES = { booked: "good", rescheduled: "good", cancelled: "plain", no_show: "bad", completed: "info" } as const;

export function AppointmentPanel({ id, agent, onClose }: { id: string; agent: Agent; onClose: () => void }) {
  const t = useT();
  const can = useCan();
  const format = useFormat();
  const one = useGet<Appointment>(`/calendar/v1/appointments/${id}`);
  const contact = useGet<Contact>(
    one.data === undefined || !can("crm:read") ? null : `/crm/v1/contacts/${one.data.contact_id}`,
  );
  const [moving, setMoving] = useState(false);
  const [slot, setSlot] = useState("");
  const touches = ["/calendar/", "/crm/"];
  const step = useDo(
    ({ what, body }: { what: string; body?: object }) => ask("POST", `/calendar/v1/appointments/${id}/${what}`, body),
    {
      touches,
      done: t("action.saved"),
      after: () => setMoving(false),
    },
  );
  const live = one.data?.status === "booked" || one.data?.status === "rescheduled";
  const past = one.data !== undefined && Date.parse(one.data.starts_at) < Date.now();
  return (
    <Modal
      open
      side
      onClose={onClose}
      title={one.data?.service.name ?? t("created.appointment")}
      footer={
        live && can("calendar:write") ? (
          past ? (
            <>
              <Button onClick={() => step.mutate({ what: "no-show" })}>{t("calendar.no_show")}</Button>
              <Button onClick={() => step.mutate({ what: "complete" })}>{t("calendar.complete")}</Button>
            </>
          ) : (
            <>
              <Confirm
                trigger={<Button kind="danger">{t("calendar.cancel")}</Button>}
                title={t("calendar.cancel")}
                text={t("calendar.cancel_text")}
                action={t("calendar.cancel")}
                onConfirm={() => step.mutate({ what: "cancel", body: {} })}
              />
              {moving ? (
                <Button
                  kind="primary"
                  disabled={slot === ""}
                  busy={step.isPending}
                  onClick={() => step.mutate({ what: "reschedule", body: { slot_id: slot } })}
                >
                  {t("calendar.move_here")}
                </Button>
              ) : (
                <Button onClick={() => setMoving(true)}>{t("calendar.move")}</Button>
              )}
            </>
          )
        ) : undefined
      }
    >
      {one.data === undefined ? (
        <Skeleton />
      ) : (
        <div className="stack">
          <Facts
            items={[
              [
                t("calendar.status"),
                <Badge key="s" tone={TONES[one.data.status]}>
                  {t(`appointment.${one.data.status}`)}
                </Badge>,
              ],
              [
                t("calls.when"),
                `${format.day(one.data.starts_at, agent.time_zone)}, ${format.time(one.data.starts_at, agent.time_zone)} – ${format.time(one.data.ends_at, agent.time_zone)}`,
              ],
              [t("calendar.resource"), one.data.resource],
              [
                t("created.contact"),
                <Link key="c" href={`/contacts/${one.data.contact_id}`}>
                  {contact.data?.name ?? contact.data?.phone ?? t("contacts.unnamed")}
                </Link>,
              ],
              [
                t("calendar.from_call"),
                one.data.call_id === null ? (
                  "–"
                ) : (
                  <Link key="l" href={`/calls/${one.data.call_id}`}>
                    {t("dial.open_call")}
                  </Link>
                ),
              ],
              [t("calendar.note"), one.data.note ?? "–"],
            ]}
          />
          {moving ? (
            <SlotPicker agent={agent} serviceId={one.data.service.id} chosen={slot} onChoose={setSlot} />
          ) : null}
        </div>
      )}
    </Modal>
  );
}
