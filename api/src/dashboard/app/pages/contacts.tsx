import { Search, UsersRound } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { Link } from "wouter";
import type { Contact } from "../../../contract/crm.ts";
import { useFormat } from "../lib/format.ts";
import { useT } from "../lib/i18n.tsx";
import { usePages } from "../lib/query.ts";
import { Button, Empty, PageHead, Skeleton } from "../ui/basic.tsx";

export default function ContactsPage() {
  const t = useT();
  const format = useFormat();
  const [text, setText] = useState("");
  const q = useDeferredValue(text.trim());
  const contacts = usePages<Contact>(`/crm/v1/contacts${q === "" ? "" : `?q=${encodeURIComponent(q)}`}`);
  return (
    <>
      <PageHead title={t("nav.contacts")} hint={t("contacts.hint")} />
      <search className="filters page-filters">
        <div className="search">
          <Search size={16} aria-hidden />
          <input
            className="input"
            type="search"
            aria-label={t("contacts.search")}
            placeholder={t("contacts.search")}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
      </search>
      <div className="card">
        {contacts.isLoading ? <Skeleton rows={5} /> : null}
        {contacts.isSuccess && contacts.items.length === 0 ? (
          <Empty icon={UsersRound} title={q === "" ? t("contacts.none") : t("calls.none_found")}>
            {q === "" ? t("contacts.none_text") : undefined}
          </Empty>
        ) : null}
        {contacts.items.map((contact) => (
          <Link key={contact.id} href={`/contacts/${contact.id}`} className="list-line plain-link">
            <span className="avatar" aria-hidden>
              {(contact.name ?? "?").slice(0, 1).toUpperCase()}
            </span>
            <span className="grow">
              <span className="strong one-line block">{contact.name ?? t("contacts.unnamed")}</span>
              <span className="small muted one-line block numbers">
                {[contact.phone, contact.email].filter(Boolean).join(" · ")}
              </span>
            </span>
            <span className="small muted numbers when">{format.when(contact.updated_at)}</span>
          </Link>
        ))}
        {contacts.hasNextPage ? (
          <div className="card-note">
            <Button small onClick={() => void contacts.fetchNextPage()}>
              {t("action.more")}
            </Button>
          </div>
        ) : null}
      </div>
    </>
  );
}
