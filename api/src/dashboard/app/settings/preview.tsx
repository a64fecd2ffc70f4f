import { Phone, Volume2 } from "lucide-react";
import { useState } from "react";
import { useDial } from "../dial/dial.ts";
import { useT } from "../lib/i18n.tsx";
import { useCan } from "../lib/session.tsx";
import { Button } from "../ui/basic.tsx";
import { tell } from "../ui/toast.tsx";

/** Her voice is made by the engine: it says the greeting as it stands here, saved or not. */
export function VoicePreview({ voice, greeting, language }: { voice: string; greeting: string; language: string }) {
  const t = useT();
  const can = useCan();
  const dial = useDial();
  const [busy, setBusy] = useState(false);
  const play = async () => {
    setBusy(true);
    try {
      const query = new URLSearchParams({ voice, text: greeting.slice(0, 200), language });
      const answer = await fetch(`/voice/v1/voice-preview?${query}`);
      if (!answer.ok) throw new Error(((await answer.json()) as { detail: string }).detail);
      const url = URL.createObjectURL(await answer.blob());
      const audio = new Audio(url);
      audio.onended = () => URL.revokeObjectURL(url);
      await audio.play();
    } catch (error) {
      tell(error instanceof Error ? error.message : String(error), "bad");
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="row wrap">
      <Button small icon={Volume2} busy={busy} disabled={greeting.trim() === ""} onClick={() => void play()}>
        {t("settings.preview")}
      </Button>
      {can("calls:write") ? (
        <Button small kind="quiet" icon={Phone} onClick={dial.open}>
          {t("settings.hear")}
        </Button>
      ) : null}
    </div>
  );
}
