import { Plus, X } from "lucide-react";
import type { Agent, AgentUpdate } from "../../../contract/agent.ts";
import { useT } from "../lib/i18n.tsx";
import { Button, Field, IconButton } from "../ui/basic.tsx";
import { DraftCard } from "./draft.tsx";

type Service = NonNullable<AgentUpdate["services"]>[number];

function ServiceRow({
  service,
  currency,
  change,
  remove,
}: {
  service: Service;
  currency: string;
  change: (more: Partial<Service>) => void;
  remove: () => void;
}) {
  const t = useT();
  return (
    <fieldset className="service">
      <legend className="visually-hidden">{service.name}</legend>
      <Field label={t("settings.service")}>
        {(ids) => (
          <input
            {...ids}
            className="input"
            required
            value={service.name}
            onChange={(event) => change({ name: event.target.value })}
          />
        )}
      </Field>
      <Field label={t("settings.minutes")}>
        {(ids) => (
          <input
            {...ids}
            className="input"
            type="number"
            min={5}
            max={480}
            step={5}
            required
            value={service.duration_minutes}
            onChange={(event) => change({ duration_minutes: Number(event.target.value) })}
          />
        )}
      </Field>
      <Field label={t("settings.price", { currency })}>
        {(ids) => (
          <input
            {...ids}
            className="input"
            type="number"
            min={0}
            value={service.price?.amount ?? ""}
            onChange={(event) =>
              change({ price: event.target.value === "" ? null : { amount: Number(event.target.value), currency } })
            }
          />
        )}
      </Field>
      <Field label={t("settings.aliases")}>
        {(ids) => (
          <input
            {...ids}
            className="input"
            defaultValue={service.aliases.join(", ")}
            onChange={(event) =>
              change({
                aliases: event.target.value
                  .split(",")
                  .map((one) => one.trim())
                  .filter(Boolean),
              })
            }
          />
        )}
      </Field>
      <IconButton icon={X} label={`${t("action.remove")}: ${service.name}`} onClick={remove} />
    </fieldset>
  );
}

export function ServiceSettings({ agent }: { agent: Agent }) {
  const t = useT();
  const currency = agent.services.find((one) => one.price !== null)?.price?.currency ?? "INR";
  return (
    <DraftCard
      title={t("settings.services")}
      hint={t("settings.services_hint")}
      initial={{ services: agent.services as readonly Service[] }}
      toUpdate={({ services }) => ({ services: [...services] })}
    >
      {({ value, set }) => (
        <>
          {value.services.map((service, index) => (
            <ServiceRow
              key={service.id ?? `new-${index}`}
              service={service}
              currency={currency}
              change={(more) =>
                set({ services: value.services.map((one, i) => (i === index ? { ...one, ...more } : one)) })
              }
              remove={() => set({ services: value.services.filter((_, i) => i !== index) })}
            />
          ))}
          <div>
            <Button
              small
              icon={Plus}
              onClick={() =>
                set({ services: [...value.services, { name: "", aliases: [], duration_minutes: 30, price: null }] })
              }
            >
              {t("settings.add_service")}
            </Button>
          </div>
        </>
      )}
    </DraftCard>
  );
}
