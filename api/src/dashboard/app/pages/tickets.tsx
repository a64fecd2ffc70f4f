import { Ticket as TicketIcon } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import type { Member } from "../../../contract/dashboard.ts";
import type { Ticket, TicketMessage } from "../../../contract/tickets.ts";
import { call as ask } from "../lib/api.ts";
import { useFormat } from "../lib/format.ts";
import { useT } from "../lib/i18n.tsx";
import { type Page, useDo, useGet, usePages } from "../lib/query.ts";
import { useCan } from "../lib/session.tsx";
import { Badge, Button, Empty, Facts, PageHead, Skeleton } from "../ui/basic.tsx";
import { Modal } from "../ui/overlay.tsx";

const TONES = {
  open: "bad",
  in_progress: "info",
  waiting: "warn",
  resolved: "good",
  closed: "plain",
  reopened: "bad",
} as const;
/** The api's own table refuses anything else. */
const NEXT: Record<Ticket["status"], readonly Ticket["status"][]> = {
  open: ["in_progress", "waiting", "resolved"],
  in_progress: ["waiting", "resolved"],
  waiting: ["in_progress", "resolved"],
  resolved: ["closed", "reopened"],
  closed: ["reopened"],
  reopened: ["in_progress", "waiting", "resolved"],
};

function Status({ status }: Pick<Ticket, "status">) {
  const t = useT();
  return <Badge tone={TONES[status]}>{t(`ticket.${status}`)}</Badge>;
}

function Thread({ ticket }: { ticket: Ticket }) {
  const t = useT();
  const can = useCan();
  const format = useFormat();
  const [text, setText] = useState("");
  const [internal, setInternal] = useState(false);
  const messages = usePages<TicketMessage>(`/tickets/v1/tickets/${ticket.id}/messages`);
  const members = useGet<Page<Member>>(can("agent:read") ? "/voice/v1/members?limit=100" : null);
  const nameOf = (author: string) =>
    members.data?.data.find((one) => one.id === author)?.name ??
    (author.startsWith("key_") ? t("knowledge.by_key") : author);
  const send = useDo(() => ask("POST", `/tickets/v1/tickets/${ticket.id}/messages`, { body: text, internal }), {
    touches: ["/tickets/"],
    after: () => setText(""),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send.mutate(undefined);
  };
  return (
    <>
      <ol className="thread">
        {ticket.body === null ? null : (
          <li>
            <p className="small muted">
              {t("speaker.caller")} · <span className="numbers">{format.full(ticket.created_at)}</span>
            </p>
            <p>{ticket.body}</p>
          </li>
        )}
        {[...messages.items].reverse().map((message) => (
          <li key={message.id} className={message.internal ? "internal" : ""}>
            <p className="small muted">
              {nameOf(message.author)} · <span className="numbers">{format.full(message.created_at)}</span>{" "}
              {message.internal ? <Badge>{t("tickets.internal")}</Badge> : null}
            </p>
            <p>{message.body}</p>
          </li>
        ))}
      </ol>
      {can("tickets:write") ? (
        <form className="stack-small" onSubmit={submit}>
          <textarea
            className="textarea"
            aria-label={t("tickets.write")}
            placeholder={t("tickets.write")}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <div className="row between">
            <label className="check">
              <input type="checkbox" checked={internal} onChange={(event) => setInternal(event.target.checked)} />
              {t("tickets.internal_hint")}
            </label>
            <Button small kind="primary" type="submit" busy={send.isPending} disabled={text.trim() === ""}>
              {t("action.send")}
            </Button>
          </div>
        </form>
      ) : null}
    </>
  );
}

function TicketPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const t = useT();
  const can = useCan();
  const format = useFormat();
  const ticket = useGet<Ticket>(`/tickets/v1/tickets/${id}`);
  const move = useDo((to: Ticket["status"]) => ask("POST", `/tickets/v1/tickets/${id}/transitions`, { to }), {
    touches: ["/tickets/"],
  });
  return (
    <Modal
      open
      side
      onClose={onClose}
      title={ticket.data?.subject ?? t("created.ticket")}
      footer={
        ticket.data !== undefined && can("tickets:write")
          ? NEXT[ticket.data.status].map((to) => (
              <Button
                key={to}
                small
                kind={to === "resolved" ? "primary" : "plain"}
                busy={move.isPending}
                onClick={() => move.mutate(to)}
              >
                {t(`tickets.to.${to}`)}
              </Button>
            ))
          : undefined
      }
    >
      {ticket.data === undefined ? (
        <Skeleton />
      ) : (
        <div className="stack">
          <Facts
            items={[
              [t("calendar.status"), <Status key="s" status={ticket.data.status} />],
              [t("tickets.urgency"), t(`urgency.${ticket.data.urgency}`)],
              [t("tickets.due"), ticket.data.due_at == null ? "–" : format.full(ticket.data.due_at)],
              [
                t("created.contact"),
                ticket.data.contact_id === null ? (
                  "–"
                ) : (
                  <Link key="c" href={`/contacts/${ticket.data.contact_id}`}>
                    {t("tickets.open_contact")}
                  </Link>
                ),
              ],
              [
                t("calendar.from_call"),
                ticket.data.call_id === null ? (
                  "–"
                ) : (
                  <Link key="l" href={`/calls/${ticket.data.call_id}`}>
                    {t("dial.open_call")}
                  </Link>
                ),
              ],
            ]}
          />
          <Thread ticket={ticket.data} />
        </div>
      )}
    </Modal>
  );
}

