import { Ellipsis, Plus, Webhook as WebhookIcon } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Link } from "wouter";
import type { ReplayRange, Webhook, WebhookCreated } from "../../../contract/webhooks.ts";
import { call as ask } from "../lib/api.ts";
import { useFormat } from "../lib/format.ts";
import { useT } from "../lib/i18n.tsx";
import { useDo, usePages } from "../lib/query.ts";
import { useCan } from "../lib/session.tsx";
import { EVENT_TYPES } from "../lib/words.ts";
import { Badge, Button, Card, Empty, Field, IconButton, Skeleton } from "../ui/basic.tsx";
import { Confirm, Copyable, DropMenu, MenuItem, Modal } from "../ui/overlay.tsx";

const TOUCHES = ["/voice/v1/webhooks", "/voice/v1/deliveries"];

function curlOf(url: string, events: readonly string[]): string {
  const body = JSON.stringify({ url, events });
  return `curl -X POST ${location.origin}/voice/v1/webhooks \\\n  -H "Authorization: Bearer sk_test_..." \\\n  -H "Content-Type: application/json" \\\n  -d '${body}'`;
}

function Secret({ made }: { made: WebhookCreated }) {
  const t = useT();
  return (
    <div className="stack">
      <p>{t("dev.secret_once")}</p>
      <Copyable block text={made.secret} />
    </div>
  );
}

