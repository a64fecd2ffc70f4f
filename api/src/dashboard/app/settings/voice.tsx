import type { Agent } from "../../../contract/agent.ts";
import { useT } from "../lib/i18n.tsx";
import { Field } from "../ui/basic.tsx";
import { Toggle } from "../ui/overlay.tsx";
import { DraftCard } from "./draft.tsx";
import { VoicePreview } from "./preview.tsx";

const VOICES = ["default", "rms", "slt"] as const;

export function VoiceSettings({ agent }: { agent: Agent }) {
  const t = useT();
  return (
    <div className="stack">
      <DraftCard
        title={t("settings.who")}
        initial={{
          business_name: agent.business_name,
          agent_name: agent.agent_name,
          greeting: agent.greeting,
          voice: agent.voice,
          languages: agent.languages.join(", "),
        }}
        toUpdate={({ languages, ...rest }) => ({ ...rest, languages: languages.split(/[\s,]+/).filter(Boolean) })}
      >
        {({ value, set, wrong }) => (
          <>
            <div className="fields-2">
              <Field label={t("settings.business")} error={wrong("/business_name")}>
                {(ids) => (
                  <input
                    {...ids}
                    className="input"
                    value={value.business_name}
                    onChange={(event) => set({ business_name: event.target.value })}
                  />
                )}
              </Field>
              <Field label={t("settings.her_name")} error={wrong("/agent_name")}>
                {(ids) => (
                  <input
                    {...ids}
                    className="input"
                    value={value.agent_name}
                    onChange={(event) => set({ agent_name: event.target.value })}
                  />
                )}
              </Field>
            </div>
            <Field label={t("settings.greeting")} hint={t("settings.greeting_hint")} error={wrong("/greeting")}>
              {(ids) => (
                <textarea
                  {...ids}
                  className="textarea"
                  value={value.greeting}
                  onChange={(event) => set({ greeting: event.target.value })}
                />
              )}
            </Field>
            <div className="fields-2">
              <Field label={t("settings.voice")} hint={t("settings.voice_hint")} error={wrong("/voice")}>
                {(ids) => (
                  <>
                    <input
                      {...ids}
                      className="input"
                      list="voices"
                      value={value.voice}
                      onChange={(event) => set({ voice: event.target.value })}
                    />
                    <datalist id="voices">
                      {VOICES.map((voice) => (
                        <option key={voice} value={voice} />
                      ))}
                    </datalist>
                  </>
                )}
              </Field>
              <Field label={t("settings.languages")} hint={t("settings.languages_hint")} error={wrong("/languages")}>
                {(ids) => (
                  <input
                    {...ids}
                    className="input"
                    value={value.languages}
                    onChange={(event) => set({ languages: event.target.value })}
                  />
                )}
              </Field>
            </div>
            <VoicePreview
              voice={value.voice}
              greeting={value.greeting}
              language={value.languages.split(/[\s,]+/)[0] || "en-IN"}
            />
          </>
        )}
      </DraftCard>
      <DraftCard
        title={t("settings.consent")}
        initial={{ ...agent.consent, recording_notice: agent.recording_notice, record_calls: agent.record_calls }}
        toUpdate={({ recording, announce_ai, recording_notice, record_calls }) => ({
          consent: { recording, announce_ai },
          recording_notice,
          record_calls,
        })}
      >
        {({ value, set, wrong }) => (
          <>
            <Toggle
              label={t("settings.announce_ai")}
              hint={t("settings.announce_ai_hint")}
              checked={value.announce_ai}
              onChange={(announce_ai) => set({ announce_ai })}
            />
            <Toggle
              label={t("settings.record")}
              checked={value.record_calls}
              onChange={(record_calls) => set({ record_calls })}
            />
            <Field label={t("settings.recording_consent")}>
              {(ids) => (
                <select
                  {...ids}
                  className="select"
                  value={value.recording}
                  onChange={(event) => set({ recording: event.target.value as typeof value.recording })}
                >
                  {(["notice", "ask", "none"] as const).map((one) => (
                    <option key={one} value={one}>
                      {t(`consent.${one}`)}
                    </option>
                  ))}
                </select>
              )}
            </Field>
            <Field label={t("settings.notice")} hint={t("settings.notice_hint")} error={wrong("/recording_notice")}>
              {(ids) => (
                <input
                  {...ids}
                  className="input"
                  value={value.recording_notice}
                  onChange={(event) => set({ recording_notice: event.target.value })}
                />
              )}
            </Field>
          </>
        )}
      </DraftCard>
    </div>
  );
}
