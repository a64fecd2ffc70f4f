import type { ReactNode } from "react";
import { useLocation, useParams } from "wouter";
import type { Agent } from "../../../contract/agent.ts";
import { type Key, useT } from "../lib/i18n.tsx";
import { useGet } from "../lib/query.ts";
import { useCan } from "../lib/session.tsx";
import { HoursSettings } from "../settings/hours.tsx";
import { NumberSettings } from "../settings/numbers.tsx";
import { EscalationSettings, RetentionSettings } from "../settings/rules.tsx";
import { ServiceSettings } from "../settings/services.tsx";
import { TeamSettings } from "../settings/team.tsx";
import { VoiceSettings } from "../settings/voice.tsx";
import { PageHead, Skeleton } from "../ui/basic.tsx";
import { TabSet } from "../ui/overlay.tsx";

const TABS: readonly { id: string; label: Key; scope: string; body: (agent: Agent) => ReactNode }[] = [
  { id: "voice", label: "settings.tab.voice", scope: "agent:read", body: (agent) => <VoiceSettings agent={agent} /> },
  { id: "hours", label: "settings.hours", scope: "agent:read", body: (agent) => <HoursSettings agent={agent} /> },
  {
    id: "services",
    label: "settings.services",
    scope: "agent:read",
    body: (agent) => <ServiceSettings agent={agent} />,
  },
  {
    id: "escalation",
    label: "settings.escalation",
    scope: "agent:read",
    body: (agent) => <EscalationSettings agent={agent} />,
  },
  { id: "numbers", label: "settings.numbers", scope: "agent:read", body: () => <NumberSettings /> },
  {
    id: "retention",
    label: "settings.retention",
    scope: "agent:read",
    body: (agent) => <RetentionSettings agent={agent} />,
  },
  { id: "team", label: "settings.team", scope: "keys:write", body: () => <TeamSettings /> },
];

export default function SettingsPage() {
  const t = useT();
  const can = useCan();
  const { tab } = useParams<{ tab?: string }>();
  const [, go] = useLocation();
  const agent = useGet<Agent>("/voice/v1/agent");
  const { data } = agent;
  return (
    <>
      <PageHead title={t("nav.settings")} hint={t("settings.hint")} />
      {data === undefined ? (
        <Skeleton rows={8} />
      ) : (
        <div className="narrow">
          <TabSet
            value={tab ?? "voice"}
            onChange={(next) => go(`/settings/${next}`)}
            tabs={TABS.filter(({ scope }) => can(scope)).map(({ id, label, body }) => ({
              id,
              label: t(label),
              body: () => body(data),
            }))}
          />
        </div>
      )}
    </>
  );
}
