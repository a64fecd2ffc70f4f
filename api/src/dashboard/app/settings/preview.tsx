import { Phone } from "lucide-react";
import { useDial } from "../dial/dial.ts";
import { useT } from "../lib/i18n.tsx";
import { useCan } from "../lib/session.tsx";
import { Button } from "../ui/basic.tsx";

/** Her voice is made by the engine only: the way to hear it is to call. */
export function VoicePreview() {
  const t = useT();
  const can = useCan();
  const dial = useDial();
  if (!can("calls:write")) return null;
  return (
    <div className="row wrap">
      <Button small icon={Phone} onClick={dial.open}>
        {t("settings.hear")}
      </Button>
      <span className="small muted">{t("settings.hear_hint")}</span>
    </div>
  );
}
