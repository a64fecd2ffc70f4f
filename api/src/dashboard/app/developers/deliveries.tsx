import { Inbox, RotateCcw } from "lucide-react";
import { useState } from "react";
import { useSearchParams } from "wouter";
import type { z } from "zod";
import type { DeliveryRequest } from "../../../contract/dashboard.ts";
import type { Delivery, DeliveryDetail, Webhook } from "../../../contract/webhooks.ts";
import { call as ask } from "../lib/api.ts";
import { useFormat } from "../lib/format.ts";
import { useT } from "../lib/i18n.tsx";
import { type Page, useDo, useGet, usePages } from "../lib/query.ts";
import { useCan } from "../lib/session.tsx";
import { Button, Card, Empty, Facts, reachable, Skeleton } from "../ui/basic.tsx";
import { DeliveryBadge } from "../ui/delivery-bits.tsx";
import { Copyable, Modal } from "../ui/overlay.tsx";

const STATUSES = ["pending", "succeeded", "dead", "cancelled"] as const;
type Detail = z.infer<typeof DeliveryDetail>;

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function curlOf({ url, headers, body }: DeliveryRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `  -H '${name}: ${value}'`);
  return [`curl -X POST '${url}'`, ...lines, `  -d '${body.replaceAll("'", "'\\''")}'`].join(" \\\n");
}

