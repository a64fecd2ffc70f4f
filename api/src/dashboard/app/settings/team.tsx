import { UserPlus, UsersRound } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { Member, Role } from "../../../contract/dashboard.ts";
import { call as ask } from "../lib/api.ts";
import { useT } from "../lib/i18n.tsx";
import { useDo, usePages } from "../lib/query.ts";
import { useSession } from "../lib/session.tsx";
import { Badge, Button, Card, Empty, Field, Skeleton } from "../ui/basic.tsx";
import { Modal } from "../ui/overlay.tsx";

const ROLES = ["owner", "agent", "developer"] as const satisfies readonly Role[];
const TOUCHES = ["/voice/v1/members"];

function MakeMember({ first, onClose }: { first: boolean; onClose: () => void }) {
  const t = useT();
  const [value, setValue] = useState({
    login: first ? "owner" : "",
    name: "",
    role: (first ? "owner" : "agent") as Role,
    password: "",
  });
  const make = useDo(() => ask<Member>("POST", "/voice/v1/members", value), {
    touches: TOUCHES,
    done: t("team.added"),
    after: onClose,
    quiet: true,
  });
  const wrong = (pointer: string) => make.error?.fields.find((field) => field.pointer === pointer)?.message;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate(undefined);
  };
  return (
    <Modal
      open
      onClose={onClose}
      title={t("team.add")}
      footer={
        <>
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button kind="primary" type="submit" form="member-form" busy={make.isPending}>
            {t("team.add")}
          </Button>
        </>
      }
    >
      <form id="member-form" className="fields" onSubmit={submit}>
        <Field label={t("contacts.name")} error={wrong("/name")}>
          {(ids) => (
            <input
              {...ids}
              className="input"
              required
              value={value.name}
              onChange={(event) => setValue({ ...value, name: event.target.value })}
            />
          )}
        </Field>
        <Field
          label={t("signin.login")}
          hint={t("team.login_hint")}
          error={wrong("/login") ?? (make.error?.fields.length === 0 ? make.error.message : undefined)}
        >
          {(ids) => (
            <input
              {...ids}
              className="input"
              required
              autoComplete="off"
              value={value.login}
              onChange={(event) => setValue({ ...value, login: event.target.value })}
            />
          )}
        </Field>
        <Field label={t("team.role")} hint={t(`role.${value.role}.hint`)}>
          {(ids) => (
            <select
              {...ids}
              className="select"
              value={value.role}
              onChange={(event) => setValue({ ...value, role: event.target.value as Role })}
            >
              {ROLES.map((role) => (
                <option key={role} value={role}>
                  {t(`role.${role}`)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t("signin.password")} hint={t("team.password_hint")} error={wrong("/password")}>
          {(ids) => (
            <input
              {...ids}
              className="input"
              type="password"
              autoComplete="new-password"
              required
              minLength={10}
              value={value.password}
              onChange={(event) => setValue({ ...value, password: event.target.value })}
            />
          )}
        </Field>
      </form>
    </Modal>
  );
}

function NewPassword({ member, onClose }: { member: Member; onClose: () => void }) {
  const t = useT();
  const [password, setPassword] = useState("");
  const save = useDo(() => ask("PATCH", `/voice/v1/members/${member.id}`, { password }), {
    touches: TOUCHES,
    done: t("action.saved"),
    after: onClose,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined);
  };
  return (
    <Modal open onClose={onClose} title={t("team.new_password", { name: member.name })}>
      <form className="fields" onSubmit={submit}>
        <Field label={t("signin.password")} hint={t("team.password_hint")}>
          {(ids) => (
            <input
              {...ids}
              className="input"
              type="password"
              autoComplete="new-password"
              required
              minLength={10}
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          )}
        </Field>
        <Button kind="primary" type="submit" busy={save.isPending}>
          {t("action.save")}
        </Button>
      </form>
    </Modal>
  );
}

export function TeamSettings() {
  const t = useT();
  const { who } = useSession();
  const [making, setMaking] = useState(false);
  const [changing, setChanging] = useState<Member>();
  const members = usePages<Member>("/voice/v1/members");
  const change = useDo(
    ({ id, ...body }: { id: string; disabled?: boolean }) => ask("PATCH", `/voice/v1/members/${id}`, body),
    { touches: TOUCHES },
  );
  const add = (
    <Button small icon={UserPlus} onClick={() => setMaking(true)}>
      {t("team.add")}
    </Button>
  );
  return (
    <Card title={t("settings.team")} actions={add} flush>
      {members.isLoading ? <Skeleton /> : null}
      {members.isSuccess && members.items.length === 0 ? (
        <Empty
          icon={UsersRound}
          title={t("team.none")}
          action={
            <Button kind="primary" onClick={() => setMaking(true)}>
              {t("team.add")}
            </Button>
          }
        >
          {t("team.none_text")}
        </Empty>
      ) : null}
      {members.items.map((member) => (
        <div key={member.id} className="list-line">
          <div className="grow">
            <p className="strong">{member.name}</p>
            <p className="small muted">{member.login}</p>
          </div>
          <Badge tone={member.disabled_at === null ? "accent" : "plain"}>
            {t(member.disabled_at === null ? `role.${member.role}` : "dev.disabled")}
          </Badge>
          <Button small onClick={() => setChanging(member)}>
            {t("signin.password")}
          </Button>
          {member.id === who.id ? null : (
            <Button small onClick={() => change.mutate({ id: member.id, disabled: member.disabled_at === null })}>
              {t(member.disabled_at === null ? "dev.disable" : "dev.enable")}
            </Button>
          )}
        </div>
      ))}
      {making ? <MakeMember first={members.items.length === 0} onClose={() => setMaking(false)} /> : null}
      {changing === undefined ? null : <NewPassword member={changing} onClose={() => setChanging(undefined)} />}
    </Card>
  );
}
