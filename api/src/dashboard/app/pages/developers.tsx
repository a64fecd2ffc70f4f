import { useLocation, useParams } from "wouter";
import { Catalogue } from "../developers/catalogue.tsx";
import { Deliveries } from "../developers/deliveries.tsx";
import { Keys } from "../developers/keys.tsx";
import { Webhooks } from "../developers/webhooks.tsx";
import { type Key, useT } from "../lib/i18n.tsx";
import { useCan } from "../lib/session.tsx";
import { PageHead } from "../ui/basic.tsx";
import { TabSet } from "../ui/overlay.tsx";

const TABS = [
  { id: "webhooks", label: "dev.webhooks", scope: "webhooks:read", body: () => <Webhooks /> },
  { id: "deliveries", label: "dev.deliveries", scope: "webhooks:read", body: () => <Deliveries /> },
  { id: "events", label: "dev.catalogue", scope: "events:read", body: () => <Catalogue /> },
  { id: "keys", label: "dev.keys", scope: "keys:read", body: () => <Keys /> },
] as const satisfies readonly { id: string; label: Key; scope: string; body: () => React.ReactNode }[];

export default function DevelopersPage() {
  const t = useT();
  const can = useCan();
  const { tab } = useParams<{ tab?: string }>();
  const [, go] = useLocation();
  const open = TABS.filter(({ scope }) => can(scope));
  return (
    <>
      <PageHead
        title={t("nav.developers")}
        hint={t("dev.hint")}
        actions={
          <>
            <a className="button button-small" href="/openapi">
              {t("dev.reference")}
            </a>
            <a className="button button-small" href="/openapi/json" download="openapi.json">
              OpenAPI
            </a>
          </>
        }
      />
      <TabSet
        value={tab ?? open[0]?.id ?? "webhooks"}
        onChange={(next) => go(`/developers/${next}`)}
        tabs={open.map((one) => ({ ...one, label: t(one.label) }))}
      />
    </>
  );
}
