import { BookOpenText, Plus, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { Agent, KnowledgeEntry } from "../../../contract/agent.ts";
import type { Member } from "../../../contract/dashboard.ts";
import type { KnowledgeDiff, KnowledgeHit, KnowledgeVersion } from "../../../contract/knowledge.ts";
import { call as ask } from "../lib/api.ts";
import { useFormat } from "../lib/format.ts";
import { useT } from "../lib/i18n.tsx";
import { type Page, useDo, useGet, usePages } from "../lib/query.ts";
import { useCan } from "../lib/session.tsx";
import { Badge, Button, Card, Empty, Field, IconButton, PageHead, Skeleton } from "../ui/basic.tsx";
import { Confirm, Modal } from "../ui/overlay.tsx";

type Draft = { id?: string; questions: string; answer: string };
const TOUCHES = ["/voice/v1/agent", "/voice/v1/knowledge"];

function toWanted(entries: readonly KnowledgeEntry[], draft: Draft | undefined, removed?: string) {
  const changed = (entry: KnowledgeEntry) =>
    draft?.id === entry.id ? { id: entry.id, questions: lines(draft.questions), answer: draft.answer.trim() } : entry;
  const kept = entries.filter((entry) => entry.id !== removed).map(changed);
  const added =
    draft !== undefined && draft.id === undefined
      ? [{ questions: lines(draft.questions), answer: draft.answer.trim() }]
      : [];
  return [...kept, ...added];
}

const lines = (text: string) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

function Editor({
  entries,
  draft,
  onClose,
}: {
  entries: readonly KnowledgeEntry[];
  draft: Draft;
  onClose: () => void;
}) {
  const t = useT();
  const [questions, setQuestions] = useState(draft.questions);
  const [answer, setAnswer] = useState(draft.answer);
  const save = useDo(
    () =>
      ask<Agent>("PATCH", "/voice/v1/agent", {
        via: "dashboard",
        knowledge: toWanted(entries, { ...draft, questions, answer }),
      }),
    { touches: TOUCHES, done: t("knowledge.saved"), after: onClose },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined);
  };
  return (
    <Modal
      open
      onClose={onClose}
      title={t(draft.id === undefined ? "knowledge.add" : "knowledge.edit")}
      footer={
        <>
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button
            kind="primary"
            type="submit"
            form="knowledge-form"
            busy={save.isPending}
            disabled={lines(questions).length === 0 || answer.trim() === ""}
          >
            {t("action.save")}
          </Button>
        </>
      }
    >
      <form id="knowledge-form" className="fields" onSubmit={submit}>
        <Field label={t("knowledge.questions")} hint={t("knowledge.questions_hint")}>
          {(ids) => (
            <textarea
              {...ids}
              className="textarea"
              rows={4}
              value={questions}
              onChange={(event) => setQuestions(event.target.value)}
            />
          )}
        </Field>
        <Field label={t("knowledge.answer")} hint={t("knowledge.answer_hint")}>
          {(ids) => (
            <textarea
              {...ids}
              className="textarea"
              rows={4}
              value={answer}
              onChange={(event) => setAnswer(event.target.value)}
            />
          )}
        </Field>
      </form>
    </Modal>
  );
}

function Entries({ agent }: { agent: Agent }) {
  const t = useT();
  const can = useCan();
  const [draft, setDraft] = useState<Draft>();
  const remove = useDo(
    (id: string) =>
      ask("PATCH", "/voice/v1/agent", { via: "dashboard", knowledge: toWanted(agent.knowledge, undefined, id) }),
    {
      touches: TOUCHES,
      done: t("knowledge.saved"),
    },
  );
  return (
    <Card
      title={t("knowledge.now", { n: agent.knowledge_version })}
      actions={
        can("agent:write") ? (
          <Button small icon={Plus} onClick={() => setDraft({ questions: "", answer: "" })}>
            {t("action.add")}
          </Button>
        ) : undefined
      }
      flush
    >
      {agent.knowledge.length === 0 ? (
        <Empty icon={BookOpenText} title={t("knowledge.none")}>
          {t("knowledge.none_text")}
        </Empty>
      ) : null}
      <ul>
        {agent.knowledge.map((entry) => (
          <li key={entry.id} className="known">
            <div className="grow">
              <p className="strong">{entry.questions[0]}</p>
              <p>{entry.answer}</p>
              {entry.questions.length > 1 ? (
                <p className="small muted">
                  {t("knowledge.also", { questions: entry.questions.slice(1).join(" · ") })}
                </p>
              ) : null}
            </div>
            {can("agent:write") ? (
              <div className="row">
                <Button
                  small
                  kind="quiet"
                  onClick={() =>
                    setDraft({ id: entry.id, questions: entry.questions.join("\n"), answer: entry.answer })
                  }
                >
                  {t("action.edit")}
                </Button>
                <Confirm
                  trigger={<IconButton icon={Trash2} label={`${t("action.delete")}: ${entry.questions[0]}`} />}
                  title={t("knowledge.delete_title")}
                  text={t("knowledge.delete_text")}
                  action={t("action.delete")}
                  onConfirm={() => remove.mutate(entry.id)}
                />
              </div>
            ) : null}
          </li>
        ))}
      </ul>
      {draft === undefined ? null : (
        <Editor entries={agent.knowledge} draft={draft} onClose={() => setDraft(undefined)} />
      )}
    </Card>
  );
}

