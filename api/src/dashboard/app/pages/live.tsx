import { Ear, EarOff, MessageCircleMore, PhoneForwarded, PhoneOff, Radio } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import type { LiveCall } from "../../../contract/live.ts";
import { useDial } from "../dial/dial.ts";
import { call as ask } from "../lib/api.ts";
import { useT } from "../lib/i18n.tsx";
import { useLive } from "../lib/live.ts";
import { useDo } from "../lib/query.ts";
import { useCan } from "../lib/session.tsx";
import { CaptionList, TurnBar, TurnKey } from "../live/captions.tsx";
import { useListening } from "../live/listen.ts";
import { LiveRow } from "../live/row.tsx";
import { Badge, Button, Card, Empty, Field, PageHead } from "../ui/basic.tsx";
import { partyOf } from "../ui/call-bits.tsx";
import { Confirm, Modal, Toggle } from "../ui/overlay.tsx";

const NONE: readonly never[] = [];

function Say({ callId, onClose }: { callId: string; onClose: () => void }) {
  const t = useT();
  const [text, setText] = useState("");
  const [hangUp, setHangUp] = useState(false);
  const say = useDo(() => ask("POST", `/voice/v1/calls/${callId}/say`, { text, after: hangUp ? "hang_up" : "go_on" }), {
    after: onClose,
  });
  return (
    <Modal
      open
      onClose={onClose}
      title={t("live.say")}
      footer={
        <>
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button
            kind="primary"
            busy={say.isPending}
            disabled={text.trim() === ""}
            onClick={() => say.mutate(undefined)}
          >
            {t("live.say")}
          </Button>
        </>
      }
    >
      <div className="fields">
        <Field label={t("live.say_text")}>
          {(ids) => (
            <textarea
              {...ids}
              className="textarea"
              maxLength={500}
              placeholder={t("live.say_placeholder")}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        <Toggle label={t("live.say_then_hang_up")} checked={hangUp} onChange={setHangUp} />
      </div>
    </Modal>
  );
}

function Transfer({ callId, onClose }: { callId: string; onClose: () => void }) {
  const t = useT();
  const [to, setTo] = useState("");
  const transfer = useDo(() => ask("POST", `/voice/v1/calls/${callId}/transfer`, { to: to.trim() }), {
    after: onClose,
    quiet: true,
  });
  return (
    <Modal
      open
      onClose={onClose}
      title={t("live.transfer")}
      footer={
        <>
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button
            kind="primary"
            busy={transfer.isPending}
            disabled={to.trim() === ""}
            onClick={() => transfer.mutate(undefined)}
          >
            {t("live.transfer")}
          </Button>
        </>
      }
    >
      <Field label={t("live.transfer_to")} hint={t("live.transfer_hint")} error={transfer.error?.message}>
        {(ids) => (
          <input
            {...ids}
            className="input"
            type="tel"
            placeholder="+914440001234"
            value={to}
            onChange={(event) => setTo(event.target.value)}
          />
        )}
      </Field>
    </Modal>
  );
}

function Following({ call }: { call: LiveCall }) {
  const t = useT();
  const can = useCan();
  const captions = useLive((live) => live.captions.get(call.id) ?? NONE);
  const turns = useLive((live) => live.turns.get(call.id) ?? NONE);
  const listening = useListening(call.id);
  const [asking, setAsking] = useState<"say" | "transfer">();
  const close = () => setAsking(undefined);
  const hangUp = useDo(() => ask("POST", `/voice/v1/calls/${call.id}/hang-up`));
  return (
    <Card
      title={call.from_display ?? partyOf(call) ?? t("caller.withheld")}
      actions={
        <>
          <Button small icon={listening.on ? EarOff : Ear} aria-pressed={listening.on} onClick={listening.toggle}>
            {t(listening.on ? "live.listening" : "live.listen")}
          </Button>
          {can("calls:write") ? (
            <>
              <Button small icon={MessageCircleMore} onClick={() => setAsking("say")}>
                {t("live.say")}
              </Button>
              <Button small icon={PhoneForwarded} onClick={() => setAsking("transfer")}>
                {t("live.transfer")}
              </Button>
              <Confirm
                trigger={
                  <Button small kind="danger" icon={PhoneOff}>
                    {t("live.hang_up")}
                  </Button>
                }
                title={t("live.hang_up")}
                text={t("live.hang_up_text")}
                action={t("live.hang_up")}
                onConfirm={() => hangUp.mutate(undefined)}
              />
            </>
          ) : null}
        </>
      }
      flush
    >
      <div className="live-captions">
        {captions.length === 0 ? (
          <p className="muted live-wait">{t("live.first_words")}</p>
        ) : (
          <CaptionList captions={captions} />
        )}
      </div>
      {turns.length === 0 ? null : (
        <div className="dial-turns">
          <TurnKey />
          {turns.slice(-5).map((turn) => (
            <TurnBar key={turn.turn} turn={turn} />
          ))}
        </div>
      )}
      {asking === "say" ? <Say callId={call.id} onClose={close} /> : null}
      {asking === "transfer" ? <Transfer callId={call.id} onClose={close} /> : null}
    </Card>
  );
}

function Engines() {
  const t = useT();
  const engines = useLive((live) => live.engines);
  const connected = useLive((live) => live.connected);
  const busy = engines.reduce((sum, one) => sum + one.calls, 0);
  const max = engines.reduce((sum, one) => sum + one.max_calls, 0);
  if (!connected) return <Badge tone="warn">{t("state.offline")}</Badge>;
  return engines.length === 0 ? (
    <Badge tone="bad">{t("live.no_engine")}</Badge>
  ) : (
    <Badge tone="good" dot>
      {t("live.engines", { calls: busy, max })}
    </Badge>
  );
}

export default function LivePage() {
  const t = useT();
  const dial = useDial();
  const calls = useLive((live) => live.calls);
  const ended = useLive((live) => live.ended);
  const [chosen, setChosen] = useState<string>();
  const list = [...calls.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
  const followed = calls.get(chosen ?? "") ?? list[0];
  return (
    <>
      <PageHead title={t("live.title")} hint={t("live.hint")} actions={<Engines />} />
      {list.length === 0 ? (
        <div className="card">
          <Empty
            icon={Radio}
            title={t("live.none")}
            action={
              <Button kind="primary" onClick={dial.open}>
                {t("dial.call_her")}
              </Button>
            }
          >
            {t("live.none_text")}
          </Empty>
        </div>
      ) : (
        <div className="live-grid">
          <ul className="card live-list" aria-label={t("live.title")}>
            {list.map((call) => (
              <LiveRow key={call.id} call={call} chosen={call.id === followed?.id} onChoose={setChosen} />
            ))}
          </ul>
          {followed === undefined ? null : <Following key={followed.id} call={followed} />}
        </div>
      )}
      {ended.length === 0 ? null : (
        <p className="small muted live-ended">
          {t("live.ended")}:{" "}
          {ended.slice(0, 5).map((id) => (
            <Link key={id} href={`/calls/${id}`} className="mono">
              …{id.slice(-6)}{" "}
            </Link>
          ))}
        </p>
      )}
    </>
  );
}
