import { KeyRound, Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { Key } from "../../../contract/keys.ts";
import { call as ask } from "../lib/api.ts";
import { useFormat } from "../lib/format.ts";
import { useT } from "../lib/i18n.tsx";
import { useDo, usePages } from "../lib/query.ts";
import { useCan, useSession } from "../lib/session.tsx";
import { Badge, Button, Card, Empty, Field, Skeleton } from "../ui/basic.tsx";
import { Confirm, Copyable, Modal } from "../ui/overlay.tsx";

type Made = Key & { key: string };

function MakeKey({ onClose }: { onClose: () => void }) {
  const t = useT();
  const { scopes: mine } = useSession();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly string[]>(["calls:read", "events:read"]);
  const [made, setMade] = useState<Made>();
  const make = useDo(() => ask<Made>("POST", "/voice/v1/keys", { name, scopes }), {
    touches: ["/voice/v1/keys"],
    after: setMade,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate(undefined);
  };
  const curl = `curl -H "Authorization: Bearer ${made?.key}" ${location.origin}/voice/v1/calls`;
  return (
    <Modal
      open
      onClose={onClose}
      title={t("dev.make_key")}
      footer={
        made === undefined ? (
          <>
            <Button onClick={onClose}>{t("action.cancel")}</Button>
            <Button
              kind="primary"
              type="submit"
              form="key-form"
              busy={make.isPending}
              disabled={name.trim() === "" || scopes.length === 0}
            >
              {t("dev.make_key")}
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
        <form id="key-form" className="fields" onSubmit={submit}>
          <Field label={t("dev.key_name")}>
            {(ids) => (
              <input
                {...ids}
                className="input"
                required
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </Field>
          <fieldset className="scopes">
            <legend className="field-label">{t("dev.scopes")}</legend>
            {mine.map((scope) => (
              <label key={scope} className="check">
                <input
                  type="checkbox"
                  checked={scopes.includes(scope)}
                  onChange={(event) =>
                    setScopes(event.target.checked ? [...scopes, scope] : scopes.filter((one) => one !== scope))
                  }
                />
                <code>{scope}</code>
              </label>
            ))}
          </fieldset>
        </form>
      ) : (
        <div className="stack">
          <p>{t("dev.key_once")}</p>
          <Copyable block text={made.key} />
          <Copyable block text={curl} />
        </div>
      )}
    </Modal>
  );
}

export function Keys() {
  const t = useT();
  const can = useCan();
  const format = useFormat();
  const { who } = useSession();
  const [making, setMaking] = useState(false);
  const keys = usePages<Key>("/voice/v1/keys");
  const revoke = useDo((id: string) => ask("POST", `/voice/v1/keys/${id}/revoke`), {
    touches: ["/voice/v1/keys"],
    done: t("dev.revoked"),
  });
  return (
    <Card
      title={t("dev.keys")}
      actions={
        can("keys:write") ? (
          <Button small icon={Plus} onClick={() => setMaking(true)}>
            {t("dev.make_key")}
          </Button>
        ) : undefined
      }
      flush
    >
      {keys.isLoading ? <Skeleton /> : null}
      {keys.isSuccess && keys.items.length === 0 ? <Empty icon={KeyRound} title={t("state.none")} /> : null}
      {keys.items.map((key) => (
        <div key={key.id} className="list-line">
          <div className="grow">
            <p className="strong">
              {key.name} <code className="muted">…{key.last4}</code>
            </p>
            <p className="small muted one-line" title={key.scopes.join(", ")}>
              {key.scopes.join(", ")}
            </p>
            <p className="small muted">
              {key.last_used_at === null
                ? t("dev.never_used")
                : t("dev.last_used", { when: format.ago(key.last_used_at) })}
            </p>
          </div>
          {key.revoked_at === null ? (
            can("keys:write") && key.id !== who.id ? (
              <Confirm
                trigger={
                  <Button small kind="danger">
                    {t("dev.revoke")}
                  </Button>
                }
                title={t("dev.revoke_title", { name: key.name })}
                text={t("dev.revoke_text")}
                action={t("dev.revoke")}
                onConfirm={() => revoke.mutate(key.id)}
              />
            ) : null
          ) : (
            <Badge>{t("dev.revoked")}</Badge>
          )}
        </div>
      ))}
      {making ? <MakeKey onClose={() => setMaking(false)} /> : null}
    </Card>
  );
}
