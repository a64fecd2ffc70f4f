import { useState } from "react";
import type { z } from "zod";
import type { WebhookEvent } from "../../../contract/events.ts";
import type { EventTypeInfo } from "../../../contract/webhooks.ts";
import { useT } from "../lib/i18n.tsx";
import { type Page, useGet } from "../lib/query.ts";
import { Card, reachable, Skeleton } from "../ui/basic.tsx";

type Info = z.infer<typeof EventTypeInfo>;

/** The newest event of the type in this workspace is the best example; the schema stands for it until there is one. */
function Example({ info }: { info: Info }) {
  const t = useT();
  const newest = useGet<Page<WebhookEvent>>(`/voice/v1/events?type=${info.type}&limit=1`);
  const example = newest.data?.data[0];
  return (
    <div className="catalogue-more">
      {newest.isLoading ? <Skeleton rows={2} /> : null}
      {example === undefined ? null : (
        <section className="stack-small">
          <h3>{t("dev.last_one")}</h3>
          <pre className="code" {...reachable}>
            {JSON.stringify(example, null, 2)}
          </pre>
        </section>
      )}
      <section className="stack-small">
        <h3>JSON Schema</h3>
        <pre className="code" {...reachable}>
          {JSON.stringify(info.schema, null, 1)}
        </pre>
      </section>
    </div>
  );
}

export function Catalogue() {
  const t = useT();
  const [open, setOpen] = useState<string>();
  const types = useGet<Page<Info>>("/voice/v1/event-types");
  return (
    <Card title={t("dev.catalogue")} flush>
      {types.data === undefined ? <Skeleton rows={6} /> : null}
      {types.data?.data.map((info) => (
        <div key={info.type} className="catalogue">
          <button
            type="button"
            className="list-line agenda-line"
            aria-expanded={open === info.type}
            onClick={() => setOpen(open === info.type ? undefined : info.type)}
          >
            <code className="strong catalogue-type">{info.type}</code>
            <span className="grow small muted">{info.description}</span>
          </button>
          {open === info.type ? <Example info={info} /> : null}
        </div>
      ))}
    </Card>
  );
}
