import { useState } from "react";
import type { Agent } from "../../../contract/agent.ts";
import type { Appointment } from "../../../contract/calendar.ts";
import type { LeadCreated } from "../../../contract/crm.ts";
import { call as ask } from "../lib/api.ts";
import { useT } from "../lib/i18n.tsx";
import { useDo } from "../lib/query.ts";
import { Button, Field } from "../ui/basic.tsx";
import { Modal } from "../ui/overlay.tsx";
import { SlotPicker } from "./slots.tsx";

/** The same conditional write as hers: of two at once one wins. */
export function BookDialog({ agent, onClose }: { agent: Agent; onClose: () => void }) {
  const t = useT();
  const [service, setService] = useState(agent.services[0]?.id ?? "");
  const [slot, setSlot] = useState("");
  const [name, setName] = useState("");
  const [phone, setPhone] = useState("");
  const book = useDo(
    async () => {
      const contact = { phone, ...(name.trim() === "" ? {} : { name: name.trim() }) };
      const lead = await ask<LeadCreated>("POST", "/crm/v1/leads", { contact, source: "dashboard" });
      return ask<Appointment>("POST", "/calendar/v1/appointments", {
        slot_id: slot,
        contact_id: lead.contact_id,
        service,
      });
    },
    { touches: ["/calendar/", "/crm/"], done: t("calendar.booked"), after: onClose, quiet: true },
  );
  return (
    <Modal
      open
      onClose={onClose}
      title={t("calendar.book")}
      footer={
        <>
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button
            kind="primary"
            busy={book.isPending}
            disabled={slot === "" || phone.trim() === ""}
            onClick={() => book.mutate(undefined)}
          >
            {t("calendar.book")}
          </Button>
        </>
      }
    >
      <div className="fields">
        <Field label={t("calendar.service")}>
          {(ids) => (
            <select {...ids} className="select" value={service} onChange={(event) => setService(event.target.value)}>
              {agent.services.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <SlotPicker agent={agent} serviceId={service} chosen={slot} onChoose={setSlot} />
        <div className="fields-2">
          <Field label={t("contacts.name")}>
            {(ids) => (
              <input {...ids} className="input" value={name} onChange={(event) => setName(event.target.value)} />
            )}
          </Field>
          <Field label={t("contacts.phone")} error={book.error?.message}>
            {(ids) => (
              <input
                {...ids}
                className="input"
                type="tel"
                required
                value={phone}
                onChange={(event) => setPhone(event.target.value)}
              />
            )}
          </Field>
        </div>
      </div>
    </Modal>
  );
}
