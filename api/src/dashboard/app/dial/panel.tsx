/** The panel of the browser's call: captions both ways and where each reply's time goes, as it happens. */
import { Mic, MicOff, Phone, PhoneOff, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { clock } from "../lib/format.ts";
import { useT } from "../lib/i18n.tsx";
import { useLive } from "../lib/live.ts";
import { useSession } from "../lib/session.tsx";
import { CaptionList, TurnBar, TurnKey } from "../live/captions.tsx";
import { Button, IconButton } from "../ui/basic.tsx";
import { dialLevels, useDial } from "./dial.ts";

function Meter({ of, label }: { of: "me" | "her"; label: string }) {
  const bar = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    let frame = 0;
    const draw = () => {
      if (bar.current !== null) bar.current.style.transform = `scaleX(${Math.min(1, Math.sqrt(dialLevels[of]))})`;
      dialLevels[of] *= 0.92;
      frame = requestAnimationFrame(draw);
    };
    frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);
  }, [of]);
  return (
    <div className={`meter meter-${of}`}>
      <span className="small muted">{label}</span>
      <span className="meter-track">
        <span ref={bar} className="meter-fill" />
      </span>
    </div>
  );
}

function Elapsed({ sinceMs }: { sinceMs: number }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  return <span className="numbers small muted">{clock(now - sinceMs)}</span>;
}

/** The id of our call, once the engine has told it; it stays after the end. */
function useOurCall(display: string): string | undefined {
  const found = useLive(
    (live) => [...live.calls.values()].find((one) => display !== "" && one.from_display === display)?.id,
  );
  const [kept, setKept] = useState<{ display: string; id: string }>();
  useEffect(() => {
    if (found !== undefined) setKept({ display, id: found });
  }, [found, display]);
  return found ?? (kept?.display === display ? kept.id : undefined);
}

const NONE: readonly never[] = [];

export default function DialPanel() {
  const t = useT();
  const { who } = useSession();
  const dial = useDial();
  const callId = useOurCall(dial.display);
  const captions = useLive((live) => live.captions.get(callId ?? "") ?? NONE);
  const turns = useLive((live) => live.turns.get(callId ?? "") ?? NONE);
  const busy = dial.state === "asking" || dial.state === "connecting";
  return (
    <section className="dial" aria-label={t("dial.title")}>
      <header className="dial-head">
        <span className="strong grow">{t("dial.title")}</span>
        {dial.state === "talking" ? <Elapsed sinceMs={dial.startedMs} /> : null}
        <IconButton icon={X} label={t("action.close")} onClick={dial.close} />
      </header>
      <div className="dial-body">
        {captions.length > 0 ? (
          <CaptionList captions={captions} />
        ) : (
          <p className="dial-hint muted" role="status">
            {dial.state === "failed"
              ? dial.problem === "microphone"
                ? t("dial.no_microphone")
                : (dial.problem ?? "")
              : t(`dial.${dial.state}`)}
          </p>
        )}
      </div>
      {turns.length > 0 ? (
        <div className="dial-turns">
          <TurnKey />
          {turns.slice(-4).map((turn) => (
            <TurnBar key={turn.turn} turn={turn} />
          ))}
        </div>
      ) : null}
      {dial.state === "talking" ? (
        <div className="dial-meters">
          <Meter of="me" label={t("speaker.you")} />
          <Meter of="her" label={t("speaker.agent")} />
        </div>
      ) : null}
      <footer className="dial-foot">
        {dial.state === "talking" ? (
          <>
            <Button icon={dial.muted ? MicOff : Mic} onClick={() => dial.mute(!dial.muted)} aria-pressed={dial.muted}>
              {t(dial.muted ? "dial.unmute" : "dial.mute")}
            </Button>
            <Button kind="danger" icon={PhoneOff} onClick={dial.hangUp}>
              {t("dial.hang_up")}
            </Button>
          </>
        ) : (
          <>
            {dial.state === "ended" && callId !== undefined ? (
              <Link href={`/calls/${callId}`} className="button" onClick={dial.close}>
                {t("dial.open_call")}
              </Link>
            ) : null}
            <Button kind="primary" icon={Phone} busy={busy} onClick={() => void dial.start(who.name)}>
              {t(dial.state === "idle" ? "dial.start" : "dial.again")}
            </Button>
          </>
        )}
      </footer>
    </section>
  );
}