function MakeWebhook({ onClose }: { onClose: () => void }) {
  const t = useT();
  const [url, setUrl] = useState("");
  const [events, setEvents] = useState<readonly string[]>([
    "call.completed",
    "appointment.booked",
    "call.message_taken",
  ]);
  const [made, setMade] = useState<WebhookCreated>();
  const make = useDo(() => ask<WebhookCreated>("POST", "/voice/v1/webhooks", { url, events }), {
    touches: TOUCHES,
    after: setMade,
    quiet: true,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate(undefined);
  };
  return (
    <Modal
      open
      wide
      onClose={onClose}
      title={t("dev.add_webhook")}
      footer={
        made === undefined ? (
          <>
            <Button onClick={onClose}>{t("action.cancel")}</Button>
            <Button
              kind="primary"
              type="submit"
              form="webhook-form"
              busy={make.isPending}
              disabled={events.length === 0}
            >
              {t("dev.add_webhook")}
            </Button>
          </>
        ) : (
          <Button kind="primary" onClick={onClose}>
            {t("dev.kept")}
          </Button>
        )
      }
    >
      {made === undefined ? (
        <form id="webhook-form" className="fields" onSubmit={submit}>
          <Field label={t("dev.url")} error={make.error?.message}>
            {(ids) => (
              <input
                {...ids}
                className="input mono"
                type="url"
                required
                placeholder="https://example.com/hooks/sk-voice"
                value={url}
                onChange={(event) => setUrl(event.target.value)}
              />
            )}
          </Field>
          <fieldset className="scopes">
            <legend className="field-label">{t("dev.events")}</legend>
            {EVENT_TYPES.map((type) => (
              <label key={type} className="check">
                <input
                  type="checkbox"
                  checked={events.includes(type)}
                  onChange={(event) =>
                    setEvents(event.target.checked ? [...events, type] : events.filter((one) => one !== type))
                  }
                />
                <code>{type}</code>
              </label>
            ))}
          </fieldset>
          <div className="field">
            <span className="field-label">{t("dev.same_by_curl")}</span>
            <Copyable block text={curlOf(url || "https://example.com/hooks/sk-voice", events)} />
          </div>
        </form>
      ) : (
        <Secret made={made} />
      )}
    </Modal>
  );
}

const HEALTH = { ok: "good", failing: "warn", paused: "bad" } as const;

function Endpoint({ webhook }: { webhook: Webhook }) {
  const t = useT();
  const can = useCan();
  const format = useFormat();
  const [secret, setSecret] = useState<WebhookCreated>();
  const path = `/voice/v1/webhooks/${webhook.id}`;
  const test = useDo(() => ask("POST", `${path}/test`), { touches: TOUCHES, done: t("dev.test_sent") });
  const change = useDo((body: Partial<Webhook>) => ask("PATCH", path, body), { touches: TOUCHES });
  const rotate = useDo(() => ask<WebhookCreated>("POST", `${path}/rotate`, {}), { touches: TOUCHES, after: setSecret });
  const remove = useDo(() => ask("DELETE", path), { touches: TOUCHES });
  const replay = useDo(
    () =>
      ask<{ replayed: number }>("POST", `${path}/replay`, {
        since: new Date(Date.now() - 7 * 86_400_000).toISOString(),
      } satisfies Partial<ReplayRange>),
    {
      touches: TOUCHES,
      done: t("dev.replaying"),
    },
  );
  return (
    <li className="endpoint">
      <div className="grow">
        <p className="row wrap">
          <code className="strong endpoint-url">{webhook.url}</code>
          {webhook.disabled ? (
            <Badge tone="bad">{t("dev.disabled")}</Badge>
          ) : (
            <Badge tone={HEALTH[webhook.health.state]} dot>
              {t(`health.${webhook.health.state}`)}
            </Badge>
          )}
        </p>
        <p className="small muted">{webhook.events.join(", ")}</p>
        {webhook.health.paused_until === null || webhook.disabled ? null : (
          <p className="small tone-warn">
            {t("dev.paused_until", { when: format.time(webhook.health.paused_until), n: webhook.health.failures })}
          </p>
        )}
        {webhook.disabled_reason === null ? null : <p className="small tone-bad">{webhook.disabled_reason}</p>}
      </div>
      <div className="row">
        <Link href={`/developers/deliveries?webhook=${webhook.id}`} className="button button-small">
          {t("dev.deliveries")}
        </Link>
        {can("webhooks:write") ? (
          <>
            <Button small busy={test.isPending} onClick={() => test.mutate(undefined)}>
              {t("dev.test_fire")}
            </Button>
            <DropMenu trigger={<IconButton icon={Ellipsis} label={t("dev.more", { url: webhook.url })} />}>
              <MenuItem onClick={() => replay.mutate(undefined)}>{t("dev.replay_dead")}</MenuItem>
              <MenuItem onClick={() => rotate.mutate(undefined)}>{t("dev.rotate")}</MenuItem>
              <MenuItem onClick={() => change.mutate({ disabled: !webhook.disabled })}>
                {t(webhook.disabled ? "dev.enable" : "dev.disable")}
              </MenuItem>
            </DropMenu>
            <Confirm
              trigger={
                <Button small kind="danger">
                  {t("action.delete")}
                </Button>
              }
              title={t("dev.delete_title")}
              text={t("dev.delete_text")}
              action={t("action.delete")}
              onConfirm={() => remove.mutate(undefined)}
            />
          </>
        ) : null}
      </div>
      {secret === undefined ? null : (
        <Modal
          open
          onClose={() => setSecret(undefined)}
          title={t("dev.rotate")}
          footer={
            <Button kind="primary" onClick={() => setSecret(undefined)}>
              {t("dev.kept")}
            </Button>
          }
        >
          <Secret made={secret} />
        </Modal>
      )}
    </li>
  );
}

export function Webhooks() {
  const t = useT();
  const can = useCan();
  const [making, setMaking] = useState(false);
  const webhooks = usePages<Webhook>("/voice/v1/webhooks", { everyMs: 10_000 });
  const add = can("webhooks:write") ? (
    <Button small icon={Plus} onClick={() => setMaking(true)}>
      {t("dev.add_webhook")}
    </Button>
  ) : undefined;
  return (
    <Card title={t("dev.webhooks")} actions={add} flush>
      {webhooks.isLoading ? <Skeleton /> : null}
      {webhooks.isSuccess && webhooks.items.length === 0 ? (
        <Empty
          icon={WebhookIcon}
          title={t("dev.no_webhooks")}
          action={
            <Button kind="primary" onClick={() => setMaking(true)}>
              {t("dev.add_webhook")}
            </Button>
          }
        >
          {t("dev.no_webhooks_text")}
        </Empty>
      ) : null}
      <ul>
        {webhooks.items.map((webhook) => (
          <Endpoint key={webhook.id} webhook={webhook} />
        ))}
      </ul>
      {making ? <MakeWebhook onClose={() => setMaking(false)} /> : null}
    </Card>
  );
}