function Tries({ delivery }: { delivery: Detail }) {
  const t = useT();
  const format = useFormat();
  return (
    <div className="table-scroll" {...reachable}>
      <table className="table">
        <thead>
          <tr>
            <th>{t("dev.try")}</th>
            <th>{t("calls.when")}</th>
            <th>{t("dev.answer")}</th>
            <th className="right">{t("dev.took")}</th>
          </tr>
        </thead>
        <tbody>
          {delivery.tries.map((one) => (
            <tr key={one.number}>
              <td>{one.number}</td>
              <td>{format.full(one.at)}</td>
              <td>
                {one.response_status ?? ""} {one.error === null ? "" : <span className="tone-bad">{one.error}</span>}
                {one.response_head === null || one.response_head === "" ? null : (
                  <pre className="muted">{one.response_head.slice(0, 300)}</pre>
                )}
              </td>
              <td className="right">{format.ms(one.latency_ms)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function DeliveryPanel({ id, onClose, onOpen }: { id: string; onClose: () => void; onOpen: (id: string) => void }) {
  const t = useT();
  const can = useCan();
  const format = useFormat();
  const delivery = useGet<Detail>(`/voice/v1/deliveries/${id}`, { everyMs: 3000 });
  const request = useGet<DeliveryRequest>(`/voice/v1/deliveries/${id}/request`);
  const replay = useDo(() => ask<{ delivery_id: string }>("POST", `/voice/v1/deliveries/${id}/replay`), {
    touches: ["/voice/v1/deliveries", "/voice/v1/calls"],
    done: t("dev.replaying"),
    after: ({ delivery_id }) => onOpen(delivery_id),
  });
  return (
    <Modal
      open
      side
      onClose={onClose}
      title={<code>{delivery.data?.event_type ?? t("dev.delivery")}</code>}
      footer={
        can("webhooks:write") && delivery.data !== undefined && delivery.data.status !== "pending" ? (
          <Button kind="primary" icon={RotateCcw} busy={replay.isPending} onClick={() => replay.mutate(undefined)}>
            {t("dev.replay")}
          </Button>
        ) : undefined
      }
    >
      {delivery.data === undefined ? (
        <Skeleton />
      ) : (
        <div className="stack">
          <Facts
            items={[
              [t("calendar.status"), <DeliveryBadge key="s" {...delivery.data} />],
              [t("dev.event"), <code key="e">{delivery.data.event_id}</code>],
              [t("dev.url"), <code key="u">{request.data?.url ?? ""}</code>],
              ...(delivery.data.next_attempt_at === null
                ? []
                : [[t("dev.next_try"), format.full(delivery.data.next_attempt_at)] as const]),
            ]}
          />
          <section>
            <h3>{t("dev.tries")}</h3>
            {delivery.data.tries.length === 0 ? (
              <p className="small muted">{t("dev.not_tried")}</p>
            ) : (
              <Tries delivery={delivery.data} />
            )}
          </section>
          {request.data === undefined ? null : (
            <>
              <section className="stack-small">
                <h3>{t("dev.headers")}</h3>
                <pre className="code" {...reachable}>
                  {Object.entries(request.data.headers).map(([name, value]) => `${name}: ${value}\n`)}
                </pre>
              </section>
              <section className="stack-small">
                <h3>{t("dev.body")}</h3>
                <pre className="code" {...reachable}>
                  {pretty(request.data.body)}
                </pre>
                <Copyable text={curlOf(request.data)} label={t("dev.copy_curl")} />
              </section>
            </>
          )}
        </div>
      )}
    </Modal>
  );
}

export function Deliveries() {
  const t = useT();
  const format = useFormat();
  const [search, setSearch] = useSearchParams();
  const [status, setStatus] = useState("");
  const webhook = search.get("webhook") ?? "";
  const open = search.get("delivery");
  const webhooks = useGet<Page<Webhook>>("/voice/v1/webhooks?limit=100");
  const query = new URLSearchParams();
  if (status !== "") query.set("status", status);
  if (webhook !== "") query.set("webhook_id", webhook);
  const deliveries = usePages<Delivery>(`/voice/v1/deliveries${query.size === 0 ? "" : `?${query}`}`, {
    everyMs: 5000,
  });
  const keep = (more: Record<string, string>) => setSearch({ ...(webhook === "" ? {} : { webhook }), ...more });
  const urlOf = (id: string) => webhooks.data?.data.find((one) => one.id === id)?.url ?? id;
  return (
    <div className="stack">
      <div className="filters">
        <select
          className="select"
          aria-label={t("calendar.status")}
          value={status}
          onChange={(event) => setStatus(event.target.value)}
        >
          <option value="">{t("dev.every_status")}</option>
          {STATUSES.map((one) => (
            <option key={one} value={one}>
              {t(`delivery.${one}`)}
            </option>
          ))}
        </select>
        <select
          className="select"
          aria-label={t("dev.webhooks")}
          value={webhook}
          onChange={(event) => setSearch(event.target.value === "" ? {} : { webhook: event.target.value })}
        >
          <option value="">{t("dev.every_endpoint")}</option>
          {webhooks.data?.data.map((one) => (
            <option key={one.id} value={one.id}>
              {one.url}
            </option>
          ))}
        </select>
      </div>
      <Card title={t("dev.deliveries")} flush>
        {deliveries.isLoading ? <Skeleton /> : null}
        {deliveries.isSuccess && deliveries.items.length === 0 ? (
          <Empty icon={Inbox} title={t("dev.no_deliveries")}>
            {t("dev.no_deliveries_text")}
          </Empty>
        ) : null}
        {deliveries.items.map((one) => (
          <button
            key={one.id}
            type="button"
            className="list-line agenda-line"
            onClick={() => keep({ delivery: one.id })}
          >
            <span className="grow">
              <code className="strong block">{one.event_type}</code>
              <span className="small muted one-line block">{urlOf(one.webhook_id)}</span>
            </span>
            <span className="small muted numbers">{t("dev.n_tries", { n: one.attempts })}</span>
            <DeliveryBadge {...one} />
            <span className="small muted numbers when">{format.when(one.created_at)}</span>
          </button>
        ))}
        {deliveries.hasNextPage ? (
          <div className="card-note">
            <Button small onClick={() => void deliveries.fetchNextPage()}>
              {t("action.more")}
            </Button>
          </div>
        ) : null}
      </Card>
      {open === null ? null : (
        <DeliveryPanel key={open} id={open} onClose={() => keep({})} onOpen={(id) => keep({ delivery: id })} />
      )}
    </div>
  );
}