function TryIt() {
  const t = useT();
  const [text, setText] = useState("");
  const [asked, setAsked] = useState("");
  const hits = useGet<Page<KnowledgeHit>>(
    asked === "" ? null : `/voice/v1/knowledge/search?limit=3&q=${encodeURIComponent(asked)}`,
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(text.trim());
  };
  return (
    <Card title={t("knowledge.try")}>
      <form className="row" onSubmit={submit}>
        <input
          className="input"
          aria-label={t("knowledge.try_label")}
          placeholder={t("knowledge.try_placeholder")}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Button type="submit">{t("knowledge.ask")}</Button>
      </form>
      {hits.data === undefined ? null : (
        <div className="stack-small try-hits" role="status">
          {hits.data.data.length === 0 ? <p className="small muted">{t("knowledge.no_hit")}</p> : null}
          {hits.data.data.map(({ entry }, index) => (
            <div key={entry.id} className={index === 0 ? "hit hit-best" : "hit"}>
              <p className="small muted">{entry.questions[0]}</p>
              <p>{entry.answer}</p>
            </div>
          ))}
          <p className="small muted">{t("knowledge.try_note")}</p>
        </div>
      )}
    </Card>
  );
}

const CHANGE = { added: "good", changed: "info", removed: "bad" } as const;

function Diff({ version, onClose }: { version: number; onClose: () => void }) {
  const t = useT();
  const diff = useGet<KnowledgeDiff>(`/voice/v1/knowledge/diff?from=${version - 1}&to=${version}`);
  return (
    <Modal open side onClose={onClose} title={t("knowledge.diff", { from: version - 1, to: version })}>
      {diff.data === undefined ? <Skeleton /> : null}
      {diff.data?.changes.length === 0 ? <p className="muted">{t("knowledge.same")}</p> : null}
      <ul className="stack">
        {diff.data?.changes.map(({ change, entry }) => (
          <li key={entry.id} className={`diff diff-${change}`}>
            <Badge tone={CHANGE[change]}>{t(`change.${change}`)}</Badge>
            <p className="strong">{entry.questions.join(" · ")}</p>
            <p>{entry.answer}</p>
          </li>
        ))}
      </ul>
    </Modal>
  );
}

function Versions({ current }: { current: number }) {
  const t = useT();
  const format = useFormat();
  const can = useCan();
  const [shown, setShown] = useState<number>();
  const versions = usePages<KnowledgeVersion>("/voice/v1/knowledge/versions", { limit: 20 });
  const members = useGet<Page<Member>>("/voice/v1/members?limit=100");
  const nameOf = (id: string) =>
    members.data?.data.find((member) => member.id === id)?.name ?? (id.startsWith("key_") ? t("knowledge.by_key") : id);
  const restore = useDo((version: number) => ask("POST", `/voice/v1/knowledge/versions/${version}/restore`), {
    touches: TOUCHES,
    done: t("knowledge.restored"),
  });
  return (
    <Card title={t("knowledge.versions")} flush>
      {versions.items.map((one) => (
        <div key={one.id} className="list-line">
          <div className="grow">
            <p className="strong">
              {t("knowledge.version", { n: one.version })}{" "}
              {one.version === current ? <Badge tone="good">{t("knowledge.in_use")}</Badge> : null}
            </p>
            <p className="small muted">
              {nameOf(one.changed_by)} · {t(`via.${one.via === "voice" || one.via === "dashboard" ? one.via : "api"}`)}{" "}
              · <span className="numbers">{format.when(one.created_at)}</span>
            </p>
          </div>
          {one.version > 1 ? (
            <Button small kind="quiet" onClick={() => setShown(one.version)}>
              {t("knowledge.changes")}
            </Button>
          ) : null}
          {one.version !== current && can("agent:write") ? (
            <Confirm
              trigger={<Button small>{t("knowledge.restore")}</Button>}
              title={t("knowledge.restore_title", { n: one.version })}
              text={t("knowledge.restore_text")}
              action={t("knowledge.restore")}
              onConfirm={() => restore.mutate(one.version)}
            />
          ) : null}
        </div>
      ))}
      {versions.hasNextPage ? (
        <div className="card-note">
          <Button small onClick={() => void versions.fetchNextPage()}>
            {t("action.more")}
          </Button>
        </div>
      ) : null}
      {shown === undefined ? null : <Diff version={shown} onClose={() => setShown(undefined)} />}
    </Card>
  );
}

export default function KnowledgePage() {
  const t = useT();
  const agent = useGet<Agent>("/voice/v1/agent");
  return (
    <>
      <PageHead title={t("nav.knowledge")} hint={t("knowledge.hint")} />
      {agent.data === undefined ? (
        <Skeleton rows={8} />
      ) : (
        <div className="grid-main">
          <Entries agent={agent.data} />
          <div className="stack">
            <TryIt />
            <Versions current={agent.data.knowledge_version} />
          </div>
        </div>
      )}
    </>
  );
}
