import { X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { call as ask } from "../lib/api.ts";
import { useT } from "../lib/i18n.tsx";
import { useLive } from "../lib/live.ts";
import { type Page, useDo, useGet } from "../lib/query.ts";
import { useCan } from "../lib/session.tsx";
import { Badge, Button, Card, Field, IconButton } from "../ui/basic.tsx";
import { Copyable } from "../ui/overlay.tsx";

interface PhoneNumber {
  id: string;
  number: string;
}

/** The numbers are the api's; how calls reach the engine is the engine's own configuration, shown here to be set there. */
export function NumberSettings() {
  const t = useT();
  const can = useCan();
  const [number, setNumber] = useState("");
  const numbers = useGet<Page<PhoneNumber>>("/voice/v1/numbers");
  const engines = useLive((live) => live.engines);
  const touches = ["/voice/v1/numbers", "/voice/v1/agent"];
  const add = useDo(() => ask("POST", "/voice/v1/numbers", { number: number.trim() }), {
    touches,
    after: () => setNumber(""),
    quiet: true,
  });
  const remove = useDo((id: string) => ask("DELETE", `/voice/v1/numbers/${id}`), { touches });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(undefined);
  };
  return (
    <div className="stack">
      <Card title={t("settings.numbers")} flush>
        {numbers.data?.data.map((one) => (
          <div key={one.id} className="list-line">
            <span className="grow numbers">{one.number}</span>
            {can("agent:write") ? (
              <IconButton
                icon={X}
                label={`${t("action.remove")}: ${one.number}`}
                onClick={() => remove.mutate(one.id)}
              />
            ) : null}
          </div>
        ))}
        {can("agent:write") ? (
          <form className="card-note" onSubmit={submit}>
            <Field label={t("settings.add_number")} error={add.error?.message}>
              {(ids) => (
                <span className="row">
                  <input
                    {...ids}
                    className="input"
                    type="tel"
                    placeholder="+914440001234"
                    value={number}
                    onChange={(event) => setNumber(event.target.value)}
                  />
                  <Button type="submit" busy={add.isPending} disabled={number.trim() === ""}>
                    {t("action.add")}
                  </Button>
                </span>
              )}
            </Field>
          </form>
        ) : null}
      </Card>
      <Card title={t("settings.trunk")}>
        <div className="stack">
          <p className="small muted">{t("settings.trunk_text")}</p>
          {engines.map((engine) => (
            <p key={engine.engine_id} className="row">
              <Badge tone="good" dot>
                {t("insights.connected")}
              </Badge>{" "}
              {engine.engine_id} · {t("live.engines", { calls: engine.calls, max: engine.max_calls })}
            </p>
          ))}
          <Copyable block text={`sip:suki@${location.hostname}:5060`} />
        </div>
      </Card>
    </div>
  );
}