export default function TicketsPage() {
  const t = useT();
  const format = useFormat();
  const { id } = useParams<{ id?: string }>();
  const [, go] = useLocation();
  const [status, setStatus] = useState("");
  const tickets = usePages<Ticket>(`/tickets/v1/tickets${status === "" ? "" : `?status=${status}`}`, {
    everyMs: 15_000,
  });
  const late = (ticket: Ticket) =>
    ticket.due_at != null && ticket.resolved_at == null && Date.parse(ticket.due_at) < Date.now();
  return (
    <>
      <PageHead title={t("nav.tickets")} hint={t("tickets.hint")} />
      <div className="filters page-filters">
        <select
          className="select"
          aria-label={t("calendar.status")}
          value={status}
          onChange={(event) => setStatus(event.target.value)}
        >
          <option value="">{t("tickets.every")}</option>
          {(Object.keys(NEXT) as Ticket["status"][]).map((one) => (
            <option key={one} value={one}>
              {t(`ticket.${one}`)}
            </option>
          ))}
        </select>
      </div>
      <div className="card">
        {tickets.isLoading ? <Skeleton rows={5} /> : null}
        {tickets.isSuccess && tickets.items.length === 0 ? (
          <Empty icon={TicketIcon} title={t("tickets.none")}>
            {t("tickets.none_text")}
          </Empty>
        ) : null}
        {tickets.items.map((ticket) => (
          <Link key={ticket.id} href={`/tickets/${ticket.id}`} className="list-line plain-link">
            <span className="grow">
              <span className="strong one-line block">{ticket.subject}</span>
              <span className="small muted one-line block">{ticket.body ?? ""}</span>
            </span>
            {ticket.urgency === "high" ? <Badge tone="bad">{t("urgency.high")}</Badge> : null}
            {late(ticket) ? <Badge tone="warn">{t("tickets.late")}</Badge> : null}
            <Status status={ticket.status} />
            <span className="small muted numbers when">{format.when(ticket.created_at)}</span>
          </Link>
        ))}
        {tickets.hasNextPage ? (
          <div className="card-note">
            <Button small onClick={() => void tickets.fetchNextPage()}>
              {t("action.more")}
            </Button>
          </div>
        ) : null}
      </div>
      {id === undefined ? null : <TicketPanel id={id} onClose={() => go("/tickets")} />}
    </>
  );
}
