import { CalendarCheck, CircleDot, GitMerge, Pencil, PhoneCall, Ticket, UserRound } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import type { Contact } from "../../../contract/crm.ts";
import type { TimelineEntry } from "../../../contract/timeline.ts";
import { call as ask } from "../lib/api.ts";
import { useFormat } from "../lib/format.ts";
import { useT } from "../lib/i18n.tsx";
import { useDo, useGet, usePages } from "../lib/query.ts";
import { useCan } from "../lib/session.tsx";
import { Button, Card, Empty, Facts, Field, PageHead, Skeleton } from "../ui/basic.tsx";
import { Confirm, Modal } from "../ui/overlay.tsx";

const ICONS = {
  call: PhoneCall,
  appointment: CalendarCheck,
  ticket: Ticket,
  lead: CircleDot,
  merged: GitMerge,
  created: UserRound,
  updated: Pencil,
  erased: CircleDot,
} as const;

function linkOf({ kind, reference }: TimelineEntry): string | null {
  if (reference === null) return null;
  if (kind === "call") return `/calls/${reference}`;
  if (kind === "appointment") return `/calendar?appointment=${reference}`;
  return kind === "ticket" ? `/tickets/${reference}` : null;
}

function Entry({ entry }: { entry: TimelineEntry }) {
  const t = useT();
  const format = useFormat();
  const Icon = ICONS[entry.kind];
  const link = linkOf(entry);
  const title = t(`timeline.${entry.kind}`);
  return (
    <li className="event">
      <span className="event-icon" aria-hidden>
        <Icon size={15} />
      </span>
      <div className="grow">
        <p>{link === null ? <span className="strong">{title}</span> : <Link href={link}>{title}</Link>}</p>
        {entry.changes.map((change) => (
          <p key={change.field} className="small">
            {change.field}: <del className="muted">{change.from ?? "–"}</del> → {change.to ?? "–"}
          </p>
        ))}
        <p className="small muted numbers">{format.full(entry.at)}</p>
      </div>
    </li>
  );
}

function Editor({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const t = useT();
  const [name, setName] = useState(contact.name ?? "");
  const [phone, setPhone] = useState(contact.phone ?? "");
  const [email, setEmail] = useState(contact.email ?? "");
  const orNull = (text: string) => (text.trim() === "" ? null : text.trim());
  const save = useDo(
    () =>
      ask("PATCH", `/crm/v1/contacts/${contact.id}`, {
        name: orNull(name),
        phone: orNull(phone),
        email: orNull(email),
      }),
    {
      touches: ["/crm/", "/voice/v1/calls"],
      done: t("action.saved"),
      after: onClose,
      quiet: true,
    },
  );
  const wrong = (pointer: string) => save.error?.fields.find((field) => field.pointer === pointer)?.message;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined);
  };
  return (
    <Modal
      open
      onClose={onClose}
      title={t("contacts.edit")}
      footer={
        <>
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button kind="primary" type="submit" form="contact-form" busy={save.isPending}>
            {t("action.save")}
          </Button>
        </>
      }
    >
      <form id="contact-form" className="fields" onSubmit={submit}>
        <Field label={t("contacts.name")} error={wrong("/name")}>
          {(ids) => <input {...ids} className="input" value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field
          label={t("contacts.phone")}
          error={wrong("/phone") ?? (save.error?.fields.length === 0 ? save.error.message : undefined)}
        >
          {(ids) => (
            <input
              {...ids}
              className="input"
              type="tel"
              value={phone}
              onChange={(event) => setPhone(event.target.value)}
            />
          )}
        </Field>
        <Field label={t("contacts.email")} error={wrong("/email")}>
          {(ids) => (
            <input
              {...ids}
              className="input"
              type="email"
              value={email}
              onChange={(event) => setEmail(event.target.value)}
            />
          )}
        </Field>
      </form>
    </Modal>
  );
}

function Loaded({ contact }: { contact: Contact }) {
  const t = useT();
  const can = useCan();
  const format = useFormat();
  const [, go] = useLocation();
  const [editing, setEditing] = useState(false);
  const timeline = usePages<TimelineEntry>(`/crm/v1/contacts/${contact.id}/timeline`);
  const erase = useDo(() => ask("POST", `/crm/v1/contacts/${contact.id}/erase`), {
    touches: ["/crm/", "/voice/", "/tickets/", "/calendar/"],
    done: t("contacts.erased"),
    after: () => go("/contacts"),
  });
  return (
    <>
      <PageHead
        back={{ to: "/contacts", label: t("nav.contacts") }}
        title={contact.name ?? contact.phone ?? t("contacts.unnamed")}
        actions={
          can("crm:write") ? (
            <Button icon={Pencil} onClick={() => setEditing(true)}>
              {t("action.edit")}
            </Button>
          ) : undefined
        }
      />
      <div className="grid-main">
        <Card title={t("contacts.timeline")}>
          {timeline.isLoading ? <Skeleton /> : null}
          {timeline.isSuccess && timeline.items.length === 0 ? (
            <Empty icon={UserRound} title={t("contacts.nothing_yet")} />
          ) : null}
          <ol className="timeline">
            {timeline.items.map((entry) => (
              <Entry key={entry.id} entry={entry} />
            ))}
          </ol>
          {timeline.hasNextPage ? (
            <Button small onClick={() => void timeline.fetchNextPage()}>
              {t("action.more")}
            </Button>
          ) : null}
        </Card>
        <div className="stack">
          <Card title={t("call.details")}>
            <Facts
              items={[
                [t("contacts.phone"), contact.phone ?? "–"],
                [t("contacts.email"), contact.email ?? "–"],
                [t("contacts.since"), format.full(contact.created_at)],
                [t("call.id"), <code key="i">{contact.id}</code>],
              ]}
            />
          </Card>
          {can("privacy:write") ? (
            <Card title={t("contacts.privacy")}>
              <div className="row wrap">
                <a
                  className="button button-small"
                  href={`/crm/v1/contacts/${contact.id}/export`}
                  download={`${contact.id}.json`}
                >
                  {t("contacts.export")}
                </a>
                <Confirm
                  trigger={
                    <Button small kind="danger" busy={erase.isPending}>
                      {t("contacts.erase")}
                    </Button>
                  }
                  title={t("contacts.erase_title")}
                  text={t("contacts.erase_text")}
                  action={t("contacts.erase")}
                  onConfirm={() => erase.mutate(undefined)}
                />
              </div>
            </Card>
          ) : null}
        </div>
      </div>
      {editing ? <Editor contact={contact} onClose={() => setEditing(false)} /> : null}
    </>
  );
}

export default function ContactPage() {
  const { id } = useParams<{ id: string }>();
  const contact = useGet<Contact>(`/crm/v1/contacts/${id}`);
  if (contact.isError) return <Empty icon={UserRound} title={contact.error.message} />;
  return contact.data === undefined ? <Skeleton rows={6} /> : <Loaded contact={contact.data} />;
}
