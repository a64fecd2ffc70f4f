import type { Agent } from "../../../contract/agent.ts";
import { useT } from "../lib/i18n.tsx";
import { Field } from "../ui/basic.tsx";
import { DraftCard } from "./draft.tsx";

const split = (text: string) =>
  text
    .split(/[,\n]/)
    .map((one) => one.trim())
    .filter(Boolean);

export function EscalationSettings({ agent }: { agent: Agent }) {
  const t = useT();
  const { escalation } = agent;
  return (
    <DraftCard
      title={t("settings.escalation")}
      hint={t("settings.escalation_hint")}
      initial={{
        transfer_to: escalation.transfer_to ?? "",
        hours: escalation.hours,
        keywords: escalation.keywords.join(", "),
        topics: escalation.topics.join(", "),
        vip_numbers: escalation.vip_numbers.join(", "),
        sentiment_below: escalation.sentiment_below === null ? "" : String(escalation.sentiment_below),
      }}
      toUpdate={(value) => ({
        escalation: {
          transfer_to: value.transfer_to.trim() === "" ? null : value.transfer_to.trim(),
          hours: value.hours,
          keywords: split(value.keywords),
          topics: split(value.topics),
          vip_numbers: split(value.vip_numbers),
          sentiment_below: value.sentiment_below === "" ? null : Number(value.sentiment_below),
        },
      })}
    >
      {({ value, set, wrong }) => (
        <>
          <div className="fields-2">
            <Field
              label={t("settings.transfer_to")}
              hint={t("settings.transfer_to_hint")}
              error={wrong("/escalation/transfer_to")}
            >
              {(ids) => (
                <input
                  {...ids}
                  className="input"
                  value={value.transfer_to}
                  onChange={(event) => set({ transfer_to: event.target.value })}
                />
              )}
            </Field>
            <Field label={t("settings.escalation_hours")}>
              {(ids) => (
                <select
                  {...ids}
                  className="select"
                  value={value.hours}
                  onChange={(event) => set({ hours: event.target.value as typeof value.hours })}
                >
                  {(["always", "open_hours", "never"] as const).map((one) => (
                    <option key={one} value={one}>
                      {t(`escalation.${one}`)}
                    </option>
                  ))}
                </select>
              )}
            </Field>
          </div>
          <Field
            label={t("settings.keywords")}
            hint={t("settings.keywords_hint")}
            error={wrong("/escalation/keywords")}
          >
            {(ids) => (
              <input
                {...ids}
                className="input"
                value={value.keywords}
                onChange={(event) => set({ keywords: event.target.value })}
              />
            )}
          </Field>
          <Field label={t("settings.topics")} error={wrong("/escalation/topics")}>
            {(ids) => (
              <input
                {...ids}
                className="input"
                value={value.topics}
                onChange={(event) => set({ topics: event.target.value })}
              />
            )}
          </Field>
          <div className="fields-2">
            <Field label={t("settings.vip")} error={wrong("/escalation/vip_numbers")}>
              {(ids) => (
                <input
                  {...ids}
                  className="input"
                  value={value.vip_numbers}
                  onChange={(event) => set({ vip_numbers: event.target.value })}
                />
              )}
            </Field>
            <Field
              label={t("settings.mood_below")}
              hint={t("settings.mood_below_hint")}
              error={wrong("/escalation/sentiment_below")}
            >
              {(ids) => (
                <select
                  {...ids}
                  className="select"
                  value={value.sentiment_below}
                  onChange={(event) => set({ sentiment_below: event.target.value })}
                >
                  <option value="">{t("settings.mood_never")}</option>
                  {[...new Set(["-0.3", "-0.5", "-0.7", value.sentiment_below])].filter(Boolean).map((one) => (
                    <option key={one} value={one}>
                      {one}
                    </option>
                  ))}
                </select>
              )}
            </Field>
          </div>
        </>
      )}
    </DraftCard>
  );
}

export function RetentionSettings({ agent }: { agent: Agent }) {
  const t = useT();
  const parts = ["recordings_days", "transcripts_days", "events_days"] as const;
  const text = (days: number | null) => (days === null ? "" : String(days));
  return (
    <DraftCard
      title={t("settings.retention")}
      hint={t("settings.retention_hint")}
      initial={{
        recordings_days: text(agent.retention.recordings_days),
        transcripts_days: text(agent.retention.transcripts_days),
        events_days: text(agent.retention.events_days),
      }}
      toUpdate={(value) => {
        const days = (one: string) => (one === "" ? null : Number(one));
        return {
          retention: {
            recordings_days: days(value.recordings_days),
            transcripts_days: days(value.transcripts_days),
            events_days: days(value.events_days),
          },
        };
      }}
    >
      {({ value, set, wrong }) => (
        <div className="fields-2">
          {parts.map((part) => (
            <Field key={part} label={t(`settings.${part}`)} error={wrong(`/retention/${part}`)}>
              {(ids) => (
                <input
                  {...ids}
                  className="input"
                  type="number"
                  min={1}
                  max={3650}
                  placeholder={t("settings.for_ever")}
                  value={value[part]}
                  onChange={(event) => set({ [part]: event.target.value })}
                />
              )}
            </Field>
          ))}
        </div>
      )}
    </DraftCard>
  );
}
